import type { FileToSend, NewMessage } from "../../domain/message/state";
import { MEDIA_TYPES } from "../../channels/channel";
import { isRecord, textOf } from "../../channels/json";
import type { Ctx } from "../../domain/context";
import { UUID_PATTERN } from "../../kit/id";
import { messageNotAllowed } from "../../domain/conversation/commands/send";
import { findFile, type KeptFile } from "./find";
import { isAnimatedWebp } from "./sniff";

const isMedia = (type: string): boolean => (MEDIA_TYPES as readonly string[]).includes(type);

/**
 * The message with the file that its `media_id` names. The file's type and size are taken from its row, not from the
 * caller, because the channel's limits are checked against them. Throws `message_not_allowed` for a file that the
 * caller may not open.
 */
export async function withFile(ctx: Ctx, message: NewMessage): Promise<NewMessage> {
  if (Array.isArray(message.content.attachments)) return withAttachments(ctx, message, message.content.attachments);
  if (message.type === "image" && Array.isArray(message.content.images))
    return withImages(ctx, message, message.content.images);
  const { media_id: id } = message.content;
  if (!isMedia(message.type) || id === undefined || id === null || id === "") return message;
  const file = await namedFile(ctx, id, "content.media_id");
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

async function namedFile(ctx: Ctx, id: unknown, field: string): Promise<KeptFile> {
  const file = typeof id === "string" && UUID_PATTERN.test(id) ? await findFile(ctx, id) : undefined;
  if (file) return file;
  const message = "the file does not exist";
  throw messageNotAllowed(`${field}: ${message}`, { errors: [{ field, message }] });
}

/** More are refused by every channel. */
const MAX_ATTACHMENTS = 50;

/** The same for a message with several files. Their facts are in `content` for the channel's limits. */
async function withAttachments(ctx: Ctx, message: NewMessage, asked: readonly unknown[]): Promise<NewMessage> {
  const attachments: FileToSend[] = [];
  const known: Record<string, unknown>[] = [];
  for (const [index, one] of asked.slice(0, MAX_ATTACHMENTS + 1).entries()) {
    const { media_id: id, file_name: named, content_id: contentId } = isRecord(one) ? one : {};
    const { r2Key, mimeType, fileName, fileSize } = await namedFile(ctx, id, `content.attachments.${index}.media_id`);
    const file = { r2Key, mimeType, fileName: textOf(named) ?? fileName ?? "file", fileSize: fileSize ?? 0 };
    // The channel checks its form.
    const shown = contentId === undefined || contentId === null ? {} : { content_id: contentId };
    attachments.push(typeof contentId === "string" ? { ...file, contentId } : file);
    known.push({ media_id: id, file_name: file.fileName, mime_type: mimeType, file_size: file.fileSize, ...shown });
  }
  return { ...message, content: { ...message.content, attachments: known }, attachments };
}

/** The same for several images, some of which may have an address of the caller's. */
async function withImages(ctx: Ctx, message: NewMessage, asked: readonly unknown[]): Promise<NewMessage> {
  const attachments: FileToSend[] = [];
  const images: unknown[] = [];
  for (const [index, one] of asked.slice(0, MAX_ATTACHMENTS + 1).entries()) {
    const id = isRecord(one) ? one.media_id : undefined;
    if (id === undefined || id === null || id === "") {
      images.push(one);
      continue;
    }
    const file = await namedFile(ctx, id, `content.images.${index}.media_id`);
    const [fileName, fileSize] = [file.fileName ?? "image", file.fileSize ?? 0];
    attachments.push({ r2Key: file.r2Key, mimeType: file.mimeType, fileName, fileSize });
    images.push({ ...(one as object), mime_type: file.mimeType, file_size: fileSize });
  }
  return { ...message, content: { ...message.content, images }, ...(attachments.length > 0 && { attachments }) };
}

/** WhatsApp's limit for animated stickers differs. */
async function isAnimated(ctx: Ctx, r2Key: string): Promise<boolean> {
  const object = await ctx.env.MEDIA.get(r2Key, { range: { offset: 0, length: 32 } });
  return object !== null && isAnimatedWebp(new Uint8Array(await object.arrayBuffer()));
}
