import type { ConversationState, Outcome } from "../src/domain/conversation/state";
import { type LinkOf, toMessage } from "../src/domain/conversation/wire";
import type { DomainEvent } from "../src/domain/event";
import { mediaIdOf, type StoredMessage } from "../src/domain/message/state";
import type { ConversationStorage } from "./conversation.storage";

interface RecordHooks {
  linkOf: LinkOf;
  /** The phase in which a new outbound message is stored. */
  phaseOf(message: StoredMessage): "queued" | "sending";
  /** Called with the events of each commit. */
  committed(events: readonly DomainEvent[]): void;
}

/**
 * The conversation's state in memory, and the only way to change it: state, events, messages and notes in one
 * transaction.
 */
export class ConversationRecord {
  /** Undefined before the first message. */
  state: ConversationState | undefined;
  /** The state before an erasure, for work that was under way. */
  erased: ConversationState | undefined;
  /** Files wait to be copied. The caller that starts the work clears it, as it does `sendQueueUnblocked`. */
  filesWait = false;
  /** A message was queued, or a status has confirmed the head of the send queue: send the next. */
  sendQueueUnblocked = false;
  readonly #store: ConversationStorage;
  readonly #hooks: RecordHooks;
  #events: DomainEvent[] = [];

  constructor(store: ConversationStorage, hooks: RecordHooks) {
    this.#store = store;
    this.#hooks = hooks;
  }

  erase(): void {
    [this.erased, this.state] = [this.state, undefined];
  }

  /** Runs `work` in one transaction. If it throws, storage and memory are unchanged. */
  transaction(work: () => void): void {
    const before = this.state;
    this.#events = [];
    try {
      this.#store.transaction(() => {
        work();
        if (this.#events.length > 0) this.#store.appendEvents(this.#events);
        // The number of the last event is read from the events, so an event alone is committed without the state.
        if (this.state && this.state.version !== before?.version) this.#store.saveState(this.state);
      });
    } catch (error) {
      this.state = before;
      throw error;
    }
    this.#hooks.committed(this.#events);
    this.#events = [];
  }

  /** Writes an outcome. Call it inside a transaction. */
  write({ state, events, messages, outgoing, notes }: Outcome, now: number): void {
    for (const message of outgoing) {
      message.status = this.#hooks.phaseOf(message);
      this.#store.queueOutgoing(message.id, message.status, now);
      this.sendQueueUnblocked = true;
    }
    for (const message of messages) this.#writeMessage(message, state, now);
    for (const [id, note] of notes) {
      if (note) this.#store.saveNote(note);
      else this.#store.removeNote(id);
    }
    this.#events.push(...events);
    this.state = state;
  }

  #writeMessage(message: StoredMessage, state: ConversationState, now: number): void {
    const { media } = message;
    if (media && media.id === "") media.id = mediaIdOf(state, message.id);
    const hasLeft = message.direction === "outbound" && message.status !== "queued" && message.status !== "sending";
    if (hasLeft && this.#store.removeOutgoing(message.id)) this.sendQueueUnblocked = true;
    // Signed links expire, so the wire form of a message with files is made when it is read.
    const wire = media || message.parts ? null : JSON.stringify(toMessage(message, state, this.#hooks.linkOf));
    this.#store.saveMessage(message, wire);
    if (media?.state === "pending") {
      this.#store.queueMedia(media.id, message.id, now);
      this.filesWait = true;
    }
  }
}
