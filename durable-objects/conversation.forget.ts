import type { Forgotten } from "../src/domain/object-apis";
import { isReceipt } from "../src/domain/conversation/updates";
import { clock } from "../src/kit/clock";
import type { ChannelUpdate } from "../src/channels/channel";
import type { ConversationState } from "../src/domain/conversation/state";
import type { ConversationLive } from "./conversation.live";
import type { ConversationRecord } from "./conversation.record";
import type { ConversationStorage } from "./conversation.storage";

/** The record that an erased conversation leaves, with the names of parts to erase elsewhere. */
export interface Tombstone {
  /** Updates that are not newer are dropped when the channel delivers them again. */
  at: number;
  /** When it was erased: it went on until then. */
  until: number;
  /** The number of the last event: a conversation that begins again goes on from it, as consumers know it. */
  seq: number;
  /** The same of its version. */
  version: number;
}

/** The numbers with which a conversation begins. */
export const goesOnFrom = (tombstone: Tombstone | undefined): Pick<ConversationState, "seq" | "version"> => ({
  seq: tombstone?.seq ?? 0,
  version: tombstone?.version ?? 0,
});

/** The updates that are newer than the conversation's erasure. Pure. */
export const afterErasure = (updates: ChannelUpdate[], { at }: Tombstone): ChannelUpdate[] =>
  updates.filter((update) => {
    if (isReceipt(update)) return true;
    const time = "message" in update ? update.message.at : "at" in update ? update.at : undefined;
    return time !== undefined && time > at;
  });

/** Erases the conversation, unless it began after `at`. */
export function forgetIn(
  store: ConversationStorage,
  record: ConversationRecord,
  live: ConversationLive,
  at: number,
  isAllGone: boolean,
): Forgotten {
  const [known, { state }] = [store.tombstone, record];
  if (state && state.createdAt <= at) {
    store.erase({ at, until: clock.now(), seq: state.seq, version: state.version });
    live.end(state);
    record.erase();
  } else if (!known || known.at < at) store.saveTombstone({ until: at, seq: 0, version: 0, ...known, at });
  if (isAllGone) store.forgetNames();
  const { version, until } = store.tombstone!;
  return { ...store.erasedNames(), version, until };
}
