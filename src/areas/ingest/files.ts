import type { ChannelUpdate } from "../../channels/channel";
import { partIdOf } from "../../domain/message/parts";

/**
 * A conversation copies one file per message, so a message with several files becomes several messages; a mail, whose
 * parts are stored already, does not. The first keeps
 * the text and the id; the ids of the others are derived, so that a redelivery is recognised. Pure.
 */
export function withOneFileEach(update: ChannelUpdate): ChannelUpdate[] {
  if (!("message" in update)) return [update];
  const { message } = update;
  const [first, ...others] = message.files ?? [];
  if (!first || others.length === 0) return [update];
  return [
    { ...update, message: { ...message, files: [first] } },
    ...others.map((file, index) => ({
      ...update,
      message: {
        externalId: partIdOf(message.externalId, index + 2),
        at: message.at,
        type: file.type ?? message.type,
        content: {
          ...(file.mimeType !== undefined && { mime_type: file.mimeType }),
          ...(file.fileName !== undefined && { file_name: file.fileName }),
        },
        files: [file],
        ...(message.isAutomated && { isAutomated: true }),
      },
    })),
  ];
}
