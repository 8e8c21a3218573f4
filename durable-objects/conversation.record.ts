import type { ConversationState, Outcome } from "../src/domain/conversation/state";
import { type LinkOf, toMessage } from "../src/domain/conversation/wire";
import type { DomainEvent } from "../src/domain/event";
import { mediaIdOf, type StoredMessage } from "../src/domain/message/state";
import type { ConversationStorage } from "./conversation.storage";

interface Surroundings {
  linkOf: LinkOf;
  /** The phase in which a message starts that is queued now. */
  phaseOf(message: StoredMessage): "queued" | "sending";
  /** Called after each commit with its events. */
  committed(events: readonly DomainEvent[]): void;
}

/** The conversation's state in memory, and the one way to change it: state, events, messages and notes in one transaction. */
export class ConversationRecord {
  /** Undefined before the first message. */
  state: ConversationState | undefined;
  /** Files wait to be copied. Cleared by the caller who starts the work, as is `sendQueueUnblocked`. */
  filesWait = false;
  /** A message was queued, or a status has confirmed the head of the send queue: sending may go on. */
  sendQueueUnblocked = false;
  readonly #store: ConversationStorage;
  readonly #surroundings: Surroundings;
  #events: DomainEvent[] = [];

  constructor(store: ConversationStorage, surroundings: Surroundings) {
    this.#store = store;
    this.#surroundings = surroundings;
  }

  /** Runs `work` in one transaction. If it throws, neither storage nor memory has changed. */
  transaction(work: () => void): void {
    const before = this.state;
    this.#events = [];
    try {
      this.#store.transaction(work);
    } catch (error) {
      this.state = before;
      throw error;
    }
    this.#surroundings.committed(this.#events);
    this.#events = [];
  }

  /** Writes an outcome. Only inside a transaction. */
  write({ state, events, messages, outgoing, notes }: Outcome, now: number): void {
    for (const message of outgoing) {
      message.status = this.#surroundings.phaseOf(message);
      this.#store.queueOutgoing(message.id, message.status, now);
      this.sendQueueUnblocked = true;
    }
    for (const message of messages) this.#writeMessage(message, state, now);
    for (const [id, note] of notes) {
      if (note) this.#store.saveNote(note);
      else this.#store.removeNote(id);
    }
    // Without events the state has not changed.
    if (events.length === 0) return;
    for (const event of events) this.#store.appendEvent(event);
    this.#events.push(...events);
    this.state = state;
    this.#store.saveState(state);
  }

  #writeMessage(message: StoredMessage, state: ConversationState, now: number): void {
    const { media } = message;
    if (media && media.id === "") media.id = mediaIdOf(state, message.id);
    // Links to files are signed for a limited time, so the text of a message with a file is made when it is read.
    const text = media ? null : JSON.stringify(toMessage(message, state, this.#surroundings.linkOf));
    this.#store.saveMessage(message, text);
    if (media?.state === "pending") {
      this.#store.queueMedia(message.id, now);
      this.filesWait = true;
    }
    const hasLeft = message.direction === "outbound" && message.status !== "queued" && message.status !== "sending";
    if (hasLeft && this.#store.removeOutgoing(message.id)) this.sendQueueUnblocked = true;
  }
}
