import { type Changes, changesBetween, commit, newValues } from "./commit";
import type { NewEvent, TenantCtx } from "./context";
import { type Bindable, isUniqueViolation } from "./database";
import { changedMeanwhile, Problem, type ProblemKind } from "./problem";

type CommitOptions = Parameters<typeof commit>[1];

/** A change of one row. What `commit` takes besides is passed on to it. */
export interface RowChange<Row> extends Omit<CommitOptions, "write" | "events" | "mustChange"> {
  table: string;
  id: string;
  before: Row;
  /** Fields as they shall be; columns have the same names. A field that is undefined or not given stays. */
  input: object;
  /** More columns to write with the change. */
  columns?: (after: Row) => Record<string, unknown>;
  /** More changes for the event, which `columns` writes. */
  alsoChanged?: Changes;
  /** The event of the change. */
  event: (changes: Changes) => NewEvent;
  /** Columns that the change was decided by: if another value stands there now, `changedMeanwhile`, and the operation runs again. */
  decidedBy?: Record<string, Bindable>;
  /** Statements before the change, in the same transaction. */
  first?: (changes: Changes) => readonly D1PreparedStatement[];
  /** The problem of a value that another row has; `column` as "table.column". */
  taken?: { column: string; problem: ProblemKind };
  /** The problem of a row that was deleted after it was read. */
  missing: ProblemKind;
}

/**
 * Writes the fields of `input` that differ, with the event, in one transaction; nothing of it stays if the row is gone or was decided by
 * what is no longer there. Returns the row as it is now. Without a difference nothing is written.
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
      mustChange: true,
    });
  } catch (error) {
    if (taken && isUniqueViolation(error, taken.column)) throw taken.problem();
    // Found by its key alone, the row can only be gone.
    if (!decidedBy && error instanceof Problem && error.kind === changedMeanwhile) throw missing();
    throw error;
  }
  return { after, changes };
}
