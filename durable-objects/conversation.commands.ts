import { maySee } from "../src/domain/context";
import { applyCommand, type CommandEnv } from "../src/domain/conversation/command";
import { type Command, commandOf } from "../src/domain/conversation/commands";
import { newConversation } from "../src/domain/conversation/new-conversation";
import type { ConversationState } from "../src/domain/conversation/state";
import { toConversation } from "../src/domain/conversation/wire";
import type { Beginning, CommandCaller, CommandResult, Idempotency, Projected } from "../src/domain/object-apis";
import type { ActorRef } from "../src/domain/event";
import type { NewMessage } from "../src/domain/message/state";
import type { SendingFacts } from "../src/domain/services";
import { clock, DAY } from "../src/kit/clock";
import { goesOnFrom, type Tombstone } from "./conversation.forget";
import type { ConversationHost } from "./conversation.host";
import type { Outbox } from "./conversation.outbox";
import type { ConversationRecord } from "./conversation.record";

/**
 * Runs commands: replays, visibility, one transaction, projection to D1. The commands themselves decide what changes
 * (src/domain/conversation/commands).
 */
export class Commands {
  readonly #host: ConversationHost;
  readonly #record: ConversationRecord;
  readonly #outbox: Outbox;
  readonly #begin: (now: number) => void;

  /** `begin`: applies what came before the conversation began. */
  constructor(host: ConversationHost, record: ConversationRecord, outbox: Outbox, begin: (now: number) => void) {
    this.#host = host;
    this.#record = record;
    this.#outbox = outbox;
    this.#begin = begin;
  }

  /** Applies a command and projects it to D1 before it returns, so that the caller's next list shows it. */
  async run(
    command: Command,
    { actor, sees }: CommandCaller,
    idempotency?: Idempotency,
    beginning?: Beginning,
  ): Promise<CommandResult> {
    await this.#host.learnSettings();
    const facts = command.kind === "send" ? await this.#factsFor(command.message, actor, beginning) : undefined;
    const now = clock.now();
    const begins = !this.#record.state;
    const before = beginning
      ? written(this.#record.state, beginning, now, this.#host.store.tombstone)
      : this.#record.state;
    if (!before) return { ok: false, problem: "conversation_not_found" };
    const { store, window, complete, check, find, forward, linkOf, recipients } = this.#host;
    // Before visibility is checked: an agent who transferred the conversation away may not see it when the call is
    // repeated.
    const stored = idempotency && store.storedAnswer(idempotency.key, now - DAY);
    if (stored && stored.body_hash !== idempotency.bodyHash) return { ok: false, problem: "idempotency_key_reused" };
    if (stored) return this.#result(JSON.parse(stored.answer), null, true);
    if (!maySee(sees, before)) return { ok: false, problem: "conversation_not_found" };
    const definition = commandOf(command.kind);
    const env: CommandEnv = {
      window,
      complete,
      check,
      // A conversation that begins has no tables yet.
      find: (by) => (begins ? undefined : find(by)),
      forward,
      recipients,
      facts,
      linkOf,
      note: (id) => store.note(id),
      phaseOf: (id) => store.phaseOf(id),
      chargedAs: (template) => (begins ? undefined : store.categoryOf(template)),
    };
    const outcome = applyCommand(before, definition, command, actor, env, now);
    if ("problem" in outcome) return { ok: false, ...outcome } as CommandResult;
    this.#record.transaction(() => {
      if (begins) store.create();
      this.#record.write(outcome, now);
      if (begins) this.#begin(now);
      if (idempotency)
        store.storeAnswer(idempotency.key, idempotency.bodyHash, JSON.stringify(outcome.answer), now, now - DAY);
    });
    if (outcome.events.length === 0) return this.#result(outcome.answer, null, false);
    // Nobody waits to see it in a list: the consumer projects it with others.
    const isBulk = command.kind === "send" && command.message.campaign !== undefined;
    if (isBulk) this.#host.afterCommit();
    return this.#result(outcome.answer, isBulk ? null : await this.#project(definition.projects), false);
  }

  /** Undefined on channels whose messages name no addresses. */
  async #factsFor(message: NewMessage, actor: ActorRef, beginning?: Beginning): Promise<SendingFacts | undefined> {
    if (!this.#record.state && !beginning) return undefined;
    const { complete, recipients, sendingFacts } = this.#host;
    const named = recipients?.(complete(message));
    if (!named) return undefined;
    const addresses = named.length > 0 ? named : [(this.#record.state ?? beginning?.party)?.address ?? ""];
    return sendingFacts(addresses, actor.kind === "agent" ? actor.id : null);
  }

  #project(part: "row" | undefined): Promise<Projected> {
    if (part === undefined) return this.#outbox.projectAll(() => this.#host.afterCommit());
    this.#host.afterCommit();
    return this.#outbox.projectRow();
  }

  #result(answer: unknown, projected: Projected, replayed: boolean): CommandResult {
    const { state, window } = this.#host;
    return {
      ok: true,
      conversation: toConversation(state, window),
      answer: answer as Extract<CommandResult, { ok: true }>["answer"],
      projected,
      replayed,
      lastInboundExternalId: state.lastInboundExternalId,
      accountId: state.accountId,
    };
  }
}

/**
 * The conversation to which a message is written. A new one knows its person by what the caller says, which counts for
 * less than anything that the channel says.
 */
function written(
  known: ConversationState | undefined,
  { identity, party, givenName = null, divisionId = null, subject }: Beginning,
  now: number,
  tombstone: Tombstone | undefined,
): ConversationState {
  const { address = null, userId = null, parentUserId = null, name = null, username = null } = party;
  if (known) return known.address === null && address !== null ? { ...known, address } : known;
  return {
    ...newConversation(identity, now),
    ...goesOnFrom(tombstone),
    address,
    userId,
    parentUserId,
    profileName: name,
    username,
    givenName,
    divisionId,
    thread: subject === undefined || address === null ? null : { subject, to: [address], others: [], references: [] },
  };
}
