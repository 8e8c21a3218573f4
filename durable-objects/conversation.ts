import { DurableObject } from "cloudflare:workers";
import type { Projection } from "../src/effects/projection";
import { windowRulesOf } from "../src/areas/chat-expiration/rules-of";
import { signedLink } from "../src/domain/media-links";
import { renderContent } from "../src/domain/variables";
import { type Channel, type ChannelUpdate, MEDIA_TYPES } from "../src/channels/channel";
import { textOf } from "../src/channels/json";
import { adapterOf } from "../src/channels/registry";
import { CHANNEL_WINDOWS, type WindowRule, type WindowRules } from "../src/domain/window";
import { configOf } from "../src/config";
import { clock, DAY, SECOND } from "../src/kit/clock";
import { type OrgRef } from "../src/kit/context";
import { maySee, type Visibility } from "../src/domain/context";
import { logError } from "../src/kit/log";
import type { SendingAccount } from "../src/domain/sending-account";
import { conversationServices } from "../src/services";
import {
  type ConversationIdentity,
  type ConversationState,
  cycleOf,
  type MeasuredCycle,
  newConversation,
  type Outcome,
  type Refusal,
} from "../src/domain/conversation/state";
import type { ActorRef, DomainEvent } from "../src/domain/event";
import { isReaction, mediaIdOf, type StoredMessage, type NewMessage } from "../src/domain/message/state";
import { applyUpdate, beginsConversation, isReceipt, type Update } from "../src/domain/conversation/updates";
import { applyCommand, type Command } from "../src/domain/conversation/commands";
import { Files } from "./conversation.files";
import { type ConversationHost, RETRY_MS } from "./conversation.host";
import { ConversationLive } from "./conversation.live";
import { Outbox, type Projected } from "./conversation.outbox";
import { type ConversationRow, toRow } from "../src/domain/conversation/columns";
import { Sending } from "./conversation.sending";
import { ConversationStorage } from "./conversation.storage";
import {
  asRead,
  type ConversationWithContact,
  type Message,
  toConversation,
  toMessage,
} from "../src/domain/conversation/wire";
import { contactNameOf } from "../src/domain/conversation/state";
import { toFrame } from "../src/domain/live";
import { applyNote, type NoteCommand, type NoteRefusal, type StoredNote } from "../src/domain/note/state";
import { type ConversationNote, toNote } from "../src/domain/note/wire";
import type { Sla } from "../src/domain/sla";
import { findSurvey, type Survey, surveyIdOf } from "../src/domain/survey";

/** An account that was switched off sends nothing after that long. */
const ACCOUNT_CACHE_MS = 5 * SECOND;
/** As long as a channel tries to deliver what an update is about. */
const EARLY_MS = 8 * DAY;
/** What is kept for it is early for the conversation as a whole. No message has such an id. */
const BEGINNING = "";

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

interface Idempotency {
  key: string;
  bodyHash: string;
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
  | ({ ok: false } & (
      | Refusal
      | { problem: "conversation_not_found" | "idempotency_key_reused"; detail?: string; errors?: undefined }
    ));

export type NoteResult =
  | { ok: true; note: ConversationNote | null; replayed: boolean; projected: Projected }
  | ({ ok: false } & (NoteRefusal | { problem: "conversation_not_found" | "idempotency_key_reused" }));

/** What the answer to a command says that the conversation itself does not, and what a repeated call is answered: a message that was sent, a survey. */
type Told = Message | Survey | { fromAgentId: string | null };

/**
 * One conversation: the authority on its messages and state. Decides nothing itself (conversation.updates.ts and conversation.commands.ts do); it keeps what
 * was decided, in one transaction with the events, and sees to it that the events and the messages get where they must.
 */
export class ConversationObject extends DurableObject<Env> {
  readonly #store: ConversationStorage;
  #state: ConversationState | undefined;
  #org: OrgRef | undefined;
  #alarmAt: number | null = null;
  /** What the running transaction has to say to the object's own sockets. */
  #untold: DomainEvent[] = [];
  #filesWait = false;
  /** The channel's word of a message whose answer was lost was all that those behind it waited for. */
  #nextMaySend = false;
  /** The rules for windows as they were read last. A delivery of the channel goes by these and reads none. */
  #windows: WindowRules = CHANNEL_WINDOWS;
  #account: { readAt: number; value: SendingAccount } | undefined;
  readonly #outbox: Outbox;
  readonly #live: ConversationLive;
  readonly #sending: Sending;
  readonly #files: Files;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new ConversationStorage(ctx.storage);
    const host = this.#host();
    this.#outbox = new Outbox(host);
    this.#live = new ConversationLive(host, ctx);
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
  ingest({ identity, givenName = null, divisionId = null, org, updates, aliasChecked }: IngestInput): {
    needsAlias: boolean;
  } {
    const now = clock.now();
    const begins = !this.#state;
    let inTurn = updates;
    if (begins) {
      // A status alone is of a message that we do not have.
      if (updates.every(isReceipt)) return { needsAlias: false };
      if (!aliasChecked) return { needsAlias: true };
      const first = updates.find(beginsConversation);
      if (!first) {
        this.#keepForBeginning(updates, now);
        return { needsAlias: false };
      }
      inTurn = [first, ...updates.filter((update) => update !== first)];
    }
    this.#transaction(() => {
      if (begins) {
        this.#store.create();
        this.#state = { ...newConversation(identity, now), givenName, divisionId };
      }
      for (const update of inTurn) this.#take(update, now);
      if (begins) for (const update of this.#store.takeEarly<ChannelUpdate>(BEGINNING)) this.#take(update, now);
    });
    this.#org = org;
    this.#afterCommit();
    return { needsAlias: false };
  }

  /** What comes before the first message: kept until there is a conversation, and forgotten if there never is. */
  #keepForBeginning(updates: readonly ChannelUpdate[], now: number): void {
    this.#store.transaction(() => {
      this.#store.create();
      for (const update of updates) {
        if (isReceipt(update)) continue;
        const externalId =
          update.kind === "message" ? update.message.externalId : "externalId" in update ? update.externalId : "";
        this.#store.keepEarly(BEGINNING, `${update.kind}:${externalId}`, update, now, now - EARLY_MS);
      }
    });
    void this.ctx.storage.setAlarm(now + EARLY_MS);
  }

  #take(update: Update, now: number): void {
    if (!this.#isNew(update, now)) return;
    this.#keep(
      applyUpdate(
        this.#state!,
        update,
        (by) => this.#find(by),
        now,
        this.#window(),
        (at) => this.#store.sentUpTo(at),
      ),
      now,
    );
    const externalId =
      update.kind === "message" ? update.message.externalId : update.kind === "status" ? update.externalId : undefined;
    if (externalId === undefined) return;
    const answers = update.kind === "message" ? update.message.replyTo : undefined;
    if (answers !== undefined && !this.#find({ externalId: answers })) {
      this.#store.keepEarly(
        answers,
        `answered:${externalId}`,
        { kind: "answered", target: answers, by: externalId },
        now,
        now - EARLY_MS,
      );
    }
    this.#takeEarly(externalId, now);
  }

  /** What was faster than the message that it is about, or than the channel's id of it. Only inside a transaction: what is not applied stays kept. */
  #takeEarly(externalId: string, now: number): void {
    for (const update of this.#store.takeEarly<Update>(externalId)) this.#take(update, now);
  }

  #isNew(update: Update, now: number): boolean {
    switch (update.kind) {
      case "message":
        return this.#store.messageByExternalId(update.message.externalId) === undefined;
      case "status":
        if (this.#find({ externalId: update.externalId, ...(update.messageId && { id: update.messageId }) }))
          return true;
        this.#store.keepEarly(update.externalId, update.status, update, now, now - EARLY_MS);
        return false;
      case "reaction":
      case "edit":
      case "revoke":
        if (this.#find({ externalId: update.target })) return this.#store.markSeen(update.externalId);
        this.#store.keepEarly(update.target, `${update.kind}:${update.externalId}`, update, now, now - EARLY_MS);
        return false;
      case "answered":
      case "watermark":
        return true;
      case "address_changed":
        return this.#store.markSeen(update.externalId);
      default:
        return false;
    }
  }

  #find({ externalId, id }: { externalId?: string; id?: string }): StoredMessage | undefined {
    return (
      (id === undefined ? undefined : this.#store.message(id)) ??
      (externalId === undefined ? undefined : this.#store.messageByExternalId(externalId))
    );
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
    this.#live.tell(this.#untold);
    this.#untold = [];
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
      const isGone = message.direction === "outbound" && message.status !== "queued" && message.status !== "sending";
      if (isGone && this.#store.removeOutgoing(message.id)) this.#nextMaySend = true;
    }
    // Nothing was said, so the state is what it was.
    if (events.length === 0) return;
    for (const event of events) this.#store.appendEvent(event);
    this.#untold.push(...events);
    this.#state = state;
    this.#store.saveState(state);
  }

  // ── What people ask ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Does what somebody asks, and has it in D1 before it answers, so that their own list shows it. */
  async command(asked: Command, { actor, sees }: Caller, idempotency?: Idempotency): Promise<CommandResult> {
    await this.#learnWindows();
    const now = clock.now();
    const before = this.#state;
    if (!before) return { ok: false, problem: "conversation_not_found" };
    // Before the caller's sight is checked: whoever transfers a conversation away may not see it any more when the call is repeated.
    const replay = this.#replayOf(idempotency, now);
    if (replay) return "problem" in replay ? replay : this.#answer(replay.answer as Told, null, true);
    if (!maySee(sees, before)) return { ok: false, problem: "conversation_not_found" };
    const command = asked.kind === "send" ? this.#toSend(asked, before) : asked;
    if ("problem" in command) return { ok: false, ...command };
    const outcome = applyCommand(before, command, actor, this.#window(), now);
    if ("problem" in outcome) return { ok: false, ...outcome };
    const sent = asked.kind === "send" || asked.kind === "request_survey" ? outcome.messages[0] : undefined;
    const told: Told =
      surveyOf(command, outcome.state) ??
      (sent ? toMessage(sent, outcome.state, this.#linkOf) : { fromAgentId: before.assignedAgentId });
    this.#transaction(() => {
      if (sent) {
        sent.status = this.#sending.phaseOf(sent);
        this.#store.queueOutgoing(sent.id, sent.status, now);
      }
      this.#keep(outcome, now);
      if (idempotency)
        this.#store.storeAnswer(idempotency.key, idempotency.bodyHash, JSON.stringify(told), now, now - DAY);
    });
    if (outcome.events.length === 0) return this.#answer(told, null, false);
    if (asked.kind === "send") {
      this.#afterCommit();
      this.ctx.waitUntil(this.#sending.run());
      return this.#answer(told, await this.#outbox.projectRow(), false);
    }
    if (sent) this.ctx.waitUntil(this.#sending.run());
    return this.#answer(told, await this.#bringToD1(), false);
  }

  readonly #bringToD1 = (): Promise<Projected> => this.#outbox.projectAll(() => this.#afterCommit());

  /** What was answered to the same call before; a problem if its key was another call's. */
  #replayOf(
    idempotency: Idempotency | undefined,
    now: number,
  ): { answer: unknown } | { ok: false; problem: "idempotency_key_reused" } | undefined {
    const stored = idempotency && this.#store.storedAnswer(idempotency.key, now - DAY);
    if (!stored) return undefined;
    return stored.body_hash === idempotency.bodyHash
      ? { answer: JSON.parse(stored.answer) as unknown }
      : { ok: false, problem: "idempotency_key_reused" };
  }

  /** Writes, changes or deletes a note. It is kept here as messages are; D1 has its activity. */
  async note(command: NoteCommand, { actor, sees }: Caller, idempotency?: Idempotency): Promise<NoteResult> {
    const now = clock.now();
    const before = this.#state;
    if (!before || !maySee(sees, before)) return { ok: false, problem: "conversation_not_found" };
    const replay = this.#replayOf(idempotency, now);
    if (replay)
      return "problem" in replay
        ? replay
        : { ok: true, note: replay.answer as ConversationNote, replayed: true, projected: null };
    const outcome = applyNote(before, this.#store.note(command.id), command, actor, now);
    if ("problem" in outcome) return { ok: false, ...outcome };
    const note = outcome.note && toNote(outcome.note, before.id);
    if (outcome.events.length === 0) return { ok: true, note, replayed: false, projected: null };
    this.#transaction(() => {
      this.#keep(outcome, now);
      if (outcome.note) this.#store.saveNote(outcome.note);
      else this.#store.removeNote(command.id);
      if (idempotency)
        this.#store.storeAnswer(idempotency.key, idempotency.bodyHash, JSON.stringify(note), now, now - DAY);
    });
    return { ok: true, note, replayed: false, projected: await this.#bringToD1() };
  }

  /** Notes, newest first, from the one before `before`; undefined if the caller may not see the conversation. */
  notes(sees: Visibility, before: string | undefined, limit: number): StoredNote[] | undefined {
    return this.#state && maySee(sees, this.#state) ? this.#store.notes(before, limit) : undefined;
  }

  /** A message as it is to be sent. Of a reaction also what it is on, which the channel must have: it has neither reactions nor what was taken back. */
  #toSend(asked: Extract<Command, { kind: "send" }>, before: ConversationState): Command | Refusal {
    const message = asked.values ? withVariables(asked.message, asked.values, before) : asked.message;
    const refusal = this.#refuses(message);
    if (refusal) return refusal;
    if (message.type !== "reaction") return { ...asked, message };
    const id = textOf(message.content.message_id);
    const target = id === undefined ? undefined : this.#find({ id, externalId: id });
    if (!target || isReaction(target) || target.revokedAt !== null) {
      return {
        problem: "message_reference_unknown",
        errors: [{ field: "content.message_id", message: "no such message" }],
      };
    }
    return { kind: "react", message: { ...message, replyTo: target.id }, target };
  }

  /** Refuses what the channel would not take, before it becomes a message. */
  #refuses(message: NewMessage): Refusal | undefined {
    const errors = adapterOf(this.#state!.channel)?.check(message) ?? [];
    if (errors.length > 0)
      return {
        problem: "message_not_allowed",
        detail: errors.map((error) => `${error.field}: ${error.message}`).join("; "),
        errors,
      };
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
      ...("fromAgentId" in told
        ? told
        : { ...("_id" in told ? { message: told } : { survey: told }), fromAgentId: state.assignedAgentId }),
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
      wire === null
        ? JSON.stringify(toMessage(JSON.parse(doc) as StoredMessage, state, this.#linkOf))
        : asRead(id, wire, state),
    );
    const hasMore = found.length > limit;
    return `{"messages":[${texts.join(",")}],"has_more":${hasMore},"next_cursor":${hasMore ? `"${rows[0]!.id}"` : "null"}}`;
  }

  readonly #linkOf = (r2Key: string): string => signedLink(configOf(this.env), r2Key, clock.now());

  #window(): WindowRule {
    return this.#windows[this.#state!.channel];
  }

  // ── What follows ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** For the consumer: what D1 does not know yet, and up to where it goes. */
  unprojected(maxBytes?: number): Projection | undefined {
    return this.#state && this.#outbox.unprojected(maxBytes);
  }

  /** The consumer has it in D1, as it was at this version, up to this event. */
  confirm(version: number, upTo: number): void {
    this.#outbox.confirm(version, upTo);
  }

  /** After every commit: outbox and files. None of it is waited for, all of it is repeated by the alarm. */
  #afterCommit(): void {
    this.#alarmBy(clock.now() + RETRY_MS);
    this.ctx.waitUntil(this.#outbox.flush());
    if (this.#filesWait) this.ctx.waitUntil(this.#files.run());
    if (this.#nextMaySend) this.ctx.waitUntil(this.#sending.run());
    this.#filesWait = this.#nextMaySend = false;
  }

  /** Reads the rules for windows before something is decided by them. Mostly this isolate has them already. */
  async #learnWindows(): Promise<void> {
    if (!this.#state) return;
    try {
      this.#windows = await windowRulesOf(this.env, this.#orgRef());
    } catch (error) {
      logError("windows_unknown", error, { conversation_id: this.#state.id });
    }
  }

  #orgRef(): OrgRef {
    return this.#org ?? { id: this.#state!.orgId, tenantDb: this.#state!.tenantDb, country: null };
  }

  /** A transaction of the background's, and what follows if something happened in it. */
  #commit(work: (now: number) => void): void {
    const [now, before] = [clock.now(), this.#state!.seq];
    this.#transaction(() => work(now));
    if (this.#state!.seq === before) return;
    this.#alarmBy(now + RETRY_MS);
    this.ctx.waitUntil(this.#outbox.flush());
  }

  /** What those who send and copy may use of this object. */
  #host(): ConversationHost {
    const current = (): ConversationState => this.#state!;
    const org = (): OrgRef => this.#orgRef();
    return {
      env: this.env,
      store: this.#store,
      get state() {
        return current();
      },
      get org() {
        return org();
      },
      frame: (event) => {
        const message = event.messageId === undefined ? undefined : this.#store.message(event.messageId);
        return toFrame(event, current(), this.#window(), message, this.#linkOf);
      },
      learnWindows: () => this.#learnWindows(),
      waitUntil: (work) => this.ctx.waitUntil(work),
      keep: (decide) => this.#commit((now) => this.#keep(decide(now), now)),
      wakeBy: (at) => this.#alarmBy(at),
      account: async (constraint) => {
        if (this.#account && clock.now() - this.#account.readAt < ACCOUNT_CACHE_MS) return this.#account.value;
        const value = await conversationServices.loadAccount(this.env, current(), constraint);
        // A failure is not kept: the account may be mended at any moment.
        this.#account = "failure" in value ? undefined : { readAt: clock.now(), value };
        return value;
      },
      forgetAccount: () => (this.#account = undefined),
      markAccountFailing: (used, error) => conversationServices.markAccountFailing(this.env, current(), used, error),
      markAccountWorking: (used) => conversationServices.markAccountWorking(this.env, current(), used),
      copyMedia: (used, reference, key) => conversationServices.copyMedia(this.env, used, reference, key),
      takeEarly: (externalId) => this.#commit((now) => this.#takeEarly(externalId, now)),
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
    // Nothing began in all that time.
    if (!this.#state) return this.#store.clear();
    try {
      await Promise.all([this.#outbox.retry(), this.#sending.run(), this.#files.run()]);
      this.#store.saveCursors();
    } finally {
      this.#rearm();
    }
  }

  /** One alarm for everything that is due, always armed again while something is. */
  #rearm(): void {
    if (!this.#state) return;
    const now = clock.now();
    // What is due and still there is being worked on, or could not be begun: it is looked at again later, not at once.
    const notAtOnce = (at: number): number => (at > now ? at : now + RETRY_MS);
    const waiting = [this.#store.headOutgoing()?.next_at, this.#store.nextMedia()?.next_at]
      .filter((at) => at !== undefined)
      .map(notAtOnce);
    const due = [this.#outbox.nextTry(now), ...waiting].filter((at) => at !== undefined);
    if (due.length > 0) this.#alarmBy(Math.min(...due));
  }

  // ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  override async fetch(request: Request): Promise<Response> {
    return this.#state ? this.#live.open(request) : new Response("not found", { status: 404 });
  }

  override webSocketMessage(socket: WebSocket, text: string | ArrayBuffer): void {
    this.#live.hear(socket, text);
  }

  override webSocketClose(socket: WebSocket): Promise<void> {
    return this.#live.closed(socket);
  }

  override webSocketError(socket: WebSocket): Promise<void> {
    return this.#live.closed(socket);
  }

  /** For the inbox: ends the sockets of these openings and all that are over, and answers the openings that there still are. */
  sweepSockets(ended: readonly string[]): string[] {
    return this.#live.sweep(ended);
  }

  /** For the checker, which compares objects with D1. */
  inspect():
    | {
        row: ConversationRow;
        counts: { messages: number; inbound: number; outgoing: number };
        seq: number;
        projected: number;
        published: number;
      }
    | undefined {
    if (!this.#state) return undefined;
    return { row: toRow(this.#state), counts: this.#store.counts(), seq: this.#state.seq, ...this.#store.cursors() };
  }
}

/** Fills in variables before the channel's limits are checked, since the filled text must fit. */
function withVariables(
  message: NewMessage,
  values: NonNullable<Extract<Command, { kind: "send" }>["values"]>,
  state: ConversationState,
): NewMessage {
  const known = { ...values, "contact.name": contactNameOf(state), "contact.phone": state.address };
  return { ...message, content: renderContent(message.content, known) };
}

function surveyOf(command: Command, state: ConversationState): Survey | undefined {
  if (command.kind === "request_survey") return findSurvey(state, surveyIdOf(state.id, command.cycle));
  return command.kind === "rate_survey" ? findSurvey(state, command.surveyId) : undefined;
}
