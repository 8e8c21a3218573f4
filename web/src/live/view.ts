import type { ConversationPage } from "../api/api.gen";
import { compare, type Conversation, matches, type Place, placeOf, type ViewFilter } from "./matches";

/**
 * A list of conversations as the screen sees it: parts that are loaded, and parts that are not (yet, or not any more).
 * The rows of a loaded part are not kept here: they follow from all known rows, so that a frame and a page can come in
 * any order. Pure.
 */
export interface Segment {
  /** Begins behind this place; undefined: at the beginning. */
  after: Place | undefined;
  /** Ends with this place; undefined: at the end of the list. */
  until: Place | undefined;
  /** Loads it from its beginning. */
  cursor: string | undefined;
  isLoaded: boolean;
  /** How many rows it had when it was let go; 0: not known. */
  count: number;
}

export interface InboxView {
  filter: ViewFilter;
  segments: readonly Segment[];
  /** For a search, the conversations that the server found, since it searches in its own way. */
  found: ReadonlySet<string> | undefined;
}

export const newView = (filter: ViewFilter): InboxView => ({
  filter,
  segments: [{ after: undefined, until: undefined, cursor: undefined, isLoaded: false, count: 0 }],
  found: filter.q === undefined ? undefined : new Set(),
});

/** A page that was asked for `segment.cursor`, which has moved on if no segment begins there any more. */
export function withPage(view: InboxView, cursor: string | undefined, page: ConversationPage): InboxView {
  const at = view.segments.findIndex((segment) => segment.cursor === cursor);
  if (at === -1) return view;
  const segment = view.segments[at]!;
  const last = page.data.at(-1);
  const found = view.found && new Set([...view.found, ...page.data.map(({ id }) => id)]);
  const reachesEnd =
    !page.has_more ||
    last === undefined ||
    (segment.until && compare(view.filter.sort, placeOf(last), segment.until) >= 0);
  const parts: Segment[] = reachesEnd
    ? [{ ...segment, isLoaded: true, ...(page.has_more ? {} : { until: endOf(segment, view, at) }) }]
    : [
        { ...segment, until: placeOf(last), isLoaded: true },
        { ...segment, after: placeOf(last), cursor: page.next_cursor ?? undefined, isLoaded: false, count: 0 },
      ];
  return { ...view, found, segments: [...view.segments.slice(0, at), ...parts, ...view.segments.slice(at + 1)] };
}

/** The last segment reaches to the end of the list, even for rows that come later; others keep their end. */
const endOf = (segment: Segment, { segments }: InboxView, at: number): Place | undefined =>
  at === segments.length - 1 ? undefined : segment.until;

export const isShown = (view: InboxView, row: Conversation, agentId: string): boolean =>
  (view.found === undefined || view.found.has(row.id)) && matches(view.filter, row, agentId);

/** The rows of each segment in order; none for those that are not loaded. */
export function rowsOf(view: InboxView, known: Iterable<Conversation>, agentId: string): Conversation[][] {
  const { sort } = view.filter;
  const rows = [...known].filter((row) => isShown(view, row, agentId));
  const places = new Map(rows.map((row) => [row, placeOf(row)]));
  rows.sort((one, other) => compare(sort, places.get(one)!, places.get(other)!));
  const parts: Conversation[][] = view.segments.map(() => []);
  let at = 0;
  for (const row of rows) {
    const place = places.get(row)!;
    while (view.segments[at]!.until !== undefined && compare(sort, place, view.segments[at]!.until!) > 0) at++;
    if (view.segments[at]!.isLoaded) parts[at]!.push(row);
  }
  return parts;
}

/** Lets go of a part that is far from what is seen. Its rows are counted, so that nothing moves. */
export const withoutRows = (view: InboxView, at: number, count: number): InboxView => ({
  ...view,
  segments: view.segments.map((segment, i) => (i === at ? { ...segment, isLoaded: false, count } : segment)),
});
