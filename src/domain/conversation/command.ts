import type { Content } from "../../channels/channel";
import type { FieldError, ProblemKind } from "../../kit/problem";
import type { ActorRef } from "../event";
import type { NewMessage, StoredMessage } from "../message/state";
import type { StoredNote } from "../note/state";
import type { SendingFacts } from "../services";
import { type WindowRule, windowStatusAt } from "../window";
import { type ConversationState, type Find, type Outcome, Step } from "./state";
import type { LinkOf } from "./wire";

/** The form of a command (commands/<verb>.ts) and the one path on which every command is applied. Pure. */

/** A command does not apply. `problem` is one of the names that the command declares in `refusals`. */
export interface Refusal<Name extends string = string> {
  problem: Name;
  detail?: string;
  errors?: FieldError[];
}

/** Everything a command may read beside the conversation's state. */
export interface CommandEnv {
  /** The rule for the customer service window of the conversation's channel. */
  window: WindowRule;
  /** The content with what an answer in the conversation's thread has by itself. */
  complete(message: NewMessage): Content;
  /** The content of a message that passes another one on, on channels that can. */
  forward?: ((content: Content, original: Pick<StoredMessage, "content" | "createdAt">) => Content) | undefined;
  /** The addresses that a completed message goes to, on channels whose messages name them. */
  recipients?: ((content: Content) => readonly string[] | undefined) | undefined;
  /** Facts from D1 about the message and its recipients, on those channels. */
  facts?: SendingFacts | undefined;
  /** Checks a message against the limits of the channel; empty if the channel takes it. */
  check(message: NewMessage): FieldError[];
  find: Find;
  note(id: string): StoredNote | undefined;
  /** How far an outbound message is that has not left; undefined: it has, or there is none. */
  phaseOf?(id: string): "queued" | "sending" | "unknown" | undefined;
  linkOf: LinkOf;
  /**
   * The category as which the channel charged or refused this template in this conversation before, in its own terms;
   * undefined if it has not.
   */
  chargedAs(template: string): string | undefined;
}

/** A change of a conversation that a caller requests. */
export interface CommandDefinition<
  Kind extends string = string,
  Input = unknown,
  Problem extends string = string,
  Answer = unknown,
> {
  readonly kind: Kind;
  /** The problems that the caller is answered, by the names with which `apply` refuses. */
  readonly refusals: Readonly<Record<string, ProblemKind>>;
  /**
   * The part of the outcome that is written to D1 before the caller is answered: all of it by default. `row`: only the
   * conversation's row, for a command that is too frequent for more.
   */
  readonly projects?: "row";
  /**
   * Records the changes in `step`. No events: nothing changes. `answer` is stored for 24 hours and returned again to a
   * call with the same idempotency key, so it must be JSON.
   */
  apply(step: Step, input: Input, env: CommandEnv): Refusal<Problem> | { answer: Answer } | undefined | void;
}

interface Draft<Kind extends string, Input, Problem extends string, Answer> {
  kind: Kind;
  refusals?: Record<Problem, ProblemKind>;
  projects?: "row";
  apply(step: Step, input: Input, env: CommandEnv): Refusal<NoInfer<Problem>> | { answer: Answer } | undefined | void;
}

/** Defines a command. Its input, refusals and answer are inferred; it can refuse only with a name in `refusals`. */
export const command = <const Kind extends string, Input = unknown, Problem extends string = never, Answer = null>(
  draft: Draft<Kind, Input, Problem, Answer>,
): CommandDefinition<Kind, Input, Problem, Answer> => ({ ...draft, refusals: draft.refusals ?? {} });

export type CommandOutcome<Answer> = Outcome & { answer: Answer | null };

/** Applies a command to a conversation. Writes nothing: the caller commits the outcome, or answers the refusal. */
export function applyCommand<Input, Problem extends string, Answer>(
  before: ConversationState,
  definition: CommandDefinition<string, Input, Problem, Answer>,
  input: Input,
  actor: ActorRef,
  env: CommandEnv,
  now: number,
): CommandOutcome<Answer> | Refusal<Problem> {
  const step = new Step(before, actor, now);
  const result = definition.apply(step, input, env);
  if (result && "problem" in result) return result;
  const { state } = step;
  // A window that closed during an earlier cycle must not be announced again in the new one.
  if (state.cycle !== before.cycle) state.windowStatus = windowStatusAt(state.lastInboundAt, env.window, now);
  return { ...step.done(), answer: result ? result.answer : null };
}
