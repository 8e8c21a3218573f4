import type { NewMessage } from "../../domain/message/state";
import { MEDIA_TYPES } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { UUID_PATTERN } from "../../kit/id";
import { messageNotAllowed } from "../../domain/conversation/commands/send";
import { findFile } from "./find";
import { isAnimatedWebp } from "./sniff";

const isMedia = (type: string): boolean => (MEDIA_TYPES as readonly string[]).includes(type);

/**
 * The message with the file that its `media_id` names. What the file is comes from us and not from the caller: its kind and size are
 * what the channel's limits are held against. Throws `message_not_allowed` for a file that the caller does not have.
 */
export async function withFile(ctx: Ctx, message: NewMessage): Promise<NewMessage> {
  const { media_id: id } = message.content;
  if (!isMedia(message.type) || id === undefined || id === null || id === "") return message;
  const file = typeof id === "string" && UUID_PATTERN.test(id) ? await findFile(ctx, id) : undefined;
  if (!file)
    throw messageNotAllowed("content.media_id: the file does not exist", {
      errors: [{ field: "content.media_id", message: "the file does not exist" }],
    });
  const { r2Key, mimeType } = file;
  const fileSize = file.fileSize ?? 0;
  const named = message.content.file_name;
  const fileName = typeof named === "string" && named !== "" ? named : (file.fileName ?? "file");
  const known = {
    mime_type: mimeType,
    file_size: fileSize,
    // Only a document is shown by its name.
    ...(message.type === "document" && { file_name: fileName }),
    ...(message.type === "sticker" && { animated: await isAnimated(ctx, r2Key) }),
  };
  return {
    ...message,
    content: { ...message.content, ...known },
    file: { r2Key, mimeType, fileName, fileSize },
  };
}

/** WhatsApp has another limit for stickers that move. */
async function isAnimated(ctx: Ctx, r2Key: string): Promise<boolean> {
  const object = await ctx.env.MEDIA.get(r2Key, { range: { offset: 0, length: 32 } });
  return object !== null && isAnimatedWebp(new Uint8Array(await object.arrayBuffer()));
}
