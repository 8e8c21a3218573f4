import type { CampaignStatus, RecipientReport } from "../src/domain/campaign";
import type { Visibility } from "../src/domain/context";
import { SYSTEM } from "../src/domain/event";
import type { CampaignPlan, CampaignStop, OpenCampaign, Prepared } from "../src/domain/campaign-sending";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { conversationOf } from "../src/objects";
import { campaignSending } from "../src/services";
import type { CampaignCounts } from "./campaign.counts";
import type { CampaignHost } from "./campaign.host";
import { CampaignProgress } from "./campaign.progress";
import type { CampaignRecipients } from "./campaign.recipients";
import { outcomeOf, unanswered, withoutMessage } from "./campaign.outcome";
import { takeTokens } from "./campaign.pace";
import { recallWaiting } from "./campaign.recall";
import { type RecipientColumns, type RecipientRow, toStored } from "./campaign.row";
import { CampaignWatch } from "./campaign.watch";

/** Recipients that are prepared together, with the same queries. */
const SLICE = 100;
/** Conversations that are called at the same time. */
const AT_ONCE = 50;
/** One run of the alarm. */
const RUN_MS = 20 * SECOND;
/** During a run an alarm is set so far ahead, for the case that the object stops. */
const RESTART_MS = 4 * SECOND;
const RETRY_MS = 10 * SECOND;
/** So many seconds' messages may wait in conversations: a cancellation has to take them back. */
const WAITING_SECONDS = 10;
const MIN_WAITING = 200;
/** The template, the account's pace and the like are read again after so long. */
const REOPEN_MS = MINUTE;

const ALL: Visibility = { all: true, agentId: null, divisionIds: [] };

type Given = { row: RecipientRow } & Extract<Prepared, { do: "send" }>;

/**
 * Sends a campaign: takes recipients in slices, has each slice decided on, gets tokens of the account's pacer, and gives
 * the messages to their conversations, which send them. A recipient has an outcome once its conversation has the message;
 * without one it is called again, which is answered as the first call was (docs/adr/0024).
 */
export class CampaignRun {
  readonly #host: CampaignHost;
  readonly #recipients: CampaignRecipients;
  readonly #progress: CampaignProgress;
  readonly #watch: CampaignWatch;
  /** Nothing may leave. Checked before each call to a conversation, without an await between. */
  #isStopped = true;
  #running: Promise<unknown> | undefined;
  #open: (OpenCampaign & { at: number }) | undefined;
  /** The row has changed since `#open` was read. */
  #isOutdated = false;
  #accountId = "";
  /** Everybody who is pending up to this one has been taken, or has a due time. */
  #cursor = 0;
  #ready: Given[] = [];
  readonly #taken = new Set<number>();
  #guardedAt = 0;
  readonly #tries = new Map<number, number>();
  #outcomes: { row: RecipientRow; columns: RecipientColumns }[] = [];

  constructor(host: CampaignHost, recipients: CampaignRecipients, counts: CampaignCounts) {
    this.#host = host;
    this.#recipients = recipients;
    this.#progress = new CampaignProgress(host, recipients, counts);
    this.#watch = new CampaignWatch(host, recipients);
  }

  /** The campaign's row has changed. When it returns, nothing leaves that the row does not want to leave. */
  async wake(): Promise<void> {
    const plan = await campaignSending.plan(this.#host.env, this.#host.whose);
    this.#watch.know(plan);
    if (plan?.status === "sending") {
      // A run that is under way ends with it.
      this.#watch.stop ??= plan.stop ?? this.#watch.changeOf(plan);
      this.#rewind();
      this.#host.wakeBy(clock.now());
      return;
    }
    this.#isStopped = true;
    await this.#running;
    await this.#stopNow();
    this.#progress.isDue = true;
    this.#host.wakeBy(clock.now() + SECOND);
  }

  /** Whether the recipient is about to be written to. */
  hasTaken = ({ n }: RecipientRow): boolean => this.#taken.has(n);

  /** Takes what became of messages. */
  async report(reports: readonly RecipientReport[]): Promise<void> {
    await this.#watch.report(reports);
    this.#progress.isDue = true;
    if (!this.#running) this.#saveSoon();
  }

  #saveSoon(): void {
    this.#host.wakeBy(clock.now() + (this.#isStopped ? 5 * SECOND : SECOND));
  }

  /** Does what is due, for a while. Answers when to be called again, in milliseconds; undefined: a call will wake it. */
  async work(): Promise<number | undefined> {
    const run = this.#work();
    this.#running = run.catch(() => undefined);
    try {
      return await run;
    } catch (error) {
      logError("campaign_delayed", error, this.#ids);
      return clock.now() + RETRY_MS;
    } finally {
      this.#running = undefined;
      // Reports may have come after the run had saved its counts.
      if (this.#progress.isDue) this.#saveSoon();
    }
  }

  get #ids() {
    const { orgId, campaignId } = this.#host.whose;
    return { org_id: orgId, campaign_id: campaignId };
  }

  async #work(): Promise<number | undefined> {
    const { env, whose } = this.#host;
    const plan = await campaignSending.plan(env, whose);
    this.#watch.know(plan);
    if (!plan) return undefined;
    if (plan.status !== "sending") {
      if (!this.#isStopped) await this.#stopNow();
      await this.#progress.save(plan.status);
      return undefined;
    }
    const stop = this.#watch.stop ?? plan.stop ?? this.#watch.changeOf(plan);
    if (stop) return this.#pause(stop);
    await this.#reopen(plan);
    this.#isStopped = false;
    await this.#progress.stayAwake();
    const status = await this.#send(clock.now() + RUN_MS);
    if (this.#watch.stop) return this.#pause(this.#watch.stop);
    if (status !== "sending") return clock.now();
    return this.#next();
  }

  async #reopen(plan: CampaignPlan): Promise<void> {
    this.#accountId = plan.accountId;
    if (this.#open && !this.#isOutdated && clock.now() - this.#open.at < REOPEN_MS) return;
    this.#isOutdated = false;
    this.#open = { ...(await plan.open()), at: clock.now() };
  }

  /** When there is something to do again. Ends the campaign if there never is. */
  async #next(): Promise<number | undefined> {
    const { pending, queued } = this.#recipients.counts();
    const now = clock.now();
    if (pending + queued === 0 && this.#taken.size === 0) {
      await this.#progress.end(null);
      return undefined;
    }
    if (this.#ready.length > 0) return now;
    // Whoever was taken back meanwhile is before the cursor.
    if (this.#taken.size === 0) this.#cursor = 0;
    const dueAt = pending > 0 ? this.#recipients.nextDue(this.#cursor, now) : undefined;
    const lookAt = await this.#watch.look(now);
    return Math.min(dueAt ?? Infinity, queued > 0 ? lookAt : Infinity, now + 10 * MINUTE);
  }

  // ── To stop ──

  async #pause(stop: CampaignStop): Promise<undefined> {
    this.#isStopped = true;
    await this.#progress.end(stop);
    this.#watch.paused();
    await this.#stopNow();
    return undefined;
  }

  /** Gives no more messages to conversations, and takes back those that have not left there. */
  async #stopNow(): Promise<void> {
    this.#isStopped = true;
    this.#rewind();
    await recallWaiting(this.#host, this.#recipients);
  }

  /** Forgets what is prepared: it is prepared again, as things are then. */
  #rewind(): void {
    for (const { row } of this.#ready) this.#taken.delete(row.n);
    this.#ready = [];
    this.#cursor = 0;
    this.#isOutdated = true;
  }

  // ── To send ──

  /** Sends until `until`, or until nobody is due. Answers the status that the row has. */
  async #send(until: number): Promise<CampaignStatus | undefined> {
    const flying = new Set<Promise<void>>();
    try {
      await this.#sendUntil(until, flying);
    } finally {
      // Nothing leaves after the run has ended.
      await Promise.all(flying);
      this.#commit();
    }
    return this.#isStopped ? undefined : this.#progress.save("sending");
  }

  async #sendUntil(until: number, flying: Set<Promise<void>>): Promise<void> {
    let slice: Promise<boolean> | undefined = this.#slice();
    let isMore = true;
    while (!this.#isStopped && !this.#isOutdated && !this.#watch.stop && clock.now() < until) {
      if (this.#progress.status !== "sending" && this.#progress.status !== undefined) break;
      this.#guard();
      this.#commit();
      this.#progress.tick();
      if (this.#ready.length === 0) {
        if (!isMore) break;
        isMore = await (slice ?? this.#slice());
        slice = undefined;
        continue;
      }
      // Prepared while the slice before it is sent.
      if (this.#ready.length < SLICE && isMore) slice ??= this.#slice();
      const room = Math.min(AT_ONCE - flying.size, this.#room() - flying.size);
      const want = Math.min(room, this.#ready.length);
      const granted = want > 0 ? await takeTokens(this.#host, this.#accountId, want, this.#open!.perSecond) : undefined;
      for (const given of this.#isStopped ? [] : this.#ready.splice(0, granted?.granted ?? 0)) {
        const call = this.#give(given).finally(() => flying.delete(call));
        flying.add(call);
      }
      if (!granted) await Promise.race([...flying, pause(100)]);
      else if (granted.granted < room && this.#ready.length > 0) await pause(Math.min(granted.againInMs, 250));
    }
    await slice;
  }

  /** If the object stops during the run, it goes on soon. */
  #guard(): void {
    const now = clock.now();
    if (now < this.#guardedAt + RESTART_MS / 2) return;
    this.#guardedAt = now;
    this.#host.alarmAt(now + RESTART_MS);
  }

  /** How many messages conversations may still be given. */
  #room(): number {
    const most = Math.max(MIN_WAITING, this.#open!.perSecond * WAITING_SECONDS);
    return most - this.#recipients.counts().queued - this.#outcomes.length;
  }

  /** Prepares the next recipients. False: nobody is due. */
  async #slice(): Promise<boolean> {
    const rows = this.#recipients.due(this.#cursor, clock.now(), SLICE, this.#taken);
    if (rows.length === 0) return false;
    this.#cursor = Math.max(this.#cursor, ...rows.map(({ n, due_at }) => (due_at === null ? n : 0)));
    for (const { n } of rows) this.#taken.add(n);
    try {
      const prepared = await this.#open!.decide(rows.map((row) => ({ ...toStored(row), attempt: row.attempt })));
      rows.forEach((row, i) => {
        const one = prepared[i]!;
        if (one.do === "send") this.#ready.push({ row, ...one });
        else this.#outcomes.push({ row, columns: withoutMessage(one) });
      });
      return true;
    } catch (error) {
      for (const { n } of rows) this.#taken.delete(n);
      this.#cursor = 0;
      throw error;
    }
  }

  async #give({ row, command, beginning }: Given): Promise<void> {
    const conversationId = beginning.identity.id;
    // Whoever was erased meanwhile is not written to.
    if (this.#isStopped || this.#recipients.row(row.id)?.status !== "pending") return void this.#taken.delete(row.n);
    try {
      const conversation = conversationOf({ env: this.#host.env, org: this.#host.org }, conversationId);
      const result = await conversation.command(command, { actor: SYSTEM, sees: ALL }, undefined, beginning);
      this.#outcomes.push({ row, columns: { ...outcomeOf(result), conversation_id: conversationId } });
      this.#tries.delete(row.n);
    } catch (error) {
      logError("campaign_call_failed", error, { ...this.#ids, conversation_id: conversationId });
      const tries = (this.#tries.get(row.n) ?? 0) + 1;
      this.#tries.set(row.n, tries);
      this.#outcomes.push({ row, columns: unanswered(tries, clock.now() + RETRY_MS) });
    }
  }

  #commit(): void {
    if (this.#outcomes.length === 0) return;
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    this.#recipients.settle(outcomes);
    for (const { row } of outcomes) this.#taken.delete(row.n);
    this.#progress.isDue = true;
    this.#watch.moved();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
