import type { ChannelError, MediaReference } from "../src/channels/channel";
import type { CommandEnv } from "../src/domain/conversation/command";
import type { ConversationState, Outcome } from "../src/domain/conversation/state";
import type { DomainEvent } from "../src/domain/event";
import type { LiveFrame } from "../src/domain/live";
import type { StoredMessage } from "../src/domain/message/state";
import type { SendingAccount, UsableAccount } from "../src/domain/sending-account";
import type { CopiedMedia, OrgSettings, SendingFacts } from "../src/domain/services";
import { SECOND } from "../src/kit/clock";
import type { OrgRef } from "../src/kit/context";
import type { ConversationStorage } from "./conversation.storage";

/** The delay before unconfirmed or unstarted work is retried. */
export const RETRY_MS = 10 * SECOND;

/**
 * The interface of the object to its parts. `window`, `complete`, `check`, `find` and `linkOf` have the meaning that they have in
 * `CommandEnv`.
 */
export interface ConversationHost
  extends AccountHost, Pick<CommandEnv, "complete" | "check" | "find" | "forward" | "linkOf" | "recipients"> {
  readonly env: Env;
  readonly store: ConversationStorage;
  /** The current state. It may change during an await. */
  readonly state: ConversationState;
  readonly window: CommandEnv["window"];
  readonly org: OrgRef;
  /** The socket frame of an event, with the current conversation and message. */
  frame(event: DomainEvent): LiveFrame;
  /** The organization's settings as they were last read; undefined as long as they are not known. */
  readonly settings: OrgSettings | undefined;
  /**
   * Refreshes the organization's settings if the cached ones are too old. Call it before `window` or `settings` is
   * used.
   */
  learnSettings(): Promise<void>;
  waitUntil(work: Promise<unknown>): void;
  /** For background work: decides and writes in one transaction, then starts the outbox. */
  keep(decide: (now: number) => Outcome): void;
  /** For calls from outside: starts the work that follows a commit (outbox, files, sending). */
  afterCommit(): void;
  /** Moves the alarm to `at` (milliseconds) unless it is due earlier. */
  wakeBy(at: number): void;
  /** Deletes all data at `at` (milliseconds), unless the conversation has begun by then. */
  clearAt(at: number): void;
  /** Applies updates that waited for the end of an attempt to send, or for the channel's id of its message. */
  takeEarly(externalId?: string): void;
}

/** The channel account of the conversation. */
export interface AccountHost {
  /** The account with its secrets, at most 5 seconds old. A failure is never cached. */
  account(constraint?: "first-primary"): Promise<SendingAccount>;
  forgetAccount(): void;
  /** Sets the account's health after the channel refused it, or after a message was sent. */
  markAccountFailing(used: SendingAccount, error: ChannelError): Promise<void>;
  markAccountWorking(used: UsableAccount): Promise<void>;
  /** Reads from D1 which of these addresses are closed to mails, and the signature of the agent who writes. */
  sendingFacts(addresses: readonly string[], agentId: string | null): Promise<SendingFacts>;
  /** Keeps the ids that the channel gave a mail, so that an answer finds the conversation at once. */
  keepMailNames(message: StoredMessage, names: readonly string[]): Promise<void>;
  /** Copies a customer's file to R2. Throws ChannelError. */
  copyMedia(used: UsableAccount, reference: MediaReference, key: string): Promise<CopiedMedia>;
}

/**
 * Returns a function that runs `work` without overlap. A call during a run causes one more run, since the current run
 * may already have passed the state that the call is about. Errors go to `failed`.
 */
export function oneAtATime(work: () => Promise<void>, failed: (error: unknown) => void): () => Promise<void> {
  let running = false;
  let requested = false;
  return async () => {
    requested = true;
    if (running) return;
    running = true;
    while (requested) {
      requested = false;
      try {
        await work();
      } catch (error) {
        failed(error);
      }
    }
    // Without an await since the last check of `requested`, so no call is lost.
    running = false;
  };
}
