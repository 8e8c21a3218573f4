import { type Changes, changesBetween, commit, newValues } from "./commit";
import type { NewEvent, TenantCtx } from "./context";
import { type Bindable, isUniqueViolation } from "./database";
import { type ProblemKind } from "./problem";

type CommitOptions = Parameters<typeof commit>[1];

/** A change of one row. The other options of `commit` are passed on to it. */
export interface RowChange<Row> extends Omit<CommitOptions, "write" | "events" | "mustChange"> {
  table: string;
  id: string;
  before: Row;
  /** The new values; fields have the names of their columns. A field that is undefined or absent keeps its value. */
  input: object;
  /** Further columns to write with the change. */
  columns?: (after: Row) => Record<string, unknown>;
  /** Further changes to report in the event; `columns` writes them. */
  alsoChanged?: Changes;
  /** Builds the event of the change. */
  event: (changes: Changes) => NewEvent;
  /**
   * Columns on which the change was decided: if their values differ by now, throws `changedMeanwhile`, and the
   * operation runs again.
   */
  decidedBy?: Record<string, Bindable>;
  /** Statements to run before the change, in the same transaction. */
  first?: (changes: Changes) => readonly D1PreparedStatement[];
  /** The problem if another row has the same value in a unique column, named as "table.column". */
  taken?: { column: string; problem: ProblemKind };
  /** The problem if the row was deleted since it was read. */
  missing: ProblemKind;
}

/**
 * Writes the fields of `input` that differ, and the event, in one transaction; writes nothing if there is no
 * difference. Throws `missing`, `taken` or `changedMeanwhile`, and then nothing is written. Returns the row after the
 * change.
 */
export async function changeRow<Row extends { updated_at: string }>(
  ctx: TenantCtx,
  change: RowChange<Row>,
): Promise<{ after: Row; changes: Changes }> {
  const {
    table,
    id,
    before,
    input,
    columns,
    alsoChanged = {},
    event,
    decidedBy,
    first,
    taken,
    missing,
    ...more
  } = change;
  const changes = changesBetween(before, input);
  const all = { ...changes, ...alsoChanged };
  if (Object.keys(all).length === 0) return { after: before, changes };
  const now = ctx.now();
  const after: Row = { ...before, ...newValues(changes), updated_at: new Date(now).toISOString() };
  try {
    await commit(ctx, {
      ...more,
      write: [
        ...(first?.(changes) ?? []),
        ctx.db.update(table, { id, ...decidedBy }, { ...newValues(changes), ...columns?.(after), updated_at: now }),
      ],
      events: [event(all)],
      // If only the key was compared, the row is gone.
      mustChange: decidedBy ? true : missing,
    });
  } catch (error) {
    if (taken && isUniqueViolation(error, taken.column)) throw taken.problem();
    throw error;
  }
  return { after, changes };
}
