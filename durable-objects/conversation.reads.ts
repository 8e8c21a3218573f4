import type { Channel } from "../src/channels/channel";
import { maySee, type Visibility } from "../src/domain/context";
import { toRow } from "../src/domain/conversation/columns";
import { type ConversationState, cycleOf, type MeasuredCycle } from "../src/domain/conversation/state";
import { asRead, type ConversationWithContact, toConversation, toMessage } from "../src/domain/conversation/wire";
import type { StoredMessage } from "../src/domain/message/state";
import type { StoredNote } from "../src/domain/note/state";
import type { Inspection, PageAt } from "../src/domain/object-apis";
import type { Sla } from "../src/domain/sla";
import type { ConversationHost } from "./conversation.host";
import type { PageRow } from "./conversation.storage";
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
   * A page of messages as JSON text; null if the conversation has no message with the id that the page is around. Messages
   * are also stored in their wire form, so that a page is not parsed, mapped and serialised again on its way to the Worker.
   */
  messages(sees: Visibility, at: PageAt, limit: number): string | null | undefined {
    const state = this.#visible(sees);
    if (!state) return undefined;
    const page = this.#pageOf(at, limit);
    if (!page) return null;
    const { rows, hasOlder, hasNewer } = page;
    const texts = rows.map(({ id, wire, doc }) =>
      wire === null
        ? JSON.stringify(toMessage(JSON.parse(doc) as StoredMessage, state, this.#host.linkOf))
        : asRead(id, wire, state),
    );
    const cursor = (row: PageRow | undefined, isThere: boolean): string => JSON.stringify((isThere && row?.id) || null);
    return `{"messages":[${texts.join(",")}],"has_more":${hasOlder},"next_cursor":${cursor(rows[0], hasOlder)},"newer_cursor":${cursor(rows.at(-1), hasNewer)}}`;
  }

  #pageOf(
    { before, after, around }: PageAt,
    limit: number,
  ): { rows: PageRow[]; hasOlder: boolean; hasNewer: boolean } | undefined {
    const { store } = this.#host;
    if (around !== undefined && !store.message(around)) return undefined;
    if (around === undefined && after === undefined) {
      const older = store.page(before, limit);
      const hasNewer = before !== undefined && store.pageFrom(before, 0).length > 0;
      return { rows: older.slice(0, limit).toReversed(), hasOlder: older.length > limit, hasNewer };
    }
    // Ids have one length, so the text comes directly behind the id.
    const from = around ?? `${after!}!`;
    const ofOlder = around === undefined ? 0 : Math.floor(limit / 2);
    const older = store.page(from, ofOlder);
    const newer = store.pageFrom(from, limit - ofOlder);
    return {
      rows: [...older.slice(0, ofOlder).toReversed(), ...newer.slice(0, limit - ofOlder)],
      hasOlder: older.length > ofOlder,
      hasNewer: newer.length > limit - ofOlder,
    };
  }

  inspect(): Inspection | undefined {
    const { state } = this.#record;
    const { store } = this.#host;
    return state && { row: toRow(state, state.seq), counts: store.counts(), seq: state.seq, ...store.cursors() };
  }
}
