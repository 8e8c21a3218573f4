import type { ChannelUpdate, Content, MediaReference } from "../../channels/channel";
import { awaitedMedia, mediaIdOf, type StoredMessage } from "../message/state";
import type { ConversationIdentity } from "./state";

/** Content that an edit does not repeat. */
const ABOUT_MESSAGE = ["context", "referral", "story", "policy"];
/** Content that describes the stored file. */
const ABOUT_FILE = ["mime_type", "file_name", "file_size", "url", "media_id", "media_error", "sha256"];

/**
 * The message after an edit. Another file gets an id of its own and is copied; the same file is kept, whatever id the
 * channel gives it. Pure.
 */
export function edited(
  state: Pick<ConversationIdentity, "id">,
  target: StoredMessage,
  { type = target.type, content, files, externalId, at }: Extract<ChannelUpdate, { kind: "edit" }>,
): StoredMessage {
  const [file] = files ?? [];
  const keepsFile = type === target.type && (!file || isSameFile(file, target.media?.reference));
  return {
    ...target,
    type,
    content: {
      ...partOf(target.content, ABOUT_MESSAGE),
      ...content,
      ...(keepsFile && target.media && partOf(target.content, ABOUT_FILE)),
    },
    raw: null,
    media: keepsFile ? target.media : file ? awaitedMedia(file, mediaIdOf(state, `${target.id}:${externalId}`)) : null,
    editedAt: at,
  };
}

const isSameFile = (one: MediaReference, other: MediaReference | undefined): boolean =>
  other !== undefined &&
  (one.sha256 !== undefined && other.sha256 !== undefined
    ? one.sha256 === other.sha256
    : one.externalId === other.externalId);

const partOf = (content: Content, names: readonly string[]): Content =>
  Object.fromEntries(names.filter((name) => name in content).map((name) => [name, content[name]]));
