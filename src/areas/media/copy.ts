import { type ChannelAccount, ChannelError, type MediaReference, type OpenedFile } from "../../channels/channel";
import type { CopiedMedia } from "../../domain/services";
import type { UsableAccount } from "../../domain/sending-account";
import { cutName } from "../../kit/cut";
import { inTime } from "../../kit/in-time";
import { nameMetadata, retype } from "./serve";
import { TypeReader } from "./type-reader";

/** No channel delivers a larger file (`limits.inboundFileBytes`). */
const MAX_BYTES = 100 * 1024 * 1024;
/** The bytes that determine a type, but for the tracks of an MP4. */
const HEAD_BYTES = 64 * 1024;
/** Number of the channel's timeouts that may pass without a byte: 30 seconds. */
const STALL_TIMEOUTS = 2;

/**
 * Streams a file from its channel to R2. May be repeated: the key is the same. Duration is not limited, but each part
 * must arrive in time. Throws ChannelError.
 */
export async function copyMedia(
  env: Env,
  { client }: UsableAccount,
  reference: MediaReference,
  key: string,
): Promise<CopiedMedia> {
  const { body, mimeType: claimed, sizeBytes } = await openFile(client, reference);
  if (sizeBytes !== undefined && sizeBytes > MAX_BYTES) {
    await body.cancel();
    throw new ChannelError("rejected_media", {
      code: "media_too_large",
      title: `The file has more than ${MAX_BYTES} bytes`,
    });
  }
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const next = (): Promise<ReadableStreamReadResult<Uint8Array>> => partOf(reader, STALL_TIMEOUTS * client.timeoutMs);
  const type = new TypeReader(claimed ?? reference.mimeType, reference.fileName);
  const head = await headOf(next);
  type.read(head);
  const whole = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (head.byteLength > 0) controller.enqueue(head);
    },
    pull: async (controller) => {
      const part = await next();
      if (part.done) return controller.close();
      type.read(part.value);
      controller.enqueue(part.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  // R2 needs the length before the first byte, so a file of unknown length is buffered in memory.
  const content = sizeBytes === undefined ? await gather(whole) : whole.pipeThrough(new FixedLengthStream(sizeBytes));
  const mimeType = type.type;
  const object = await env.MEDIA.put(key, content, {
    httpMetadata: { contentType: mimeType },
    customMetadata: reference.fileName === undefined ? {} : nameMetadata(cutName(reference.fileName, 240)),
  });
  if (type.type !== mimeType) await retype(env.MEDIA, key, type.type);
  return { mimeType: type.type, sizeBytes: object.size };
}

function openFile(client: ChannelAccount, reference: MediaReference): Promise<OpenedFile> {
  if (client.media) return client.media.open(reference);
  throw new ChannelError("rejected_media", { code: "media_unsupported", title: "The channel does not provide files" });
}

/** The parts that have the first HEAD_BYTES of a file, or all of a smaller one. */
async function headOf(next: () => Promise<ReadableStreamReadResult<Uint8Array>>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let bytes = 0; bytes < HEAD_BYTES;) {
    const part = await next();
    if (part.done) break;
    parts.push(part.value);
    bytes += part.value.byteLength;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** The next part of a file. Cancels the download and throws if no part arrives within `timeoutMs`. */
async function partOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  timeoutMs: number,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await inTime(
      reader.read(),
      timeoutMs,
      new ChannelError("transient", { code: "timeout", title: "The file stopped coming" }),
    );
  } catch (error) {
    void reader.cancel(error).catch(() => undefined);
    throw error;
  }
}

async function gather(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.byteLength;
    if (size > 20 * 1024 * 1024)
      throw new ChannelError("rejected_media", {
        code: "media_too_large",
        title: "A file of unknown length is too large",
      });
    parts.push(part);
  }
  return Buffer.concat(parts);
}
