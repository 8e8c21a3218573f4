import { DurableObject } from "cloudflare:workers";
import { loadSendingAccount, type SendingAccount } from "../src/areas/integrations/sending-account";
import { type Projection, project, projectRow } from "../src/areas/conversations/projection";
import { windowRulesOf } from "../src/areas/chat-expiration/rules-of";
import { signedLink } from "../src/areas/media/links";
import { renderContent } from "../src/areas/quick-replies/variables";
import { type Channel, type ChannelUpdate, MEDIA_TYPES } from "../src/channels/channel";
import { adapterOf } from "../src/channels/registry";
import { CHANNEL_WINDOWS, type WindowRule, type WindowRules } from "../src/channels/window";
import { configOf } from "../src/config";
import { clock, DAY, MINUTE, SECOND } from "../src/kit/clock";
import { maySee, type OrgRef, type Visibility } from "../src/kit/context";
import { Cost } from "../src/kit/cost";
import { randomToken } from "../src/kit/id";
import { logError } from "../src/kit/log";
import {
  type ActorRef,
  applyCommand,
  applyUpdate,
  type Command,
  type ConversationIdentity,
  type ConversationState,
  cycleOf,
  type DomainEvent,
  mediaIdOf,
  type MeasuredCycle,
  newConversation,
  type NewMessage,
  type Outcome,
  type Refusal,
  type StoredMessage,
} from "./conversation.state";
import { Files } from "./conversation.files";
import { type ConversationHost, RETRY_MS } from "./conversation.host";
import { toProjection, toRow } from "./conversation.projection";
import { Sending } from "./conversation.sending";
import { ConversationStorage } from "./conversation.storage";
import { asRead, contactNameOf, type ConversationWithContact, type Message, toConversation, toMessage } from "./conversation.wire";
import { audienceOf, ClientFrame, CLOSE, frameText, isFor, type LiveFrame, type SocketIdentity, toFrame } from "./live.wire";
import { applyNote, type NoteCommand, type NoteRefusal, type StoredNote } from "./note.state";
import { type ConversationNote, toNote } from "./note.wire";
import type { Sla } from "./sla.state";
import { LiveSockets } from "./sockets";
import { inboxOf, wakeRouting } from "./stubs";
import { findSurvey, type Survey, surveyIdOf } from "./survey.state";

const OUTBOX_MAX_RETRY_MS = 10 * MINUTE;
/** Events that everybody has are kept this many deep for sockets to resume from. */
const KEEP_EVENTS = 1000;
const EVENTS_A_FLUSH = 200;
const ACCOUNT_CACHE_MS = 30 * SECOND;
/** As long as a channel tries to deliver what an update is about. */
const EARLY_MS = 8 * DAY;
const MAX_CLIENT_FRAME = 1000;
const TYPING_FLICKER_MS = 100;

export interface IngestInput {
  identity: ConversationIdentity;
  /** For a conversation that begins: what an agent named the person before. */
  givenName?: string | null;
  /** The account's division: where a conversation begins. */
  divisionId?: string | null;
  org: OrgRef;
  updates: ChannelUpdate[];
  /** The caller has looked whether this person is known by another name. */
  aliasChecked: boolean;
}

export interface Caller {
  actor: ActorRef;
  sees: Visibility;
}

export type CommandResult =
  | {
      ok: true;
      conversation: ConversationWithContact;
      message?: Message;
      /** Who had it before. */
      fromAgentId: string | null;
      /** That was asked for or rated, as it is after that. */
      survey?: Survey;
      replayed: boolean;
      lastInboundExternalId: string | null;
      accountId: string;
      projected: Projected;
    }
  | ({ ok: false } & (Refusal | { problem: "conversation_not_found" | "idempotency_key_reused"; detail?: string; errors?: undefined }));

export type NoteResult =
  | { ok: true; note: ConversationNote | null; replayed: boolean; projected: Projected }
  | ({ ok: false } & (NoteRefusal | { problem: "conversation_not_found" | "idempotency_key_reused" }));

/** What the answer to a command says that the conversation itself does not, and what a repeated call is answered: a message that was sent, a survey. */
type Told = Message | Survey | { fromAgentId: string | null };

/** What bringing a command to D1 cost, and where D1 has got to by it; null where there was nothing to bring, or it has to wait. */
export type Projected = { bookmark: string | null; queries: number; rowsRead: number; rowsWritten: number } | null;

/**
 * One conversation: the authority on its messages and state. Decides nothing itself (conversation.state.ts does); it keeps what
 * was decided, in one transaction with the events, and sees to it that the events and the messages get where they must.
 */
export class ConversationObject extends DurableObject<Env> {
  readonly #store: ConversationStorage;
  readonly #sockets: LiveSockets;
  #state: ConversationState | undefined;
  #org: OrgRef | undefined;
  #alarmAt: number | null = null;
  #flushing = false;
  /** What the running transaction has to say to the object's own sockets. */
  #untold: DomainEvent[] = [];
  #prunedTo = 0;
  #wokenAt = 0;
  #filesWait = false;
  readonly #typing = new WeakMap<WebSocket, { isTyping: boolean; at: number }>();
  /** As they were last read: seconds ago, or before what has no time to ask. */
  #windows: WindowRules = CHANNEL_WINDOWS;
  #account: { readAt: number; value: SendingAccount } | undefined;
  readonly #sending: Sending;
  readonly #files: Files;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new ConversationStorage(ctx.storage);
    this.#sockets = new LiveSockets(ctx);
    const host = this.#host();
    this.#sending = new Sending(host);
    this.#files = new Files(host);
    void ctx.blockConcurrencyWhile(async () => {
      this.#state = this.#store.open();
      if (!this.#state) return;
      this.#alarmAt = await ctx.storage.getAlarm();
      // What was being sent when the object stopped may or may not have arrived: wait for its status.
      this.#store.doubtOutgoing(clock.now() + configOf(env).SEND_RECONCILE_SECONDS * SECOND);
      this.#rearm();
    });
  }

  // ── What the channel says ────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes what a delivery says. Durable when it returns; what was seen before changes nothing. */
  ingest({ identity, givenName = null, divisionId = null, org, updates, aliasChecked }: IngestInput): { needsAlias: boolean } {
    const now = clock.now();
    const begins = !this.#state;
    if (begins) {
      // A status alone does not begin a conversation: it is of a message that we do not have.
      if (!updates.some((update) => update.kind === "message")) return { needsAlias: false };
      if (!aliasChecked) return { needsAlias: true };
    }
    this.#transaction(() => {
      if (begins) this.#store.create();
      for (const update of updates) {
        this.#state ??= { ...newConversation(identity, now), givenName, divisionId };
        this.#take(update, now);
        if (update.kind !== "message") continue;
        // What was faster than the message that it is about.
        const early = this.#store.takeEarly<Extract<ChannelUpdate, { target: string }>>(update.message.externalId);
        for (const one of early.toSorted((a, b) => a.at - b.at)) this.#take(one, now);
      }
    });
    this.#org = org;
    this.#afterCommit();
    return { needsAlias: false };
  }

  #take(update: ChannelUpdate, now: number): void {
    if (this.#isNew(update, now))
      this.#keep(
        applyUpdate(this.#state!, update, (by) => this.#find(by), now),
        now,
      );
  }

  #isNew(update: ChannelUpdate, now: number): boolean {
    switch (update.kind) {
      case "message":
        return this.#store.messageByExternalId(update.message.externalId) === undefined;
      case "status":
        if (this.#find({ externalId: update.externalId, ...(update.messageId && { id: update.messageId }) })) return true;
        this.#store.keepEarly(update.externalId, update.status, update, now, now - EARLY_MS);
        return false;
      case "reaction":
      case "edit":
      case "revoke":
        if (this.#find({ externalId: update.target })) return this.#store.markSeen(update.externalId);
        this.#store.keepEarly(update.target, `${update.kind}:${update.externalId}`, update, now, now - EARLY_MS);
        return false;
      case "address_changed":
        return this.#store.markSeen(update.externalId);
      default:
        return false;
    }
  }

  #find({ externalId, id }: { externalId?: string; id?: string }): StoredMessage | undefined {
    return (id === undefined ? undefined : this.#store.message(id)) ?? (externalId === undefined ? undefined : this.#store.messageByExternalId(externalId));
  }

  /** All of it or nothing, also of what is held in memory. */
  #transaction(work: () => void): void {
    const before = this.#state;
    this.#untold = [];
    try {
      this.#store.transaction(work);
    } catch (error) {
      this.#state = before;
      throw error;
    }
    this.#tell();
  }

  /** Writes an outcome. Only inside a transaction. */
  #keep({ state, events, messages }: Outcome, now: number): void {
    for (const message of messages) {
      if (message.media && message.media.id === "") message.media.id = mediaIdOf(state, message.id);
      // The links of files are signed for a time, when they are asked for.
      this.#store.saveMessage(message, message.media ? null : JSON.stringify(toMessage(message, state, this.#linkOf)));
      if (message.media?.state === "pending") {
        this.#store.queueMedia(message.id, now);
        this.#filesWait = true;
      }
      if (message.direction === "outbound" && message.status !== "queued" && message.status !== "sending") this.#store.removeOutgoing(message.id);
    }
    // What nobody is told of is not kept: memory and storage would part.
    if (events.length === 0 && messages.length === 0) return;
    for (const event of events) this.#store.appendEvent(event);
    this.#untold.push(...events);
    this.#state = state;
    this.#store.saveState(state);
  }

  // ── What people ask ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Does what somebody asks, and has it in D1 before it answers, so that their own list shows it. */
  async command(asked: Command, { actor, sees }: Caller, idempotency?: { key: string; bodyHash: string }): Promise<CommandResult> {
    await this.#learnWindows();
    const now = clock.now();
    const before = this.#state;
    if (!before) return { ok: false, problem: "conversation_not_found" };
    // Before sight is asked for: who transfers a conversation away may not see it any more when the call is repeated.
    const stored = idempotency && this.#store.storedAnswer(idempotency.key, now - DAY);
    if (stored && stored.body_hash !== idempotency.bodyHash) return { ok: false, problem: "idempotency_key_reused" };
    if (stored) return this.#answer(JSON.parse(stored.answer) as Told, null, true);
    if (!maySee(sees, before)) return { ok: false, problem: "conversation_not_found" };
    const command = asked.kind === "send" && asked.values ? { ...asked, message: withVariables(asked.message, asked.values, before) } : asked;
    const refusal = command.kind === "send" && this.#refuses(command.message);
    if (refusal) return { ok: false, ...refusal };
    const outcome = applyCommand(before, command, actor, this.#window(), now);
    if ("problem" in outcome) return { ok: false, ...outcome };
    const sent = command.kind === "send" || command.kind === "request_survey" ? outcome.messages[0] : undefined;
    const told: Told = surveyOf(command, outcome.state) ?? (sent ? toMessage(sent, outcome.state, this.#linkOf) : { fromAgentId: before.assignedAgentId });
    this.#transaction(() => {
      if (sent) {
        sent.status = this.#sending.phaseOf(sent);
        this.#store.queueOutgoing(sent.id, sent.status, now);
      }
      this.#keep(outcome, now);
      if (idempotency) this.#store.storeAnswer(idempotency.key, idempotency.bodyHash, JSON.stringify(told), now, now - DAY);
    });
    if (outcome.events.length === 0) return this.#answer(told, null, false);
    if (command.kind === "send") {
      this.#afterCommit();
      this.ctx.waitUntil(this.#sending.run());
      return this.#answer(told, await this.#projectRow(), false);
    }
    if (sent) this.ctx.waitUntil(this.#sending.run());
    return this.#answer(told, await this.#bringToD1(now), false);
  }

  /** After a command: D1 gets all of it from here, and the consumer need not be woken, unless that fails. */
  async #bringToD1(now: number): Promise<Projected> {
    this.#wokenAt = now;
    this.#afterCommit();
    const projected = await this.#projectNow();
    this.#consumerIsDone();
    return projected;
  }

  /** Writes, changes or deletes a note. It is kept here as messages are; D1 has its activity. */
  async note(command: NoteCommand, { actor, sees }: Caller, idempotency?: { key: string; bodyHash: string }): Promise<NoteResult> {
    const now = clock.now();
    const before = this.#state;
    if (!before || !maySee(sees, before)) return { ok: false, problem: "conversation_not_found" };
    const stored = idempotency && this.#store.storedAnswer(idempotency.key, now - DAY);
    if (stored && stored.body_hash !== idempotency.bodyHash) return { ok: false, problem: "idempotency_key_reused" };
    if (stored) return { ok: true, note: JSON.parse(stored.answer) as ConversationNote, replayed: true, projected: null };
    const outcome = applyNote(before, this.#store.note(command.id), command, actor, now);
    if ("problem" in outcome) return { ok: false, ...outcome };
    const note = outcome.note && toNote(outcome.note, before.id);
    if (outcome.events.length === 0) return { ok: true, note, replayed: false, projected: null };
    this.#transaction(() => {
      this.#keep(outcome, now);
      if (outcome.note) this.#store.saveNote(outcome.note);
      else this.#store.removeNote(command.id);
      if (idempotency) this.#store.storeAnswer(idempotency.key, idempotency.bodyHash, JSON.stringify(note), now, now - DAY);
    });
    return { ok: true, note, replayed: false, projected: await this.#bringToD1(now) };
  }

  /** Notes, newest first, from the one before `before`; undefined if the caller may not see the conversation. */
  notes(sees: Visibility, before: string | undefined, limit: number): StoredNote[] | undefined {
    return this.#state && maySee(sees, this.#state) ? this.#store.notes(before, limit) : undefined;
  }

  /** What the channel would not take is refused before it is a message. */
  #refuses(message: NewMessage): Refusal | undefined {
    const errors = adapterOf(this.#state!.channel)?.check(message) ?? [];
    if (errors.length > 0) return { problem: "message_not_allowed", detail: errors.map((error) => `${error.field}: ${error.message}`).join("; "), errors };
    // Whoever sends looks the file up first (areas/conversations/command.ts).
    if ((MEDIA_TYPES as readonly string[]).includes(message.type) && message.content.media_id && !message.file) {
      return { problem: "message_not_allowed", errors: [{ field: "content.media_id", message: "no such file" }] };
    }
    if (message.replyTo !== null && !this.#store.message(message.replyTo)) {
      return { problem: "message_reference_unknown", errors: [{ field: "reply_to", message: "no such message" }] };
    }
    return undefined;
  }

  #answer(told: Told, projected: Projected, replayed: boolean): CommandResult {
    const state = this.#state!;
    return {
      ok: true,
      conversation: toConversation(state, this.#window()),
      ...("fromAgentId" in told ? told : { ...("_id" in told ? { message: told } : { survey: told }), fromAgentId: state.assignedAgentId }),
      projected,
      replayed,
      lastInboundExternalId: state.lastInboundExternalId,
      accountId: state.accountId,
    };
  }

  /** The conversation as it is; undefined if the caller may not see it. */
  async view(sees: Visibility): Promise<ConversationWithContact | undefined> {
    await this.#learnWindows();
    return this.#state && maySee(sees, this.#state) ? toConversation(this.#state, this.#window()) : undefined;
  }

  /** What an SLA is measured by; undefined if the caller may not see the conversation. */
  measured(sees: Visibility): { facts: MeasuredCycle; sla: Sla; channel: Channel } | undefined {
    const state = this.#state;
    return state && maySee(sees, state) ? { facts: cycleOf(state), sla: state.sla, channel: state.channel } : undefined;
  }

  /**
   * A page of messages as the answer's text; undefined if the caller may not see the conversation. It is kept as text, since fifty
   * messages would be parsed, mapped and copied on their way to the Worker, only to be written there again.
   */
  messages(sees: Visibility, before: string | undefined, limit: number): string | undefined {
    const state = this.#state;
    if (!state || !maySee(sees, state)) return undefined;
    const found = this.#store.page(before, limit);
    const rows = found.slice(0, limit).toReversed();
    const texts = rows.map(({ id, wire, doc }) =>
      wire === null ? JSON.stringify(toMessage(JSON.parse(doc) as StoredMessage, state, this.#linkOf)) : asRead(id, wire, state),
    );
    const hasMore = found.length > limit;
    return `{"messages":[${texts.join(",")}],"has_more":${hasMore},"next_cursor":${hasMore ? `"${rows[0]!.id}"` : "null"}}`;
  }

  readonly #linkOf = (r2Key: string): string => signedLink(configOf(this.env), r2Key, clock.now());

  #window(): WindowRule {
    return this.#windows[this.#state!.channel];
  }

  // ── The outbox ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What D1 does not know yet, and up to where it goes. */
  unprojected(): Projection | undefined {
    const state = this.#state;
    if (!state) return undefined;
    const events = this.#store.events(this.#store.cursors().projected, EVENTS_A_FLUSH);
    const last = events.at(-1);
    if (!last) {
      // The consumer was woken for what a command has brought to D1 meanwhile: what comes next wakes it again.
      this.#wokenAt = 0;
      return undefined;
    }
    const messages = new Map<string, StoredMessage>();
    for (const { messageId } of events) {
      const message = messageId === undefined || messages.has(messageId) ? undefined : this.#store.message(messageId);
      if (message) messages.set(message.id, message);
    }
    return toProjection(state, events, [...messages.values()]);
  }

  /** The consumer has it in D1, up to here. */
  confirm(upTo: number): void {
    this.#store.advance("projected", upTo);
    this.#prune();
    this.#consumerIsDone();
  }

  /** Nobody is on the way any more to fetch what D1 does not know: what came meanwhile needs a wake-up of its own. */
  #consumerIsDone(): void {
    this.#wokenAt = 0;
    if (this.#store.cursors().projected < this.#state!.seq) this.ctx.waitUntil(this.#flush());
  }

  #prune(): void {
    const { projected, published } = this.#store.cursors();
    const upTo = Math.min(projected, published) - KEEP_EVENTS;
    // In chunks: a delete for every event would cost as much as the event.
    if (upTo - this.#prunedTo < 100) return;
    this.#store.pruneEvents(upTo);
    this.#prunedTo = upTo;
  }

  #projectNow(): Promise<Projected> {
    return this.#measured(async (cost) => {
      const projection = this.unprojected();
      if (!projection) return undefined;
      const bookmark = await project(this.env, [projection], cost);
      this.#store.advance("projected", projection.upTo);
      if (projection.concernsRouting) this.ctx.waitUntil(wakeRouting({ env: this.env, org: this.#orgRef() }));
      return bookmark;
    });
  }

  /** Only what lists show. The rest, which search and the log need, comes with the consumer: a send is too frequent for more. */
  #projectRow(): Promise<Projected> {
    return this.#measured((cost) => projectRow(this.env, this.#state!, toRow(this.#state!), cost));
  }

  async #measured(work: (cost: Cost) => Promise<string | null | undefined>): Promise<Projected> {
    try {
      const cost = new Cost();
      const bookmark = await work(cost);
      return bookmark === undefined ? null : { bookmark, queries: cost.queries, rowsRead: cost.rowsRead, rowsWritten: cost.rowsWritten };
    } catch (error) {
      // The command stands; the queue and the alarm will bring it to D1.
      logError("projection_delayed", error, { conversation_id: this.#state?.id });
      return null;
    }
  }

  /** After every commit: outbox and files. None of it is waited for, all of it is repeated by the alarm. */
  #afterCommit(): void {
    this.#alarmBy(clock.now() + RETRY_MS);
    this.ctx.waitUntil(this.#flush());
    if (!this.#filesWait) return;
    this.#filesWait = false;
    this.ctx.waitUntil(this.#files.run());
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (;;) {
        await this.#learnWindows();
        const { projected, published } = this.#store.cursors();
        const state = this.#state!;
        // One wake-up is enough until it is confirmed: the consumer takes all there is.
        const wakes = projected < state.seq && clock.now() - this.#wokenAt > RETRY_MS / 2;
        if (wakes) this.#wokenAt = clock.now();
        if (published < state.seq) await this.#publish(state, published, wakes);
        else if (wakes) await this.#wakeConsumer(state);
        else break;
      }
    } catch (error) {
      logError("flush_delayed", error, { conversation_id: this.#state?.id });
    } finally {
      this.#flushing = false;
    }
  }

  async #wakeConsumer(state: ConversationState): Promise<void> {
    await this.env.EVENTS.send({ kind: "project", orgId: state.orgId, tenantDb: state.tenantDb, conversationId: state.id });
  }

  /** Tells the inbox, which also wakes the consumer for many conversations at once. If it cannot, we wake the consumer ourselves. */
  async #publish(state: ConversationState, after: number, wakes: boolean): Promise<void> {
    const events = this.#store.events(after, EVENTS_A_FLUSH);
    const place = { assignedAgentId: state.assignedAgentId, divisionId: state.divisionId };
    const frames = events.map((event) => this.#frame(event));
    try {
      await inboxOf({ env: this.env, org: this.#orgRef() }).publish(state.id, place, frames, wakes ? state.tenantDb : null);
    } catch (error) {
      if (wakes) await this.#wakeConsumer(state);
      throw error;
    }
    this.#store.advance("published", events.at(-1)!.seq);
  }

  /** The rules for windows, before what goes by them. Mostly this isolate has them; what a channel delivers does not wait for them. */
  async #learnWindows(): Promise<void> {
    if (!this.#state) return;
    try {
      this.#windows = await windowRulesOf(this.env, this.#orgRef());
    } catch (error) {
      logError("windows_unknown", error, { conversation_id: this.#state.id });
    }
  }

  #frame(event: DomainEvent): LiveFrame {
    return toFrame(event, this.#state!, this.#window(), event.messageId === undefined ? undefined : this.#store.message(event.messageId), this.#linkOf);
  }

  #orgRef(): OrgRef {
    return this.#org ?? { id: this.#state!.orgId, tenantDb: this.#state!.tenantDb, country: null };
  }

  /** What those who send and copy may use of this object. */
  #host(): ConversationHost {
    const current = (): ConversationState => this.#state!;
    return {
      env: this.env,
      store: this.#store,
      get state() {
        return current();
      },
      keep: (decide) => {
        const [now, before] = [clock.now(), current().seq];
        this.#transaction(() => this.#keep(decide(now), now));
        if (current().seq === before) return;
        this.#alarmBy(now + RETRY_MS);
        this.ctx.waitUntil(this.#flush());
      },
      wakeBy: (at) => this.#alarmBy(at),
      account: async () => {
        if (this.#account && clock.now() - this.#account.readAt < ACCOUNT_CACHE_MS) return this.#account.value;
        const value = await loadSendingAccount(this.env, current());
        this.#account = { readAt: clock.now(), value };
        return value;
      },
      forgetAccount: () => (this.#account = undefined),
      takeEarly: (externalId) => {
        const updates = this.#store.takeEarly<ChannelUpdate>(externalId);
        if (updates.length > 0) this.ingest({ identity: current(), org: this.#orgRef(), updates, aliasChecked: true });
      },
    };
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #alarmBy(at: number): void {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return;
    this.#alarmAt = at;
    void this.ctx.storage.setAlarm(at);
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    this.#wokenAt = 0;
    try {
      await Promise.all([this.#flush(), this.#sending.run(), this.#files.run()]);
      if (this.#state) this.#store.saveCursors();
    } finally {
      this.#rearm();
    }
  }

  /** The longer the oldest has waited already, the longer until it is tried again: what D1 refuses for good does not keep us busy. */
  #outboxPatience(after: number, now: number): number {
    const [oldest] = this.#store.events(after, 1);
    return Math.min(Math.max(RETRY_MS, now - (oldest?.at ?? now)), OUTBOX_MAX_RETRY_MS);
  }

  /** One alarm for everything that is due, always armed again while something is. */
  #rearm(): void {
    if (!this.#state) return;
    const now = clock.now();
    const { projected, published } = this.#store.cursors();
    const due = [
      ...(projected < this.#state.seq || published < this.#state.seq ? [now + this.#outboxPatience(Math.min(projected, published), now)] : []),
      // What is due and still there is under way, or could not even be begun: not again at once.
      ...[this.#store.headOutgoing()?.next_at, this.#store.nextMedia()?.next_at].filter((at) => at !== undefined).map((at) => (at > now ? at : now + RETRY_MS)),
    ];
    if (due.length > 0) this.#alarmBy(Math.min(...due));
  }

  // ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Says what was just committed to the object's own sockets. In the same breath, so that nobody comes between: a socket that opens
   * has everything up to the state's seq, and hears what comes after. (What is sent leaves only when the commit is durable.)
   */
  #tell(): void {
    const events = this.#untold;
    this.#untold = [];
    const [first] = events;
    if (!first || this.#sockets.isEmpty) return;
    const state = this.#state!;
    const last = frameText({ type: "conversation.removed", seq: first.seq, at: new Date(first.at).toISOString(), conversation_id: state.id });
    const anyGone = this.#sockets.closeWhere((who) => !maySee(who, state), CLOSE.outOfSight, last);
    for (const frame of events.map((event) => this.#frame(event))) {
      const only = audienceOf(frame);
      this.#sockets.broadcast(frameText(frame), (who) => isFor(only, who));
    }
    if (anyGone) this.#sockets.tell({ type: "viewers", viewers: this.#sockets.viewers() });
  }

  /** A socket of an agent who has this conversation open. The Worker has authenticated it and says who it is. */
  override async fetch(request: Request): Promise<Response> {
    const identity = { ...(JSON.parse(request.headers.get("x-omnistream-identity")!) as SocketIdentity), opening: randomToken(12) };
    const notFound = () => new Response("not found", { status: 404 });
    if (!this.#state || !maySee(identity, this.#state)) return notFound();
    // Entered before it is let in, so that there is no moment in which taking its rights back would not find it.
    const inbox = inboxOf({ env: this.env, org: this.#orgRef() });
    await this.#learnWindows();
    if (!(await inbox.conversationOpened(this.#state.id, identity, this.#state.tenantDb))) return new Response("revoked", { status: 401 });
    const state = this.#state;
    if (!maySee(identity, state)) {
      this.ctx.waitUntil(inbox.conversationClosed(identity.opening));
      return notFound();
    }
    const isNewcomer = !this.#sockets.hasAgent(identity.agentId);
    const { response, server } = this.#sockets.accept(identity);
    const viewers = this.#sockets.viewers();
    const since = request.headers.get("x-omnistream-since");
    const from = since === null ? state.seq : Number(since);
    const reason = this.#cannotResume(from);
    if (reason) server.send(frameText({ type: "resync", seq: state.seq, reason, call: `GET /api/conversations/${state.id}/messages`, viewers }));
    else {
      server.send(frameText({ type: "hello", seq: from, viewers }));
      const missed = this.#store.events(from, KEEP_EVENTS).map((event) => this.#frame(event));
      for (const frame of missed) if (isFor(audienceOf(frame), identity)) server.send(frameText(frame));
    }
    if (isNewcomer) this.#sockets.tell({ type: "viewers", viewers }, server);
    return response;
  }

  #cannotResume(from: number): "unknown_position" | "too_old" | undefined {
    const { seq } = this.#state!;
    if (from > seq) return "unknown_position";
    return seq - from > KEEP_EVENTS || from < (this.#store.oldestEvent() ?? seq + 1) - 1 ? "too_old" : undefined;
  }

  override async webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): Promise<void> {
    if (typeof text !== "string" || text.length > MAX_CLIENT_FRAME) return socket.close(...CLOSE.tooLarge);
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    const typing = ClientFrame.safeParse(frame);
    if (!typing.success) return;
    const { is_typing: isTyping } = typing.data;
    // Everybody who looks on hears it: a client that says it at every key is not repeated.
    const [before, now] = [this.#typing.get(socket), clock.now()];
    if (before && now - before.at < (before.isTyping === isTyping ? SECOND : TYPING_FLICKER_MS)) return;
    this.#typing.set(socket, { isTyping, at: now });
    this.#sockets.tell({ type: "typing", agent_id: this.#sockets.identityOf(socket).agentId, is_typing: isTyping }, socket);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    const { agentId, opening } = this.#sockets.identityOf(socket);
    this.#sockets.drop(socket);
    if (!this.#sockets.hasAgent(agentId)) this.#sockets.tell({ type: "viewers", viewers: this.#sockets.viewers() });
    if (this.#state && opening) await inboxOf({ env: this.env, org: this.#orgRef() }).conversationClosed(opening);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket);
  }

  /** Ends the sockets of a session or an agent whose rights are gone. */
  closeSockets(who: { agentId?: string; credentialId?: string }): void {
    if (this.#sockets.closeOf(who)) this.#sockets.tell({ type: "viewers", viewers: this.#sockets.viewers() });
  }

  /** For the checker, which compares objects with D1. */
  inspect():
    | { row: Projection["conversation"]; counts: { messages: number; inbound: number; outgoing: number }; seq: number; projected: number; published: number }
    | undefined {
    if (!this.#state) return undefined;
    return { row: toRow(this.#state), counts: this.#store.counts(), seq: this.#state.seq, ...this.#store.cursors() };
  }
}

/** Before the channel's limits are looked at: it is the text with its values that must fit. */
function withVariables(message: NewMessage, values: NonNullable<Extract<Command, { kind: "send" }>["values"]>, state: ConversationState): NewMessage {
  const known = { ...values, "contact.name": contactNameOf(state), "contact.phone": state.address };
  return { ...message, content: renderContent(message.content, known) };
}

function surveyOf(command: Command, state: ConversationState): Survey | undefined {
  if (command.kind === "request_survey") return findSurvey(state, surveyIdOf(state.id, command.cycle));
  return command.kind === "rate_survey" ? findSurvey(state, command.surveyId) : undefined;
}
