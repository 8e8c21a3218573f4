import { and, eq } from "drizzle-orm";
import type { NewMessage } from "../../../durable-objects/conversation.state";
import { MEDIA_TYPES } from "../../channels/channel";
import { type Ctx, visibilityOf } from "../../kit/context";
import { UUID_PATTERN } from "../../kit/id";
import { messageNotAllowed } from "../messages/problems";
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
  return {
    ...message,
    // Only a document is shown by its name.
    content: { ...message.content, ...(message.type === "document" && { file_name: fileName }), mime_type: mimeType, file_size: fileSize },
    file: { r2Key, mimeType, fileName, fileSize, sha256 },
  };
}
