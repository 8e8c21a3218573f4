import type { NewMessage } from "../../domain/message/state";
import { MEDIA_TYPES } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { UUID_PATTERN } from "../../kit/id";
import { messageNotAllowed } from "../../domain/conversation/commands/send";
import { findFile } from "./find";
import { isAnimatedWebp } from "./sniff";

const isMedia = (type: string): boolean => (MEDIA_TYPES as readonly string[]).includes(type);

/**
 * The message with the file that its `media_id` names. The file's type and size are taken from its row, not from the
 * caller, because the channel's limits are checked against them. Throws `message_not_allowed` for a file that the
 * caller may not open.
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
    // Channels show the name of documents only.
    ...(message.type === "document" && { file_name: fileName }),
    ...(message.type === "sticker" && { animated: await isAnimated(ctx, r2Key) }),
  };
  return {
    ...message,
    content: { ...message.content, ...known },
    file: { r2Key, mimeType, fileName, fileSize },
  };
}

/** WhatsApp's limit for animated stickers differs. */
async function isAnimated(ctx: Ctx, r2Key: string): Promise<boolean> {
  const object = await ctx.env.MEDIA.get(r2Key, { range: { offset: 0, length: 32 } });
  return object !== null && isAnimatedWebp(new Uint8Array(await object.arrayBuffer()));
}
