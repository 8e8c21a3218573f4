import type { ChannelUpdate } from "../../channels/channel";

/**
 * A conversation keeps one file a message: a message with more becomes several, of which the first has its text and its id. The ids
 * of the others are derived, so that a redelivery is recognised. Pure.
 */
export function withOneFileEach(update: ChannelUpdate): ChannelUpdate[] {
  if (update.kind !== "message") return [update];
  const { message } = update;
  const [first, ...others] = message.files ?? [];
  if (!first || others.length === 0) return [update];
  return [
    { ...update, message: { ...message, files: [first] } },
    ...others.map((file, index) => ({
      ...update,
      message: {
        externalId: `${message.externalId}#${index + 2}`,
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
