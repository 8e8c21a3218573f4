import { DurableObject } from "cloudflare:workers";
import type {
  CampaignWhose,
  NewRecipient,
  RecipientCounts,
  RecipientReport,
  RecipientStatus,
} from "../src/domain/campaign";
import type {
  CampaignApi,
  Implements,
  ImportProgress,
  ImportSource,
  RefusedLine,
  StoredRecipient,
} from "../src/domain/object-apis";
import type { Contacted, LastingFailures, People } from "../src/domain/campaign-api";
import { clock, SECOND } from "../src/kit/clock";
import { uuidV5 } from "../src/kit/id";
import { logError } from "../src/kit/log";
import { campaignServices } from "../src/services";
import { CampaignCounts } from "./campaign.counts";
import { forgetIn } from "./campaign.erasure";
import type { CampaignHost } from "./campaign.host";
import { CampaignImports } from "./campaign.imports";
import { CampaignRecipients } from "./campaign.recipients";
import { noRecipients } from "./campaign.row";
import { CampaignRun } from "./campaign.run";
import { applyVersions, CAMPAIGN_VERSIONS } from "./versions";

const ROOT = "campaign";
/** Its recipients stay who they are. */
const FROZEN = "frozen";
const RETRY_MS = 5 * SECOND;
/** Parts of imports in one invocation, whose calls are limited. */
const PARTS_PER_RUN = 100;

/** Written with the first recipient. `whose`: for alarms, which know only the object. */
interface Root {
  schemaVersion: number;
  whose: CampaignWhose;
}

/**
 * One campaign: its recipients, and the only one that sends for it (docs/adr/0024). The class wires its parts and
 * handles the alarm.
 */
export class CampaignObject extends DurableObject<Env> implements Implements<CampaignApi> {
  readonly #recipients: CampaignRecipients;
  readonly #imports: CampaignImports;
  readonly #counts: CampaignCounts;
  readonly #run: CampaignRun;
  #root: Root | undefined;
  #waking: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#recipients = new CampaignRecipients(ctx.storage);
    this.#counts = new CampaignCounts(env, campaignServices, () => this.counts());
    this.#imports = new CampaignImports({
      env,
      storage: ctx.storage,
      recipients: this.#recipients,
      services: campaignServices,
      exists: () => this.#root !== undefined,
    });
    this.#root = ctx.storage.kv.get<Root>(ROOT);
    this.#run = new CampaignRun(this.#makeHost(), this.#recipients, this.#counts);
    if (this.#root) this.#open(this.#root.whose);
  }

  #makeHost(): CampaignHost {
    const whose = () => this.#root!.whose;
    return {
      env: this.env,
      kv: this.ctx.storage.kv,
      get whose() {
        return whose();
      },
      get org() {
        const { orgId, tenantDb, country = null } = whose();
        return { id: orgId, tenantDb, country };
      },
      freeze: () => {
        if (!this.#isFrozen) this.ctx.storage.kv.put(FROZEN, true);
      },
      wakeBy: (at) => void this.#wakeBy(at),
      alarmAt: (at) => void this.ctx.storage.setAlarm(at),
      waitUntil: (work) => this.ctx.waitUntil(work),
    };
  }

  /** One after another: if two read the same alarm, the later time could win. */
  #wakeBy(at: number): Promise<void> {
    return (this.#waking = this.#moveAlarm(at, this.#waking));
  }

  async #moveAlarm(at: number, before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    const known = await this.ctx.storage.getAlarm();
    if (known === null || known > at) await this.ctx.storage.setAlarm(at);
  }

  /** Creates or migrates the tables. Call it before the first write. */
  #open(whose: CampaignWhose): void {
    const from = this.#root?.schemaVersion ?? 0;
    if (from === CAMPAIGN_VERSIONS.length) return;
    const root = { schemaVersion: CAMPAIGN_VERSIONS.length, whose };
    this.ctx.storage.transactionSync(() => {
      applyVersions(this.ctx.storage.sql, CAMPAIGN_VERSIONS, from);
      this.ctx.storage.kv.put(ROOT, root);
    });
    this.#root = root;
  }

  /** Known once the object has been woken, before the call that sends is answered. */
  get #isFrozen(): boolean {
    return this.ctx.storage.kv.get(FROZEN) !== undefined;
  }

  async add(
    whose: CampaignWhose,
    recipients: readonly NewRecipient[],
  ): Promise<{ added: number; duplicates: number } | undefined> {
    if (this.#isFrozen) return undefined;
    this.#open(whose);
    const done = this.#recipients.transaction(() => this.#recipients.add(whose.campaignId, recipients));
    await this.#counts.save(whose);
    return done;
  }

  async import(whose: CampaignWhose, source: ImportSource): Promise<ImportProgress | undefined> {
    if (this.#isFrozen) return undefined;
    this.#open(whose);
    const progress = this.#imports.start(source);
    await this.ctx.storage.setAlarm(clock.now());
    return progress;
  }

  imports(): ImportProgress[] {
    return this.#root ? this.#imports.list() : [];
  }

  refused(importId: string, after: number, limit: number): RefusedLine[] {
    return this.#root ? this.#imports.refused(importId, after, limit) : [];
  }

  list(page: number, perPage: number, status?: RecipientStatus): { recipients: StoredRecipient[]; total: number } {
    return this.#root ? this.#recipients.list(page, perPage, status) : { recipients: [], total: 0 };
  }

  recipient(recipientId: string): StoredRecipient | undefined {
    return this.#root && this.#recipients.recipient(recipientId);
  }

  counts(): RecipientCounts {
    return this.#root ? this.#recipients.counts() : noRecipients();
  }

  prefixes(digits: number): Record<string, number> {
    return this.#root ? this.#recipients.prefixes(digits) : {};
  }

  async clear(whose: CampaignWhose): Promise<{ removed: number } | undefined> {
    if (this.#isFrozen) return undefined;
    if (!this.#root) return { removed: 0 };
    const removed = this.counts().total;
    await this.#imports.dropFiles();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#root = undefined;
    this.#recipients.forget();
    await this.#counts.save(whose);
    return { removed };
  }

  override async alarm(): Promise<void> {
    const whose = this.#root?.whose;
    if (!whose) return;
    try {
      // A draft is filled, anything else is sent or counted.
      if (this.#imports.isRunning) return await this.#goOnImporting(whose);
      const nextAt = await this.#run.work();
      if (nextAt !== undefined && this.#root) await this.#wakeBy(nextAt);
    } catch (error) {
      logError("campaign_delayed", error, { org_id: whose.orgId, campaign_id: whose.campaignId });
      await this.ctx.storage.setAlarm(clock.now() + RETRY_MS);
    }
  }

  /** Reads part after part. If the object stops meanwhile, the alarm is repeated. */
  async #goOnImporting(whose: CampaignWhose): Promise<void> {
    for (let parts = 0; ; parts++) {
      const waitMs = await this.#imports.advance(whose);
      if (waitMs === undefined || !this.#root) return;
      await this.#counts.save(whose);
      if (waitMs === 0 && parts < PARTS_PER_RUN) continue;
      await this.ctx.storage.setAlarm(clock.now() + waitMs);
      return;
    }
  }

  async wake(whose: CampaignWhose): Promise<void> {
    this.#open(whose);
    await this.#run.wake();
  }

  retry(_whose: CampaignWhose, except: LastingFailures): number {
    return this.#root ? this.#recipients.retry(except) : 0;
  }

  async report(_whose: CampaignWhose, reports: readonly RecipientReport[]): Promise<void> {
    if (!this.#root) return;
    // A report that cannot be priced now is repeated.
    if (reports.some(({ pricing }) => pricing !== undefined))
      this.#recipients.costOf = await campaignServices.costs(this.env, this.#root.whose);
    await this.#run.report(reports);
  }

  contacted(addresses: readonly string[], since: number): Contacted[] {
    if (!this.#root) return addresses.map(() => "no");
    const { campaignId } = this.#root.whose;
    return addresses.map((address) => {
      const row = this.#recipients.row(uuidV5(campaignId, address));
      if (row?.status === "pending") return this.#run.hasTaken(row) ? "soon" : "no";
      const isWritten = row !== undefined && row.status !== "failed" && row.status !== "skipped";
      return isWritten && (row.sent_at ?? clock.now()) > since ? "yes" : "no";
    });
  }

  async forget(people: People): Promise<boolean> {
    if (!this.#root) return true;
    const { whose } = this.#root;
    const { sql } = this.ctx.storage;
    if (forgetIn(sql, this.#recipients, this.#imports, whose.campaignId, people) > 0) {
      await this.#counts.save(whose);
      // It may have been the last who waited.
      await this.#wakeBy(clock.now());
    }
    return !this.#imports.isRunning;
  }
}
