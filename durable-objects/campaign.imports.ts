import type { CampaignWhose } from "../src/domain/campaign";
import type { ImportProgress, ImportSource, RefusedLine } from "../src/domain/object-apis";
import { type CampaignServices, ImportFault, type ImportPosition } from "../src/domain/services";
import { clock, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { arraysOf } from "../src/kit/rows";
import type { CampaignRecipients } from "./campaign.recipients";

const RETRY_MS = 5 * SECOND;
const MAX_FAILURES = 20;
/** Each may have refused a hundred thousand lines, which are kept to be corrected. The oldest give way. */
const MAX_IMPORTS = 20;

interface StoredImport {
  source: ImportSource;
  position: ImportPosition;
  progress: ImportProgress;
  /** Failed attempts of the next part, one after another. */
  failures: number;
}

interface Host {
  env: Env;
  storage: DurableObjectStorage;
  recipients: CampaignRecipients;
  services: CampaignServices;
  /** Whether the tables are there. */
  exists(): boolean;
}

/**
 * Imports of recipients, one part after another: each is added with the position behind it in one transaction, so a
 * crash repeats no line and leaves none out. The tables must exist.
 */
export class CampaignImports {
  readonly #host: Host;
  readonly #sql: SqlStorage;

  constructor(host: Host) {
    this.#host = host;
    this.#sql = host.storage.sql;
  }

  /** Begins an import; `advance` reads it. Repeating an id changes nothing. */
  start(source: ImportSource): ImportProgress {
    const known = this.#stored(source.id);
    if (known) return known.progress;
    const position = source.kind === "csv" ? { at: source.layout.at, line: source.layout.line } : { at: -1, line: 1 };
    const progress: ImportProgress = {
      id: source.id,
      kind: source.kind,
      status: "running",
      processed: 0,
      added: 0,
      duplicates: 0,
      refused: 0,
      error: null,
      createdAt: clock.now(),
      completedAt: null,
    };
    const stored: StoredImport = { source, position, progress, failures: 0 };
    this.#sql.exec(
      "INSERT INTO imports (id, created_at, doc) VALUES (?, ?, ?)",
      source.id,
      progress.createdAt,
      JSON.stringify(stored),
    );
    this.#dropOldest();
    return progress;
  }

  #dropOldest(): void {
    for (const { progress } of this.#all().slice(MAX_IMPORTS)) {
      if (progress.status === "running") continue;
      this.#sql.exec("DELETE FROM refused WHERE import_id = ?", progress.id);
      this.#sql.exec("DELETE FROM imports WHERE id = ?", progress.id);
    }
  }

  /** The newest first. */
  list(): ImportProgress[] {
    return this.#all().map(({ progress }) => progress);
  }

  get isRunning(): boolean {
    return this.list().some(({ status }) => status === "running");
  }

  refused(importId: string, after: number, limit: number): RefusedLine[] {
    return this.#sql
      .exec<{ line: number; value: string; reason: string }>(
        "SELECT line, value, reason FROM refused WHERE import_id = ? AND line > ? ORDER BY line LIMIT ?",
        importId,
        after,
        limit,
      )
      .toArray();
  }

  /** Deletes the lines that name one of these people. The counts stay. */
  forget(isOf: (value: string) => boolean): void {
    for (const { import_id: id, line, value } of this.#sql
      .exec<{ import_id: string; line: number; value: string }>("SELECT import_id, line, value FROM refused")
      .toArray())
      if (isOf(value)) this.#sql.exec("DELETE FROM refused WHERE import_id = ? AND line = ?", id, line);
  }

  /** Reads the next part of the oldest import. Returns when to go on, in milliseconds from now; undefined: all are done. */
  async advance(whose: CampaignWhose): Promise<number | undefined> {
    const stored = this.#all().findLast(({ progress }) => progress.status === "running");
    if (!stored) return undefined;
    try {
      const part = await this.#host.services.readImport(this.#host.env, whose, stored.source, stored.position);
      // The recipients may have been cleared meanwhile.
      if (!this.#isThere(stored.source.id)) return 0;
      this.#host.recipients.transaction(() => {
        const { added, duplicates } = this.#host.recipients.add(whose.campaignId, part.recipients);
        for (const lines of arraysOf(part.refused.map((line) => JSON.stringify(line))))
          this.#sql.exec(
            "INSERT OR IGNORE INTO refused (import_id, line, value, reason) SELECT ?, value ->> 'line', value ->> 'value', value ->> 'reason' FROM json_each(?)",
            stored.source.id,
            lines,
          );
        const { progress } = stored;
        this.#write({
          ...stored,
          position: part.next ?? stored.position,
          failures: 0,
          progress: {
            ...progress,
            processed: progress.processed + part.processed,
            added: progress.added + added,
            duplicates: progress.duplicates + duplicates,
            refused: progress.refused + part.refused.length,
            ...(!part.next && { status: "done", completedAt: clock.now() }),
          },
        });
      });
      if (!part.next) await this.#host.services.dropImport(this.#host.env, stored.source);
      return 0;
    } catch (error) {
      return await this.#failed(whose, stored, error);
    }
  }

  async #failed(whose: CampaignWhose, stored: StoredImport, error: unknown): Promise<number> {
    if (!this.#isThere(stored.source.id)) return 0;
    const latest = this.#stored(stored.source.id)!;
    if (latest.progress.status !== "running") return 0;
    const failures = latest.failures + 1;
    const isOver = error instanceof ImportFault || failures > MAX_FAILURES;
    const words = error instanceof ImportFault ? error.message : "it failed again and again: start it anew";
    if (!(error instanceof ImportFault))
      logError("campaign_import_delayed", error, { org_id: whose.orgId, campaign_id: whose.campaignId });
    this.#write({
      ...latest,
      failures,
      progress: {
        ...latest.progress,
        ...(isOver && { status: "failed", error: words, completedAt: clock.now() }),
      },
    });
    if (isOver) await this.#host.services.dropImport(this.#host.env, stored.source);
    return isOver ? 0 : RETRY_MS * Math.min(failures, 12);
  }

  /** Deletes the files that imports have not read to their end. */
  async dropFiles(): Promise<void> {
    for (const { source, progress } of this.#all())
      if (progress.status !== "done") await this.#host.services.dropImport(this.#host.env, source);
  }

  #isThere(id: string): boolean {
    return this.#host.exists() && this.#stored(id) !== undefined;
  }

  #all(): StoredImport[] {
    return this.#sql
      .exec<{ doc: string }>("SELECT doc FROM imports ORDER BY created_at DESC, id DESC")
      .toArray()
      .map(({ doc }) => JSON.parse(doc) as StoredImport);
  }

  #stored(id: string): StoredImport | undefined {
    const [row] = this.#sql.exec<{ doc: string }>("SELECT doc FROM imports WHERE id = ?", id).toArray();
    return row && (JSON.parse(row.doc) as StoredImport);
  }

  #write(stored: StoredImport): void {
    this.#sql.exec("UPDATE imports SET doc = ? WHERE id = ?", JSON.stringify(stored), stored.source.id);
  }
}
