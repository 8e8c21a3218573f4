import { DurableObject } from "cloudflare:workers";
import { adapterOf } from "../src/channels/registry";
import { configOf } from "../src/config";
import type { Visibility } from "../src/domain/context";
import type { Command } from "../src/domain/conversation/commands";
import type { ConversationIdentity, Find } from "../src/domain/conversation/state";
import { toFrame } from "../src/domain/live";
import { signedLink } from "../src/domain/media-links";
import type {
  Beginning,
  CommandCaller,
  ConversationApi,
  Idempotency,
  Implements,
  IngestInput,
  IngestResult,
  LastSeen,
  PageAt,
  YieldInput,
} from "../src/domain/object-apis";
import type { OrgSettings } from "../src/domain/services";
import { CHANNEL_WINDOWS, type WindowRule } from "../src/domain/window";
import { clock, SECOND } from "../src/kit/clock";
import type { OrgRef } from "../src/kit/context";
import { logError } from "../src/kit/log";
import { conversationServices } from "../src/services";
import { accountHost, humanAgentHoursOf } from "./conversation.account";
import { Commands } from "./conversation.commands";
import { Files } from "./conversation.files";
import { forgetIn } from "./conversation.forget";
import { type ConversationHost, RETRY_MS } from "./conversation.host";
import { Ingest } from "./conversation.ingest";
import { ConversationLive } from "./conversation.live";
import { Outbox } from "./conversation.outbox";
import { Profile } from "./conversation.profile";
import { Reads } from "./conversation.reads";
import { ConversationRecord } from "./conversation.record";
import { Sending } from "./conversation.sending";
import { ConversationStorage } from "./conversation.storage";

/**
 * One conversation: the authority on its messages and state (docs/adr/0002). The class wires its parts and handles the
 * alarm. The parts write the decisions of the pure modules in src/domain/conversation, in one transaction with the
 * events, and deliver events and messages.
 */
export class ConversationObject extends DurableObject<Env> implements Implements<ConversationApi> {
  readonly #store: ConversationStorage;
  readonly #record: ConversationRecord;
  readonly #host: ConversationHost;
  readonly #ingest: Ingest;
  readonly #commands: Commands;
  readonly #reads: Reads;
  readonly #outbox: Outbox;
  readonly #live: ConversationLive;
  readonly #sending: Sending;
  readonly #files: Files;
  readonly #profile: Profile;
  #org: OrgRef | undefined;
  /** The conversation that is about to begin with a command. */
  #beginning: ConversationIdentity | undefined;
  #alarmAt: number | null = null;
  /** The settings as they were last read. Ingest uses the window rules without a read. */
  #settings: OrgSettings | undefined;
  /** How long people may answer after the window, as it was last asked. */
  #humanAgentHours = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new ConversationStorage(ctx.storage);
    this.#record = new ConversationRecord(this.#store, {
      linkOf: this.#linkOf,
      phaseOf: (message) => this.#sending.phaseOf(message),
      committed: (events) => this.#live.broadcast(events),
    });
    this.#host = this.#makeHost();
    this.#ingest = new Ingest(this.#host, this.#record);
    this.#reads = new Reads(this.#host, this.#record);
    this.#outbox = new Outbox(this.#host);
    this.#commands = new Commands(this.#host, this.#record, this.#outbox, (now) => this.#ingest.begin(now));
    this.#live = new ConversationLive(this.#host, ctx);
    this.#sending = new Sending(this.#host);
    this.#files = new Files(this.#host);
    this.#profile = new Profile(this.#host);
    void ctx.blockConcurrencyWhile(async () => {
      this.#record.state = this.#store.open();
      if (!this.#record.state) return;
      this.#alarmAt = await ctx.storage.getAlarm();
      // Whatever the platform says: work that waits has an alarm.
      this.#outbox.resume(this.#alarmAt !== null || this.#dueWork().length > 0);
      // The outcome of sends that were under way when the object stopped is unknown: wait for their statuses
      // (docs/adr/0004).
      this.#store.doubtOutgoing(clock.now() + configOf(env).SEND_RECONCILE_SECONDS * SECOND);
      this.#rearm();
    });
  }

  // ── Called by ingest, operations and the consumer ────────────────────────────────────────────────────────────────────

  ingest(input: IngestInput): IngestResult | Promise<IngestResult> {
    this.#org = input.org;
    return this.#ingest.take(input);
  }

  yieldAddress(input: YieldInput): LastSeen | null {
    this.#org = input.org;
    return this.#ingest.yieldAddress(input);
  }

  command(
    command: Command,
    caller: CommandCaller,
    idempotency?: Idempotency,
    beginning?: Beginning,
  ): ReturnType<Commands["run"]> {
    if (beginning) [this.#org, this.#beginning] = [beginning.org, beginning.identity];
    return this.#commands.run(command, caller, idempotency, beginning);
  }

  view(sees: Visibility): ReturnType<Reads["view"]> {
    return this.#reads.view(sees);
  }

  measured(sees: Visibility): ReturnType<Reads["measured"]> {
    return this.#reads.measured(sees);
  }

  messages(sees: Visibility, at: PageAt, limit: number): ReturnType<Reads["messages"]> {
    return this.#reads.messages(sees, at, limit);
  }

  notes(sees: Visibility, before: string | undefined, limit: number): ReturnType<Reads["notes"]> {
    return this.#reads.notes(sees, before, limit);
  }

  forget(at: number, isAllGone: boolean): ReturnType<typeof forgetIn> {
    const forgotten = forgetIn(this.#store, this.#record, this.#live, at, isAllGone);
    if (!this.#record.state) this.#alarmAt = null;
    return forgotten;
  }

  async inspect(): Promise<ReturnType<Reads["inspect"]>> {
    if (this.#record.state) await this.#outbox.learnProjected();
    return this.#reads.inspect();
  }

  async unprojected(projectedSeq: number, maxBytes?: number): Promise<ReturnType<Outbox["unprojected"]>> {
    await this.#learnSettings();
    return this.#record.state && this.#outbox.unprojected(projectedSeq, maxBytes);
  }

  // ── Sockets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  override async fetch(request: Request): Promise<Response> {
    return this.#record.state ? this.#live.open(request) : new Response("not found", { status: 404 });
  }

  override webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): void {
    this.#live.receive(socket, text);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    if (this.#record.state) await this.#live.closed(socket);
  }

  override webSocketError(socket: WebSocket): Promise<void> {
    return this.webSocketClose(socket);
  }

  sweepSockets(ended: readonly string[]): string[] {
    return this.#live.sweep(ended);
  }

  // ── For the parts ────────────────────────────────────────────────────────────────────────────────────────────────────

  #makeHost(): ConversationHost {
    const state = () => this.#record.state ?? this.#record.erased!;
    const identity = (): ConversationIdentity => this.#record.state ?? this.#beginning ?? this.#record.erased!;
    const adapter = () => adapterOf(identity().channel);
    const org = (): OrgRef => this.#org ?? { id: state().orgId, tenantDb: state().tenantDb };
    const window = (): WindowRule => ({
      ...(this.#settings?.windows ?? CHANNEL_WINDOWS)[identity().channel],
      humanAgentHours: this.#humanAgentHours,
    });
    const settings = (): OrgSettings | undefined => this.#settings;
    return {
      ...accountHost(this.env, conversationServices, identity),
      env: this.env,
      store: this.#store,
      get state() {
        return state();
      },
      get org() {
        return org();
      },
      get window() {
        return window();
      },
      get settings() {
        return settings();
      },
      complete: (message) => adapter()?.complete?.(message, this.#record.state?.thread ?? null) ?? message.content,
      forward: (content, original) => adapter()?.forward?.(content, original) ?? content,
      recipients: (content) => adapter()?.recipients?.(content),
      check: (message) => adapter()?.check(message) ?? [],
      find: this.#find,
      linkOf: this.#linkOf,
      frame: (event) => {
        const message = event.messageId === undefined ? undefined : this.#store.message(event.messageId);
        return toFrame(event, state(), window(), message, this.#linkOf);
      },
      learnSettings: () => this.#learnSettings(),
      waitUntil: (work) => this.ctx.waitUntil(work),
      keep: (decide) => this.#commit((now) => this.#record.write(decide(now), now)),
      afterCommit: () => this.#afterCommit(),
      wakeBy: (at) => this.#wakeBy(at),
      clearAt: (at) => void this.ctx.storage.setAlarm(at),
      takeEarly: (externalId) => this.#commit((now) => this.#ingest.takeEarly(externalId, now)),
    };
  }

  readonly #linkOf = (r2Key: string): string => signedLink(configOf(this.env), r2Key, clock.now());

  readonly #find: Find = ({ externalId, id }) =>
    (id === undefined ? undefined : this.#store.message(id)) ??
    (externalId === undefined ? undefined : this.#store.messageByExternalId(externalId));

  async #learnSettings(): Promise<void> {
    const org = this.#org ?? (this.#record.state && this.#host.org);
    if (!org) return;
    try {
      this.#settings = await conversationServices.settings(this.env, org);
      if (this.#record.state) this.#humanAgentHours = (await humanAgentHoursOf(this.#host)) ?? this.#humanAgentHours;
    } catch (error) {
      logError("settings_unknown", error, { org_id: org.id, conversation_id: this.#record.state?.id });
    }
  }

  /** Nothing is awaited: the alarm repeats all of this work. */
  #afterCommit(): void {
    if (this.#outbox.hasUnpublished) this.#wakeBy(clock.now() + RETRY_MS);
    this.ctx.waitUntil(this.#outbox.flush());
    if (this.#record.filesWait) this.ctx.waitUntil(this.#files.run());
    if (this.#profile.isDue) this.ctx.waitUntil(this.#profile.run());
    if (this.#record.sendQueueUnblocked) this.ctx.waitUntil(this.#sending.run());
    this.#record.filesWait = this.#record.sendQueueUnblocked = false;
  }

  /** Runs background work in a transaction, and starts the outbox if it made events. */
  #commit(work: (now: number) => void): void {
    if (!this.#record.state) return;
    const [now, before] = [clock.now(), this.#record.state.seq];
    this.#record.transaction(() => work(now));
    if (this.#record.state.seq === before) return;
    this.#wakeBy(now + RETRY_MS);
    this.ctx.waitUntil(this.#outbox.flush());
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #wakeBy(at: number): void {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return;
    this.#alarmAt = at;
    void this.ctx.storage.setAlarm(at);
  }

  override async alarm(): Promise<void> {
    // Only early updates were stored, and the conversation has not begun (`clearAt`).
    if (!this.#record.state) return this.#store.clear();
    if (this.#alarmAt === null) this.#outbox.doubtDelivery();
    this.#alarmAt = null;
    try {
      await Promise.all([this.#outbox.retry(), this.#sending.run(), this.#files.run(), this.#profile.run()]);
    } finally {
      this.#rearm();
    }
  }

  /** Sets the alarm to the earliest due work. */
  #rearm(): void {
    if (!this.#record.state) return;
    const now = clock.now();
    // Overdue work is running or could not start, so an alarm at its due time would repeat without pause.
    const notAtOnce = (at: number): number => (at > now ? at : now + RETRY_MS);
    const waiting = this.#dueWork().map(notAtOnce);
    const retryAt = this.#outbox.nextAttempt(now);
    // The next start would take its alarm for one of the outbox, and repeat what is delivered.
    if (retryAt === undefined && waiting.length > 0) this.#store.saveCursors();
    const due = [...waiting, ...(retryAt === undefined ? [] : [retryAt])];
    if (due.length > 0) this.#wakeBy(Math.min(...due));
  }

  /** The times at which messages and files are due, of those that wait. */
  #dueWork(): number[] {
    return [this.#store.headOutgoing()?.next_at, this.#store.nextMedia()?.next_at, this.#profile.retryAt].filter(
      (at) => at !== undefined,
    );
  }
}
