import { ChannelError, type OutboundFile } from "../src/channels/channel";
import { adapterOf } from "../src/channels/registry";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import type { UsableAccount } from "../src/domain/sending-account";
import { type ConversationHost, oneAtATime } from "./conversation.host";
import { fileKey, type StoredMedia, type StoredMessage, type StoredPart } from "../src/domain/message/state";
import { applyFile } from "../src/domain/conversation/results";

/**
 * The attempts take over four days. A channel keeps files for at least a week, and a dead token may be replaced by
 * then.
 */
const MEDIA_ATTEMPTS = 30;

/** Copies customers' files to R2, one after another, since the channel's links expire. */
export class Files {
  readonly #host: ConversationHost;
  readonly run = oneAtATime(
    () => this.#copyAll(),
    (error) => {
      logError("media_delayed", error, { conversation_id: this.#host.state.id });
      this.#host.wakeBy(clock.now() + MINUTE);
    },
  );

  constructor(host: ConversationHost) {
    this.#host = host;
  }

  async #copyAll(): Promise<void> {
    for (let job = this.#host.store.nextMedia(); job; job = this.#host.store.nextMedia()) {
      if (job.next_at > clock.now()) return this.#host.wakeBy(job.next_at);
      const message = this.#host.store.message(job.message_id);
      // An edit may have replaced the file.
      if (message?.media?.id !== job.media_id || message.media.state !== "pending") {
        this.#host.store.removeMedia(job.media_id);
        continue;
      }
      await this.#copyFile(message, job.attempts + 1);
    }
  }

  async #copyFile(message: StoredMessage, attempts: number): Promise<void> {
    const media = message.media!;
    try {
      const account = await this.#host.account();
      // Retryable: a deactivated account or a dead token may be repaired.
      if ("failure" in account) throw new Error("the account cannot be used at the moment");
      const copied = await this.#host.copyMedia(account, media.reference, fileKey(this.#host.state, media));
      this.#mediaStep(message.id, media.id, (now) => ({
        ...now,
        media: { ...now.media!, state: "stored", attempts, mimeType: copied.mimeType, fileSize: copied.sizeBytes },
        content: {
          ...now.content,
          url: `/api/media/${media.id}`,
          media_id: media.id,
          mime_type: copied.mimeType,
          file_size: copied.sizeBytes,
        },
      }));
    } catch (error) {
      const failure =
        error instanceof ChannelError
          ? error.failure
          : { code: "media_unavailable", title: "The file could not be copied" };
      const isFinal =
        attempts >= MEDIA_ATTEMPTS ||
        (error instanceof ChannelError && ["invalid", "forbidden", "rejected_media"].includes(error.failureClass));
      if (!isFinal) {
        const at = clock.now() + Math.min(6 * 60 * MINUTE, 2 ** attempts * SECOND);
        this.#host.store.setMedia({ media_id: media.id, attempts, next_at: at });
        return;
      }
      this.#mediaStep(message.id, media.id, (now) => ({
        ...now,
        media: { ...now.media!, state: "failed", attempts },
        content: { ...now.content, media_error: failure },
      }));
    }
  }

  #mediaStep(messageId: string, mediaId: string, change: (message: StoredMessage) => StoredMessage): void {
    // An edit may have replaced the file during the copy: the next look at the jobs drops this one.
    if (this.#host.store.message(messageId)?.media?.id !== mediaId) return;
    this.#host.keep((now) => {
      this.#host.store.removeMedia(mediaId);
      return applyFile(this.#host.state, change(this.#host.store.message(messageId)!), now);
    });
  }
}

/** The links by which the channel fetches a message's files. Empty on channels that do not. */
export function linksOf({ state, linkOf }: ConversationHost, { media, parts = [] }: StoredMessage): string[] {
  if (adapterOf(state.channel)?.capabilities.files.sentAs !== "link") return [];
  return [...(media ? [fileKey(state, media)] : []), ...parts.map(({ r2Key }) => r2Key)].map((r2Key) => linkOf(r2Key));
}

/**
 * Returns the channel's id of an outbound file, and uploads the file unless an earlier attempt did. An upload has no
 * visible effect, so one whose answer was lost is repeated. Throws ChannelError.
 */
export async function uploadToChannel(
  { env, state }: ConversationHost,
  account: UsableAccount,
  media: StoredMedia,
): Promise<string> {
  if (media.reference.externalId !== "") return media.reference.externalId;
  try {
    const object = await env.MEDIA.get(fileKey(state, media));
    if (!object)
      throw new ChannelError("rejected_media", { code: "media_gone", title: "The file is not there any more" });
    const { mimeType, fileName = "file" } = media.reference;
    const file = {
      body: object.body,
      sizeBytes: object.size,
      mimeType: mimeType ?? "application/octet-stream",
      fileName,
    };
    if (account.client.media?.upload) return await account.client.media.upload(file);
    await object.body.cancel();
    throw new ChannelError("rejected_media", { code: "media_unsupported", title: "The channel takes no files" });
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    logError("upload_unexpected", error, { conversation_id: state.id });
    throw new ChannelError("transient", { code: "media_unavailable", title: "The file could not be read" });
  }
}

/** Opens the files that are attached to an outbound message. Throws ChannelError. */
export async function openParts({ env }: ConversationHost, parts: readonly StoredPart[]): Promise<OutboundFile[]> {
  return Promise.all(
    parts.map(async ({ r2Key, mimeType, fileName = "file", contentId }) => {
      const object = await env.MEDIA.get(r2Key);
      if (!object)
        throw new ChannelError("rejected_media", { code: "media_gone", title: "The file is not there any more" });
      const file = { body: object.body, sizeBytes: object.size, mimeType, fileName };
      return contentId === undefined ? file : { ...file, contentId };
    }),
  );
}
