import type { ChannelUpdate } from "../src/channels/channel";
import { newConversation } from "../src/domain/conversation/state";
import { applyUpdate, beginsConversation, isReceipt, type Update } from "../src/domain/conversation/updates";
import type { IngestInput, IngestResult } from "../src/domain/object-apis";
import { clock, DAY } from "../src/kit/clock";
import type { ConversationHost } from "./conversation.host";
import type { ConversationRecord } from "./conversation.record";

/** Updates are kept as long as a channel may still deliver the message that they are about. */
const EARLY_MS = 8 * DAY;
/** The key of updates that came before the conversation began. No message has such an id. */
const BEGINNING = "";

/**
 * Takes what the channel delivers, in any order and any number of times: drops updates that are known, keeps those that are early until
 * the message that they are about is there, and applies the others (domain/conversation/updates.ts decides what they do).
 */
export class Ingest {
  readonly #host: ConversationHost;
  readonly #record: ConversationRecord;

  constructor(host: ConversationHost, record: ConversationRecord) {
    this.#host = host;
    this.#record = record;
  }

  /** Takes the updates of a delivery. Durable when it returns. */
  take({ identity, givenName = null, divisionId = null, updates, aliasChecked }: IngestInput): IngestResult {
    const now = clock.now();
    const begins = !this.#record.state;
    let inTurn = updates;
    if (begins) {
      // Receipts alone are about messages that were not sent from here.
      if (updates.every(isReceipt)) return { needsAlias: false };
      if (!aliasChecked) return { needsAlias: true };
      const first = updates.find(beginsConversation);
      if (!first) {
        this.#keepForBeginning(updates, now);
        return { needsAlias: false };
      }
      inTurn = [first, ...updates.filter((update) => update !== first)];
    }
    const { store } = this.#host;
    this.#record.transaction(() => {
      if (begins) {
        store.create();
        this.#record.state = { ...newConversation(identity, now), givenName, divisionId };
      }
      for (const update of inTurn) this.#take(update, now);
      if (begins) for (const update of store.takeEarly<ChannelUpdate>(BEGINNING)) this.#take(update, now);
    });
    this.#host.afterCommit();
    return { needsAlias: false };
  }

  /** Keeps updates that came before the first message. They are deleted if the conversation does not begin. */
  #keepForBeginning(updates: readonly ChannelUpdate[], now: number): void {
    const { store } = this.#host;
    store.transaction(() => {
      store.create();
      for (const update of updates) {
        if (isReceipt(update)) continue;
        const externalId =
          update.kind === "message" ? update.message.externalId : "externalId" in update ? update.externalId : "";
        this.#keepEarly(BEGINNING, `${update.kind}:${externalId}`, update, now);
      }
    });
    this.#host.clearAt(now + EARLY_MS);
  }

  #take(update: Update, now: number): void {
    if (!this.#isNew(update, now)) return;
    const { find, state, store, window } = this.#host;
    this.#record.write(
      applyUpdate(state, update, find, now, window, (at) => store.sentUpTo(at)),
      now,
    );
    const externalId =
      update.kind === "message" ? update.message.externalId : update.kind === "status" ? update.externalId : undefined;
    if (externalId === undefined) return;
    const answers = update.kind === "message" ? update.message.replyTo : undefined;
    if (answers !== undefined && !find({ externalId: answers }))
      this.#keepEarly(answers, `answered:${externalId}`, { kind: "answered", target: answers, by: externalId }, now);
    this.takeEarly(externalId, now);
  }

  /**
   * Applies the updates that came before the message that they are about, or before the channel's id of it. Only inside a transaction:
   * an update that is not applied stays kept.
   */
  takeEarly(externalId: string, now: number): void {
    for (const update of this.#host.store.takeEarly<Update>(externalId)) this.#take(update, now);
  }

  /** False: the update is known, or is kept because it is early. */
  #isNew(update: Update, now: number): boolean {
    const { find, store } = this.#host;
    switch (update.kind) {
      case "message":
        return store.messageByExternalId(update.message.externalId) === undefined;
      case "status":
        if (find({ externalId: update.externalId, ...(update.messageId && { id: update.messageId }) })) return true;
        this.#keepEarly(update.externalId, update.status, update, now);
        return false;
      case "reaction":
      case "edit":
      case "revoke":
        if (find({ externalId: update.target })) return store.markSeen(update.externalId);
        this.#keepEarly(update.target, `${update.kind}:${update.externalId}`, update, now);
        return false;
      case "answered":
      case "watermark":
        return true;
      case "address_changed":
        return store.markSeen(update.externalId);
      default:
        return false;
    }
  }

  #keepEarly(externalId: string, what: string, update: Update, now: number): void {
    this.#host.store.keepEarly(externalId, what, update, now, now - EARLY_MS);
  }
}
