import { and, eq } from "drizzle-orm";
import type { NewMessage } from "../../../durable-objects/conversation.state";
import { MEDIA_TYPES } from "../../channels/channel";
import { type Ctx, visibilityOf } from "../../kit/context";
import { UUID_PATTERN } from "../../kit/id";
import { messageNotAllowed } from "../messages/problems";
import { isAnimatedWebp } from "./sniff";
import { uploads } from "./table";

const isMedia = (type: string): boolean => (MEDIA_TYPES as readonly string[]).includes(type);

/**
 * The message with the file that its `media_id` names. What the file is comes from us and not from the caller: its kind and size are
 * what the channel's limits are held against. Throws `message_not_allowed` for a file that the caller does not have.
 */
export async function withFile(ctx: Ctx, message: NewMessage): Promise<NewMessage> {
  const { media_id: id } = message.content;
  if (!isMedia(message.type) || id === undefined || id === null || id === "") return message;
  const row = typeof id === "string" && UUID_PATTERN.test(id) ? await ctx.db.first(uploads, and(eq(uploads.id, id), eq(uploads.state, "stored"))!) : undefined;
  const sees = visibilityOf(ctx.actor);
  if (!row || !(row.isPublic || sees.all || row.uploadedBy === sees.agentId)) {
    throw messageNotAllowed("content.media_id: no such file", { errors: [{ field: "content.media_id", message: "no such file" }] });
  }
  const fileName = typeof message.content.file_name === "string" && message.content.file_name !== "" ? message.content.file_name : row.fileName;
  const { r2Key, mimeType, sha256 } = row;
  const fileSize = row.fileSize ?? 0;
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
    file: { r2Key, mimeType, fileName, fileSize, sha256 },
  };
}

/** WhatsApp has another limit for stickers that move. */
async function isAnimated(ctx: Ctx, r2Key: string): Promise<boolean> {
  const object = await ctx.env.MEDIA.get(r2Key, { range: { offset: 0, length: 32 } });
  return object !== null && isAnimatedWebp(new Uint8Array(await object.arrayBuffer()));
}
