import type { KeptPart } from "../../channels/channel";
import { textOf } from "../../channels/json";
import type { FileToSend, NewMessage } from "../message/state";
import type { CommandEnv, Refusal } from "./command";

/** The message with what `content.forward_of` names: an earlier message's content and its files. Pure. */
export function withForwarded(
  message: NewMessage,
  { find, forward }: Pick<CommandEnv, "find" | "forward">,
): NewMessage | Refusal<"message_reference_unknown"> {
  const id = textOf(message.content.forward_of);
  if (id === undefined || !forward) return message;
  const original = find({ id });
  if (!original || original.revokedAt !== null)
    return {
      problem: "message_reference_unknown",
      errors: [{ field: "content.forward_of", message: "no such message" }],
    };
  const parts = (original.parts ?? []).filter(({ role }) => role === "attachment" || role === "inline");
  const content = forward(message.content, original);
  const own = Array.isArray(content.attachments) ? content.attachments : [];
  if (parts.length === 0) return { ...message, content };
  // The channel checks their number and size.
  const known = parts.map(({ id: media_id, fileName, mimeType, sizeBytes }) => ({
    media_id,
    file_name: fileName ?? "file",
    mime_type: mimeType,
    file_size: sizeBytes,
  }));
  return {
    ...message,
    content: { ...content, attachments: [...own, ...known] },
    attachments: [...(message.attachments ?? []), ...parts.map(toFile)],
  };
}

const toFile = ({ r2Key, mimeType, fileName = "file", sizeBytes }: KeptPart): FileToSend => ({
  r2Key,
  mimeType,
  fileName,
  fileSize: sizeBytes,
});
