import type { NewRecipient, RecipientCounts, RecipientReport, RecipientStatus } from "../src/domain/campaign";
import type { StoredRecipient } from "../src/domain/object-apis";
import type { CostOf } from "../src/domain/services";
import type { LastingFailures } from "../src/domain/campaign-api";
import { clock, DAY } from "../src/kit/clock";
import { uuidV5 } from "../src/kit/id";
import { arraysOf } from "../src/kit/rows";
import { again, climbed, noRecipients, type RecipientColumns, type RecipientRow, toStored } from "./campaign.row";

/** Reports that arrive within this time share a transaction. */
const GATHER_MS = 20;
const RETRY_AT_ONCE = 5000;

/**
 * A campaign's recipients in the object's SQLite, and their counts, which change with each row and are never stored. The
 * tables must exist. Callers change rows only by `change`, within `transaction`.
 */
export class CampaignRecipients {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  /** Undefined: nothing was priced yet. */
  costOf: CostOf | undefined;
  /** Undefined: to be counted. */
  #counts: RecipientCounts | undefined;
  #reported: RecipientReport[] = [];
  #gathering: Promise<void> | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** Runs `work` in one transaction. If it fails, rows and counts are as before. */
  transaction<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.#counts = undefined;
      throw error;
    }
  }

  counts(): RecipientCounts {
    return { ...this.#counted() };
  }

  prefixes(digits: number): Record<string, number> {
    const rows = this.#sql.exec<{ prefix: string; n: number }>(
      "SELECT substr(address, 2, ?) AS prefix, count(*) AS n FROM recipients WHERE status <> 'skipped' AND address <> '' GROUP BY 1",
      digits,
    );
    return Object.fromEntries([...rows].map(({ prefix, n }) => [prefix, n]));
  }

  #counted(): RecipientCounts {
    if (this.#counts) return this.#counts;
    const counts = noRecipients();
    for (const row of this.#sql.exec<{
      status: RecipientStatus;
      n: number;
      replied: number;
      clicked: number;
      cost: number;
    }>(
      "SELECT status, count(*) AS n, count(replied_at) AS replied, count(clicked_at) AS clicked, coalesce(sum(cost), 0) AS cost FROM recipients GROUP BY status",
    )) {
      counts[row.status] = row.n;
      counts.total += row.n;
      counts.replied += row.replied;
      counts.clicked += row.clicked;
      counts.cost += row.cost;
    }
    this.#counts = counts;
    return counts;
  }

  /** Adds those whose address is new, within a transaction. The first of an address keeps its variables. */
  add(campaignId: string, recipients: readonly NewRecipient[]): { added: number; duplicates: number } {
    const counts = this.#counted();
    let added = 0;
    const rows = recipients.map(({ address, contactId, variables }) =>
      JSON.stringify([
        uuidV5(campaignId, address),
        address,
        contactId,
        Object.keys(variables).length === 0 ? null : JSON.stringify(variables),
      ]),
    );
    for (const array of arraysOf(rows)) {
      this.#sql.exec(
        `INSERT INTO recipients (id, address, contact_id, variables, created_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ? FROM json_each(?) WHERE true ORDER BY key
         ON CONFLICT (id) DO NOTHING`,
        clock.now(),
        array,
      );
      added += this.#sql.exec<{ n: number }>("SELECT changes() AS n").one().n;
    }
    counts.pending += added;
    counts.total += added;
    return { added, duplicates: recipients.length - added };
  }

  /** Changes columns of a row, and counts the change. `row` is as it was read in the same transaction. */
  change(row: RecipientRow, columns: RecipientColumns): void {
    const entries = Object.entries(columns).filter(([name, value]) => row[name as keyof RecipientColumns] !== value);
    if (entries.length === 0) return;
    // Before the row changes: counts that are made only now would have the change already.
    const counts = this.#counted();
    this.#sql.exec(
      `UPDATE recipients SET ${entries.map(([name]) => `${name} = ?`).join(", ")} WHERE n = ?`,
      ...entries.map(([, value]) => value),
      row.n,
    );
    const after = { ...row, ...columns };
    counts[row.status]--;
    counts[after.status]++;
    counts.replied += Number(after.replied_at !== null) - Number(row.replied_at !== null);
    counts.clicked += Number(after.clicked_at !== null) - Number(row.clicked_at !== null);
    counts.cost += (after.cost ?? 0) - (row.cost ?? 0);
  }

  /** Takes what became of messages. Durable when it returns; reports that arrive together share a transaction. */
  async report(reports: readonly RecipientReport[]): Promise<void> {
    this.#reported.push(...reports);
    this.#gathering ??= new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(() => this.#takeReported());
    await this.#gathering;
  }

  #takeReported(): void {
    const reported = this.#reported;
    this.#reported = [];
    this.#gathering = undefined;
    this.transaction(() => {
      for (const report of reported) {
        const row = this.row(report.recipientId);
        // A recipient that is tried again has another message.
        if (row && row.attempt === report.attempt)
          this.change(row, { ...climbed(row, report), cost: row.cost ?? this.#cost(row, report) });
      }
    });
  }

  /** The channel charges what it delivers. */
  #cost({ address }: RecipientRow, { pricing, times }: RecipientReport): number | null {
    const at = times.delivered ?? times.read;
    return pricing === undefined || at === undefined ? null : (this.costOf?.(pricing, address, at) ?? null);
  }

  row(id: string): RecipientRow | undefined {
    return this.#sql.exec<RecipientRow>("SELECT * FROM recipients WHERE id = ?", id).toArray()[0];
  }

  recipient(id: string): StoredRecipient | undefined {
    const row = this.row(id);
    return row && toStored(row);
  }

  /** A page from 1 on, in the order of adding. */
  list(page: number, perPage: number, status?: RecipientStatus): { recipients: StoredRecipient[]; total: number } {
    const from = (page - 1) * perPage;
    const rows =
      status === undefined
        ? this.#sql.exec<RecipientRow>(
            "SELECT * FROM recipients WHERE n > ? AND n <= ? ORDER BY n",
            from,
            from + perPage,
          )
        : this.#sql.exec<RecipientRow>(
            "SELECT * FROM recipients WHERE status = ? ORDER BY n LIMIT ? OFFSET ?",
            status,
            perPage,
            from,
          );
    return { recipients: rows.toArray().map(toStored), total: this.#counted()[status ?? "total"] };
  }

  /** Sets failed recipients to `pending`, without those whose failure does not pass. Answers how many. */
  retry({ final, daily }: LastingFailures): number {
    return this.transaction(() => {
      const until = clock.now() - DAY;
      let retried = 0;
      for (let after = 0; ;) {
        const rows = this.#sql
          .exec<RecipientRow>(
            "SELECT * FROM recipients WHERE status = 'failed' AND address <> '' AND n > ? ORDER BY n LIMIT ?",
            after,
            RETRY_AT_ONCE,
          )
          .toArray();
        for (const row of rows) {
          const code = row.error_code ?? "";
          if (final.includes(code) || (daily.includes(code) && (row.failed_at ?? until) > until)) continue;
          this.change(row, again(row));
          retried++;
        }
        const last = rows.at(-1);
        if (!last) return retried;
        after = last.n;
      }
    });
  }

  // ── To be sent
  // ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The next recipients to write to, without those in `taken`: whose time has come, then in the order of adding those
   * after `cursor` who have none.
   */
  due(cursor: number, now: number, limit: number, taken: ReadonlySet<number>): RecipientRow[] {
    const timed = this.#sql
      .exec<RecipientRow>(
        "SELECT * FROM recipients WHERE due_at <= ? AND status = 'pending' ORDER BY due_at LIMIT ?",
        now,
        limit + taken.size,
      )
      .toArray()
      .filter(({ n }) => !taken.has(n))
      .slice(0, limit);
    if (timed.length === limit) return timed;
    const others = this.#sql.exec<RecipientRow>(
      "SELECT * FROM recipients WHERE n > ? AND status = 'pending' AND due_at IS NULL ORDER BY n LIMIT ?",
      cursor,
      limit - timed.length,
    );
    return [...timed, ...others.toArray().filter(({ n }) => !taken.has(n))];
  }

  /** When the next recipient is due, in milliseconds; undefined: nobody is. */
  nextDue(cursor: number, now: number): number | undefined {
    const [row] = this.#sql
      .exec<{ at: number | null }>(
        `SELECT iif(EXISTS (SELECT 1 FROM recipients WHERE n > ? AND status = 'pending' AND due_at IS NULL), ?,
           (SELECT due_at FROM recipients WHERE due_at IS NOT NULL AND status = 'pending' ORDER BY due_at LIMIT 1)) AS at`,
        cursor,
        now,
      )
      .toArray();
    return row?.at ?? undefined;
  }

  /** Those whose message their conversation has and has not sent. */
  waiting(): RecipientRow[] {
    return this.#sql
      .exec<RecipientRow>("SELECT * FROM recipients WHERE status = 'queued' AND message_id IS NOT NULL")
      .toArray();
  }

  /** Writes what became of recipients who were pending. A report may have come first, and says more. */
  settle(outcomes: readonly { row: RecipientRow; columns: RecipientColumns }[]): void {
    this.transaction(() => {
      for (const { row: before, columns } of outcomes) {
        const row = this.row(before.id);
        if (!row || row.attempt !== before.attempt) continue;
        const { conversation_id: conversationId } = columns;
        if (row.status === "pending") this.change(row, columns);
        else if (conversationId !== undefined) this.change(row, { conversation_id: conversationId });
      }
    });
  }

  /** The attempt has come to nothing, and the message will certainly not leave: the recipient is to be written to again. */
  again(id: string, attempt: number): void {
    this.transaction(() => {
      const row = this.row(id);
      if (row?.attempt === attempt && (row.status === "queued" || row.status === "failed"))
        this.change(row, again(row));
    });
  }

  /** The storage has been emptied. */
  forget(): void {
    this.#counts = undefined;
  }
}
