import { adapterOf } from "../src/channels/registry";
import type { Channel } from "../src/channels/channel";
import type { RecipientReport } from "../src/domain/campaign";
import { RECALLED } from "../src/domain/conversation/commands/recall";
import type { CampaignPlan, CampaignStop } from "../src/domain/campaign-sending";
import { clock, MINUTE } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { campaignSending } from "../src/services";
import type { CampaignHost } from "./campaign.host";
import type { CampaignRecipients } from "./campaign.recipients";

/** A campaign stops if so many of its last messages failed for one reason. */
const LAST = 200;
const TOO_MANY = 0.2;
const MIN_FAILURES = 20;
/** Nothing has moved for so long. */
const STALLED_MS = 2 * MINUTE;
const LOOK_EVERY_MS = MINUTE;
const CATEGORY = "category";

/** Sees whether a campaign has to stop: by what becomes of its messages, by its template, and if nothing moves. */
export class CampaignWatch {
  readonly #host: CampaignHost;
  readonly #recipients: CampaignRecipients;
  /** Why the campaign has to stop. */
  stop: CampaignStop | undefined;
  #channel: Channel | undefined;
  #status: CampaignPlan["status"] | undefined;
  /** The codes of the last messages' failures; null: it was sent. */
  #last: (string | null)[] = [];
  #movedAt = clock.now();
  /** When the campaign was last started or resumed, if known: the person who did it knows what had failed by then. */
  #since = 0;
  #isStalled = false;

  constructor(host: CampaignHost, recipients: CampaignRecipients) {
    this.#host = host;
    this.#recipients = recipients;
  }

  know(plan: CampaignPlan | undefined): void {
    if (plan && plan.status !== "draft") this.#host.freeze();
    this.#channel = plan?.channel;
    this.#become(plan?.status);
  }

  /** The campaign has stopped for what was seen. */
  paused(): void {
    this.#become("paused");
  }

  #become(status: CampaignPlan["status"] | undefined): void {
    if (status === this.#status) return;
    const now = clock.now();
    if (this.#status !== undefined) this.#since = now;
    this.#status = status;
    this.stop = undefined;
    this.#last = [];
    this.#movedAt = now;
  }

  moved(): void {
    this.#movedAt = clock.now();
  }

  async report(reports: readonly RecipientReport[]): Promise<void> {
    const before = new Map(reports.map(({ recipientId: id }) => [id, this.#recipients.row(id)?.status]));
    await this.#recipients.report(reports);
    this.moved();
    if (!this.#channel) this.know(await campaignSending.plan(this.#host.env, this.#host.whose));
    for (const { recipientId, attempt, times } of reports) {
      const row = this.#recipients.row(recipientId);
      if (row?.attempt !== attempt) continue;
      const code = row.status === "failed" ? row.error_code : null;
      const refusal = code === null ? undefined : adapterOf(this.#channel ?? "whatsapp")?.bulkRefusal?.(code);
      const mayGoOn = this.#status === "sending" || this.#status === "paused";
      // The message has certainly not left. A report that comes again finds what was not done after the first.
      if (code === RECALLED.code || (refusal && mayGoOn)) this.#recipients.again(recipientId, attempt);
      if (row.status === before.get(recipientId)) continue;
      if (code === RECALLED.code || (times.failed ?? this.#since) < this.#since) continue;
      if (refusal && mayGoOn) this.stop ??= refusal;
      this.#count(code, row.error_message);
    }
  }

  #count(code: string | null, words: string | null): void {
    this.#last.push(code);
    if (this.#last.length > LAST) this.#last.shift();
    if (code === null) return;
    const failed = this.#last.filter((one) => one === code).length;
    if (failed < MIN_FAILURES || failed < TOO_MANY * this.#last.length) return;
    this.stop ??= {
      reason: "too_many_failures",
      advice: `${failed} of the last ${this.#last.length} messages failed for one reason: ${words} (${code}). Look at the failed recipients, and resume if the others should get it.`,
    };
  }

  /** Why the campaign has to stop since its template is another one now. Whoever resumes it agrees. */
  changeOf({ category }: CampaignPlan): CampaignStop | undefined {
    const before = this.#host.kv.get<string>(CATEGORY);
    if (before === category) return undefined;
    this.#host.kv.put(CATEGORY, category);
    if (before === undefined || before === "") return undefined;
    return {
      reason: "template_category_changed",
      advice: `The channel has moved the template from ${before} to ${category}: its messages have another price, and other limits hold. Resume the campaign if that is all right.`,
    };
  }

  /** Shows that nothing moves although messages wait, or that it moves again. Answers when to look again. */
  async look(now: number): Promise<number> {
    const { env, whose } = this.#host;
    const isStalled = this.#recipients.counts().queued > 0 && now - this.#movedAt >= STALLED_MS;
    if (isStalled !== this.#isStalled) {
      this.#isStalled = isStalled;
      if (isStalled) logError("campaign_stalled", new Error("nothing has moved"), { campaign_id: whose.campaignId });
      await campaignSending.show(env, whose, isStalled ? STALLED : null);
    }
    return now + LOOK_EVERY_MS;
  }
}

const STALLED: CampaignStop = {
  reason: "stalled",
  advice:
    "No message has left for two minutes: the channel does not answer, or holds messages back. They are tried again by themselves; see the account's health.",
};
