import type { CampaignStatus, RecipientCounts } from "../src/domain/campaign";
import type { CampaignStop } from "../src/domain/campaign-sending";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { inboxOf } from "../src/objects";
import { campaignSending } from "../src/services";
import type { CampaignCounts } from "./campaign.counts";
import type { CampaignHost } from "./campaign.host";
import type { CampaignRecipients } from "./campaign.recipients";

const SAVE_EVERY_MS = SECOND;
/** The sweep wakes a campaign of which it has not heard for so long. */
const SILENT_MS = 2 * MINUTE;

/** Shows how far a campaign is: on its row in D1 and live, at most once a second. */
export class CampaignProgress {
  readonly #host: CampaignHost;
  readonly #recipients: CampaignRecipients;
  readonly #saved: CampaignCounts;
  /** The counts have changed. */
  isDue = true;
  /** The status of the row, as it was last answered. */
  status: CampaignStatus | undefined;
  #savedAt = 0;
  #awakeUntil = 0;
  #saving: Promise<unknown> | undefined;

  constructor(host: CampaignHost, recipients: CampaignRecipients, saved: CampaignCounts) {
    this.#host = host;
    this.#saved = saved;
    this.#recipients = recipients;
  }

  /** Call it often: saves once a second. */
  tick(): void {
    if (this.#saving || clock.now() - this.#savedAt < SAVE_EVERY_MS) return;
    this.#saving = this.save("sending")
      .catch((error: unknown) =>
        logError("campaign_counts_delayed", error, { campaign_id: this.#host.whose.campaignId }),
      )
      .finally(() => (this.#saving = undefined));
  }

  /** Saves the counts, if they have changed or it is sending. Answers the status of the row. */
  async save(status: CampaignStatus): Promise<CampaignStatus | undefined> {
    if (status !== "sending" && !this.isDue) return status;
    this.#savedAt = clock.now();
    this.isDue = false;
    const counts = this.#recipients.counts();
    try {
      this.status = await this.#saved.save(this.#host.whose);
    } catch (error) {
      this.isDue = true;
      throw error;
    }
    if (this.status) this.#show(this.status, counts);
    return this.status;
  }

  async end(stop: CampaignStop | null): Promise<void> {
    // Cleared first: a report that comes meanwhile sets it again, and is saved afterwards.
    this.isDue = false;
    const counts = this.#recipients.counts();
    try {
      await campaignSending.end(this.#host.env, this.#host.whose, counts, stop);
    } catch (error) {
      this.isDue = true;
      throw error;
    }
    this.status = undefined;
    this.#awakeUntil = 0;
    this.#show(stop ? "paused" : "completed", counts);
  }

  async stayAwake(): Promise<void> {
    this.status = "sending";
    const now = clock.now();
    if (this.#awakeUntil > now + SILENT_MS / 2) return;
    this.#awakeUntil = now + SILENT_MS;
    await campaignSending.keepAwake(this.#host.env, this.#host.whose, this.#awakeUntil);
  }

  /** Best effort: the next frame says more. */
  #show(status: CampaignStatus, counts: RecipientCounts): void {
    const { env, org, whose } = this.#host;
    const { total, pending, queued, sent, delivered, read, failed, skipped, replied, clicked } = counts;
    const frame = {
      type: "campaign.progress" as const,
      at: new Date(clock.now()).toISOString(),
      campaign_id: whose.campaignId,
      status,
      total_recipients: total,
      pending_count: pending + queued,
      sent_count: sent + delivered + read,
      delivered_count: delivered + read,
      read_count: read,
      failed_count: failed,
      skipped_count: skipped,
      replied_count: replied,
      clicked_count: clicked,
    };
    this.#host.waitUntil(
      inboxOf({ env, org })
        .show(frame)
        .catch((error: unknown) => logError("campaign_not_shown", error, { campaign_id: whose.campaignId })),
    );
  }
}
