import type { Conversation } from "./matches";

/**
 * All conversations that this tab knows, each in its newest version, whichever way it came: by a frame, a page or the
 * answer to an own change. Pure but for its own map.
 */
export interface Rows {
  get(id: string): Conversation | undefined;
  all(): Iterable<Conversation>;
  size(): number;
  /** Returns whether it is news. Frames come in order and name only what the agent may see. */
  put(row: Conversation, at: number): boolean;
  /** Rows of a page that was asked for at `askedAt`. Lists may be behind the frames by a second. */
  putPage(rows: readonly Conversation[], askedAt: number): string[];
  remove(id: string, at: number): boolean;
  /** Forgets what nobody needs: rows for which `isNeeded` is false and that no frame has touched since `before`. */
  trim(before: number, isNeeded: (row: Conversation) => boolean): void;
}

/** A list that was asked for before it was known that the conversation is out of sight may still have it. */
const LIST_LAG_MS = 5000;

export function createRows(): Rows {
  const known = new Map<string, { row: Conversation; touchedAt: number }>();
  const gone = new Map<string, { version: number | undefined; at: number }>();

  function put(row: Conversation, at: number): boolean {
    gone.delete(row.id);
    const before = known.get(row.id);
    if (before && before.row.version >= row.version) {
      before.touchedAt = Math.max(before.touchedAt, at);
      return false;
    }
    known.set(row.id, { row, touchedAt: at });
    return true;
  }

  function isGone({ id, version }: Conversation, askedAt: number): boolean {
    const removal = gone.get(id);
    if (!removal) return false;
    return removal.version === undefined ? askedAt < removal.at + LIST_LAG_MS : version <= removal.version;
  }

  return {
    get: (id) => known.get(id)?.row,
    all: () => known.values().map(({ row }) => row),
    size: () => known.size,
    put,
    putPage: (rows, askedAt) =>
      rows.flatMap((row) => (!isGone(row, askedAt) && put(row, known.get(row.id)?.touchedAt ?? 0) ? [row.id] : [])),
    remove(id, at) {
      gone.set(id, { version: known.get(id)?.row.version, at });
      return known.delete(id);
    },
    trim(before, isNeeded) {
      for (const [id, { row, touchedAt }] of known) if (touchedAt < before && !isNeeded(row)) known.delete(id);
      for (const [id, { at }] of gone) if (at < before) gone.delete(id);
    },
  };
}
