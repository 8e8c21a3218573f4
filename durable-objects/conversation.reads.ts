import type { Channel } from "../src/channels/channel";
import { maySee, type Visibility } from "../src/domain/context";
import { toRow } from "../src/domain/conversation/columns";
import { type ConversationState, cycleOf, type MeasuredCycle } from "../src/domain/conversation/state";
import { asRead, type ConversationWithContact, toConversation, toMessage } from "../src/domain/conversation/wire";
import type { StoredMessage } from "../src/domain/message/state";
import type { StoredNote } from "../src/domain/note/state";
import type { Inspection } from "../src/domain/object-apis";
import type { Sla } from "../src/domain/sla";
import type { ConversationHost } from "./conversation.host";
import type { ConversationRecord } from "./conversation.record";

/** Answers reads. Each returns undefined if the conversation has not begun or the caller may not see it. */
export class Reads {
  readonly #host: ConversationHost;
  readonly #record: ConversationRecord;

  constructor(host: ConversationHost, record: ConversationRecord) {
    this.#host = host;
    this.#record = record;
  }

  #visible(sees: Visibility): ConversationState | undefined {
    const { state } = this.#record;
    return state && maySee(sees, state) ? state : undefined;
  }

  async view(sees: Visibility): Promise<ConversationWithContact | undefined> {
    await this.#host.learnSettings();
    const state = this.#visible(sees);
    return state && toConversation(state, this.#host.window);
  }

  measured(sees: Visibility): { facts: MeasuredCycle; sla: Sla; channel: Channel } | undefined {
    const state = this.#visible(sees);
    return state && { facts: cycleOf(state), sla: state.sla, channel: state.channel };
  }

  notes(sees: Visibility, before: string | undefined, limit: number): StoredNote[] | undefined {
    return this.#visible(sees) && this.#host.store.notes(before, limit);
  }

  /**
   * A page of messages as JSON text. Messages are also stored in their wire form, so that a page is not parsed, mapped
   * and serialised again on its way to the Worker.
   */
  messages(sees: Visibility, before: string | undefined, limit: number): string | undefined {
    const state = this.#visible(sees);
    if (!state) return undefined;
    const found = this.#host.store.page(before, limit);
    const rows = found.slice(0, limit).toReversed();
    const texts = rows.map(({ id, wire, doc }) =>
      wire === null
        ? JSON.stringify(toMessage(JSON.parse(doc) as StoredMessage, state, this.#host.linkOf))
        : asRead(id, wire, state),
    );
    const hasMore = found.length > limit;
    return `{"messages":[${texts.join(",")}],"has_more":${hasMore},"next_cursor":${hasMore ? `"${rows[0]!.id}"` : "null"}}`;
  }

  inspect(): Inspection | undefined {
    const { state } = this.#record;
    const { store } = this.#host;
    return state && { row: toRow(state, state.seq), counts: store.counts(), seq: state.seq, ...store.cursors() };
  }
}
