import type { ConversationPage } from "../api/api.gen";
import type { Conversation, ViewFilter } from "./matches";
import type { Rows } from "./rows";
import { type InboxView, isShown, newView, rowsOf, withoutRows, withPage } from "./view";

/**
 * The list that is shown: a view over all known rows. It says which page is needed next; inbox.ts fetches it. Pure but
 * for its own state, so that tests can play any order of frames and pages.
 */
export interface ListEntry {
  /** undefined: a row that is not loaded. */
  id: string | undefined;
}

export interface InboxList {
  view(): InboxView;
  /** The shown rows in order; the same array as long as nothing changes. */
  entries(): readonly ListEntry[];
  /** Whether the first page has come. */
  isReady(): boolean;
  /** Shows another view. */
  show(filter: ViewFilter): void;
  /** The part at this entry that is to be loaded, if any. */
  missingAt(index: number): { cursor: string | undefined; view: number } | undefined;
  /** An answer of a view that is not shown any more changes nothing. */
  receive(asked: { cursor: string | undefined; view: number }, page: ConversationPage, askedAt: number): void;
  /** The stream begins anew: known rows may be old. They stay on the screen until the first page is there. */
  restart(at: number): void;
  /** Rows have changed. */
  changed(): void;
  /** Lets go of rows far from `index`, and of those that nobody shows. */
  trim(index: number, at: number): void;
  /** Whether the server must be asked again: a search decides what it finds. */
  isUnsure(row: Conversation): boolean;
}

/** Skeletons at the end of what is loaded. */
const UNKNOWN_ROWS = 3;

interface Limits {
  /** More are let go of, and fetched again when they are looked at. */
  maxRows: number;
  /** Rows that a frame touched just now must stay known: a late page may have them in an older version. */
  freshMs: number;
}
const LIMITS: Limits = { maxRows: 3000, freshMs: 15_000 };

/** `isOpen`: whether the conversation is on the screen by itself, and stays known in every view. */
export function createList(
  rows: Rows,
  agentId: string,
  filter: ViewFilter,
  limits = LIMITS,
  isOpen: (id: string) => boolean = () => false,
): InboxList {
  let view = newView(filter);
  /** Tells the answers of this view from those of an earlier one. */
  let number = 0;
  let isReady = false;
  let restartedAt: number | undefined;
  let entries: readonly ListEntry[] = [];
  /** The first entry of each segment. */
  let starts: number[] = [];

  function changed(): void {
    if (restartedAt !== undefined) return;
    const next: ListEntry[] = [];
    starts = [];
    for (const [i, part] of rowsOf(view, rows.all(), agentId).entries()) {
      starts.push(next.length);
      const segment = view.segments[i]!;
      if (segment.isLoaded) for (const { id } of part) next.push({ id });
      else if (isReady) for (let n = 0; n < (segment.count || UNKNOWN_ROWS); n++) next.push({ id: undefined });
    }
    if (next.length !== entries.length || next.some(({ id }, i) => id !== entries[i]!.id)) entries = next;
  }

  const begin = (next: ViewFilter): void => {
    view = newView(next);
    number++;
  };

  return {
    view: () => view,
    entries: () => entries,
    isReady: () => isReady,
    show(next) {
      begin(next);
      isReady = false;
      restartedAt = undefined;
      entries = [];
      changed();
    },
    missingAt(index) {
      const at = isReady && restartedAt === undefined ? starts.findLastIndex((start) => start <= index) : 0;
      const segment = view.segments[Math.max(0, at)]!;
      return segment.isLoaded ? undefined : { cursor: segment.cursor, view: number };
    },
    receive(asked, page, askedAt) {
      if (asked.view !== number) return;
      // Rows that were known before the stream began anew and not told since may be old.
      if (restartedAt !== undefined) {
        rows.trim(restartedAt, ({ id }) => isOpen(id));
        restartedAt = undefined;
      }
      rows.putPage(page.data, askedAt);
      view = withPage(view, asked.cursor, page);
      isReady = true;
      changed();
    },
    restart(at) {
      begin(view.filter);
      if (isReady) restartedAt = at;
    },
    changed,
    trim(index, at) {
      if (rows.size() <= limits.maxRows) return;
      const parts = rowsOf(view, rows.all(), agentId);
      const far = parts
        .map((part, i) => ({ i, count: part.length, distance: Math.abs((starts[i] ?? 0) - index) }))
        .filter(({ i, count, distance }) => view.segments[i]!.isLoaded && count > 0 && distance > limits.maxRows / 8)
        .sort((one, other) => other.distance - one.distance);
      let held = rows.size();
      for (const { i, count } of far) {
        if (held <= limits.maxRows * 0.8) break;
        view = withoutRows(view, i, count);
        held -= count;
      }
      const shown = new Set(rowsOf(view, rows.all(), agentId).flat());
      rows.trim(at - limits.freshMs, (row) => shown.has(row) || isOpen(row.id));
      changed();
    },
    isUnsure: (row) => view.found !== undefined && !view.found.has(row.id) && isShownBut(view, row, agentId),
  };
}

/** Whether all but the search takes it. */
const isShownBut = (view: InboxView, row: Conversation, agentId: string): boolean =>
  isShown({ ...view, found: undefined }, row, agentId);
