import type { ChannelError, MediaReference } from "../src/channels/channel";
import type { CommandEnv } from "../src/domain/conversation/command";
import type { ConversationState, Outcome } from "../src/domain/conversation/state";
import type { DomainEvent } from "../src/domain/event";
import type { LiveFrame } from "../src/domain/live";
import type { SendingAccount, UsableAccount } from "../src/domain/sending-account";
import type { CopiedMedia } from "../src/domain/services";
import { SECOND } from "../src/kit/clock";
import type { OrgRef } from "../src/kit/context";
import type { ConversationStorage } from "./conversation.storage";

/** The delay after which work is tried again that was not confirmed or could not start. */
export const RETRY_MS = 10 * SECOND;

/** The object as its parts use it. `window`, `check`, `find` and `linkOf` are those of commands. */
export interface ConversationHost extends AccountHost, Pick<CommandEnv, "check" | "find" | "linkOf"> {
  readonly env: Env;
  readonly store: ConversationStorage;
  /** The present state: it may change during an await. */
  readonly state: ConversationState;
  readonly window: CommandEnv["window"];
  readonly org: OrgRef;
  /** The frame in which sockets get an event, with the conversation and the message as they are now. */
  frame(event: DomainEvent): LiveFrame;
  /** Reads the rules for windows, if those in memory are too old. To be called before `window` is used. */
  learnWindows(): Promise<void>;
  waitUntil(work: Promise<unknown>): void;
  /** Decides and writes in one transaction, and starts the outbox. For background work. */
  keep(decide: (now: number) => Outcome): void;
  /** Starts what a commit leads to: outbox, files, sending. For calls from outside. */
  afterCommit(): void;
  /** Makes sure that the object is awake by then. */
  wakeBy(at: number): void;
  /** Deletes everything at that time, unless the conversation has begun. */
  clearAt(at: number): void;
  /** Applies updates that came before the channel's id of their message was known. */
  takeEarly(externalId: string): void;
}

/** The channel account of the conversation. */
export interface AccountHost {
  /** The account with its secrets, read some seconds ago at most. A failure is read anew. */
  account(constraint?: "first-primary"): Promise<SendingAccount>;
  forgetAccount(): void;
  /** Shows on the account that the channel refused it, or that a message went out. */
  markAccountFailing(used: SendingAccount, error: ChannelError): Promise<void>;
  markAccountWorking(used: UsableAccount): Promise<void>;
  /** Copies a customer's file to R2. Throws ChannelError. */
  copyMedia(used: UsableAccount, reference: MediaReference, key: string): Promise<CopiedMedia>;
}

/** Runs work one at a time. A call during a run makes it run once more, since the work may have passed what the call is about. */
export function oneAtATime(work: () => Promise<void>, failed: (error: unknown) => void): () => Promise<void> {
  let running = false;
  let asked = false;
  return async () => {
    asked = true;
    if (running) return;
    running = true;
    while (asked) {
      asked = false;
      try {
        await work();
      } catch (error) {
        failed(error);
      }
    }
    // Nothing is awaited between the last look at `asked` and this.
    running = false;
  };
}
