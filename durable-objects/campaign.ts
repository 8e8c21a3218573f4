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
import { CampaignRecipients, noRecipients } from "./campaign.recipients";
import { applyVersions, CAMPAIGN_VERSIONS } from "./versions";

const ROOT = "campaign";

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
  #root: Root | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#recipients = new CampaignRecipients(ctx.storage);
    this.#root = ctx.storage.kv.get<Root>(ROOT);
    if (this.#root) this.#open(this.#root.whose);
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

  add(whose: CampaignWhose, recipients: readonly NewRecipient[]): { added: number; duplicates: number } {
    this.#open(whose);
    return this.#recipients.add(whose.campaignId, recipients);
  }

  import(_whose: CampaignWhose, _source: ImportSource): ImportProgress {
    throw new Error("not here yet");
  }

  imports(): ImportProgress[] {
    return [];
  }

  refused(_importId: string, _after: number, _limit: number): RefusedLine[] {
    return [];
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

  async clear(_whose: CampaignWhose): Promise<{ removed: number }> {
    const removed = this.counts().total;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#root = undefined;
    this.#recipients.forget();
    return { removed };
  }

  wake(_whose: CampaignWhose): void {}

  retry(_whose: CampaignWhose, except: readonly string[]): number {
    return this.#root ? this.#recipients.retry(except) : 0;
  }

  async report(_whose: CampaignWhose, reports: readonly RecipientReport[]): Promise<void> {
    if (this.#root) await this.#recipients.report(reports);
  }
}
