import type { ChannelUpdate } from "../src/channels/channel";
import { newConversation } from "../src/domain/conversation/new-conversation";
import { isOwn, yieldAddress } from "../src/domain/conversation/names";
import { isSameAddress } from "../src/domain/identity";
import { firstPartIdOf } from "../src/domain/message/parts";
import { mayDecide } from "../src/domain/conversation/marketing";
import { applyUpdate, beginsConversation, isReceipt, type Update } from "../src/domain/conversation/updates";
import type { IngestInput, IngestResult, LastSeen, YieldInput } from "../src/domain/object-apis";
import { clock, DAY } from "../src/kit/clock";
import { ownEchoAsStatus } from "./conversation.echo";
import { afterErasure, goesOnFrom } from "./conversation.forget";
import type { ConversationHost } from "./conversation.host";
import type { ConversationRecord } from "./conversation.record";

/** How long early updates are kept: a channel may deliver their message for that long. */
const EARLY_MS = 8 * DAY;
/** The id or time that distinguishes updates of one kind. */
const nameOf = (update: ChannelUpdate): string | number => {
  if ("message" in update) return update.message.externalId;
  return "externalId" in update ? update.externalId : "at" in update ? (update.at ?? 0) : 0;
};
/** The key of updates that precede the first message. No message has an empty id. */
const BEGINNING = "";
/** The key of echoes that came during a send: its answer may name one of them. No channel's id is a space. */
const UNDECIDED = " ";

/**
 * Takes the channel's updates in any order and any number of times. It drops duplicates, keeps updates whose message
 * has not arrived, and applies the others (src/domain/conversation/updates.ts decides their effect).
 */
export class Ingest {
  readonly #host: ConversationHost;
  readonly #record: ConversationRecord;

  constructor(host: ConversationHost, record: ConversationRecord) {
    this.#host = host;
    this.#record = record;
  }

  /** Takes the updates of a delivery. They are durable when it returns, or has resolved. */
  take(input: IngestInput): IngestResult | Promise<IngestResult> {
    // A message such as STOP is known by the organization's words, which the outbox would read next.
    if (input.updates.some(mayDecide)) return this.#host.learnSettings().then(() => this.#takeNow(input));
    return this.#takeNow(input);
  }

  #takeNow({
    identity,
    givenName = null,
    divisionId = null,
    isLocated,
    mayBegin,
    ...input
  }: IngestInput): IngestResult {
    const now = clock.now();
    const { tombstone } = this.#host.store;
    const updates = tombstone ? afterErasure(input.updates, tombstone) : input.updates;
    if (updates.length === 0) return { needsNames: false };
    const begins = !this.#record.state;
    let ordered = updates;
    if (begins) {
      // Receipts alone belong to messages that another system sent.
      if (updates.every(isReceipt)) return { needsNames: false };
      if (!isLocated || !mayBegin) return { needsNames: true };
      const first = updates.find(beginsConversation);
      if (!first) {
        this.#keepForBeginning(updates, now);
        return { needsNames: false };
      }
      ordered = [first, ...updates.filter((update) => update !== first)];
    } else if (!isLocated && !updates.every((update) => isOwn(this.#host.state, update))) return { needsNames: true };
    const { store } = this.#host;
    this.#record.transaction(() => {
      if (begins) {
        store.create();
        this.#record.state = { ...newConversation(identity, now), ...goesOnFrom(tombstone), givenName, divisionId };
      }
      for (const update of ordered) this.#take(update, now);
      if (begins) this.begin(now);
    });
    this.#host.afterCommit();
    return { needsNames: false };
  }

  /** Applies what came before the conversation began. Call it in the transaction that begins it. */
  begin(now: number): void {
    for (const update of this.#host.store.takeEarly<ChannelUpdate>(BEGINNING)) this.#take(update, now);
  }

  yieldAddress({ address, newAddress, at }: YieldInput): LastSeen | null {
    if (!this.#record.state) return null;
    const { address: held, addressAt, userId, isPaired } = this.#host.state;
    if (!isSameAddress(held, address)) return null;
    if (addressAt > at) return { since: addressAt, userId: isPaired ? userId : null };
    this.#host.keep((now) => yieldAddress(this.#host.state, { address, newAddress, at }, now));
    return null;
  }

  /**
   * Keeps updates that precede the first message. They are deleted if the conversation does not begin within
   * `EARLY_MS`.
   */
  #keepForBeginning(updates: readonly ChannelUpdate[], now: number): void {
    const { store } = this.#host;
    store.transaction(() => {
      for (const update of updates) {
        if (isReceipt(update)) continue;
        this.#keepEarly(BEGINNING, `${update.kind}:${nameOf(update)}`, update, now);
      }
    });
    this.#host.clearAt(now + EARLY_MS);
  }

  #take(received: Update, now: number): void {
    const update = received.kind === "echo" ? ownEchoAsStatus(this.#host, received) : received;
    if (!this.#isNew(update, now)) return;
    const { find, org, settings, state, store, window } = this.#host;
    const consent = { settings: settings?.consent, country: org.country };
    this.#record.write(
      applyUpdate(state, update, find, now, window, (at) => store.sentUpTo(at), consent),
      now,
    );
    const message = "message" in update ? update.message : undefined;
    const externalId = message ? message.externalId : update.kind === "status" ? update.externalId : undefined;
    if (externalId === undefined) return;
    const answers = message?.replyTo;
    if (answers !== undefined && !find({ externalId: answers }))
      this.#keepEarly(answers, `answered:${externalId}`, { kind: "answered", target: answers, by: externalId }, now);
    this.takeEarly(externalId, now);
  }

  /**
   * Applies the updates that arrived before their message, or before the channel's id of it. Call it inside a
   * transaction, so that an update whose application fails stays stored. `externalId` undefined: an attempt to send has
   * ended without one.
   */
  takeEarly(externalId: string | undefined, now: number): void {
    const { store } = this.#host;
    const waiting = externalId === undefined ? [] : store.takeEarly<Update>(externalId);
    if (!this.#isSending()) waiting.push(...store.takeEarly<Update>(UNDECIDED));
    for (const update of waiting) this.#take(update, now);
  }

  #isOwn(externalId: string): boolean {
    const message = this.#host.store.messageByExternalId(externalId);
    return message?.direction === "outbound" && !message.isFromApp;
  }

  /** Whether the channel may still answer with the id of a message. */
  #isSending(): boolean {
    const phase = this.#host.store.headOutgoing()?.phase;
    return phase === "sending" || phase === "unknown";
  }

  /** False if the update is a duplicate, or early and therefore stored. */
  #isNew(update: Update, now: number): boolean {
    const { find, store } = this.#host;
    switch (update.kind) {
      case "message":
        return store.messageByExternalId(update.message.externalId) === undefined;
      case "echo": {
        const { externalId } = update.message;
        if (store.messageByExternalId(externalId) || this.#isOwn(firstPartIdOf(externalId))) return false;
        if (!this.#isSending()) return true;
        this.#keepEarly(UNDECIDED, externalId, update, now);
        return false;
      }
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
      case "thread_control":
      // Both say whether they tell anything new.
      case "history":
      case "call":
        return true;
      case "address_changed":
      case "marketing_choice":
        return store.markSeen(update.externalId);
      default:
        return false;
    }
  }

  #keepEarly(externalId: string, what: string, update: Update, now: number): void {
    this.#host.store.keepEarly(externalId, what, update, now, now - EARLY_MS);
  }
}
