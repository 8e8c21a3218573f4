import type { ChannelError, MediaReference } from "../src/channels/channel";
import { SECOND } from "../src/kit/clock";
import type { OrgRef } from "../src/kit/context";
import type { ConversationState, Outcome } from "../src/domain/conversation/state";
import type { DomainEvent } from "../src/domain/event";
import type { SendingAccount, UsableAccount } from "../src/domain/sending-account";
import type { CopiedMedia } from "../src/domain/services";
import type { ConversationStorage } from "./conversation.storage";
import type { LiveFrame } from "../src/domain/live";

/** How long what is not confirmed, or could not be begun, waits until it is tried again. */
export const RETRY_MS = 10 * SECOND;

/** What the object offers to those who work for it in the background. */
export interface ConversationHost {
  readonly env: Env;
  readonly store: ConversationStorage;
  /** As it is at this moment: it moves on while something is awaited. */
  readonly state: ConversationState;
  readonly org: OrgRef;
  /** An event as sockets are told of it, with what is known now. */
  frame(event: DomainEvent): LiveFrame;
  /** Reads the rules for windows anew where that is due: before what goes by them. */
  learnWindows(): Promise<void>;
  waitUntil(work: Promise<unknown>): void;
  /** Decides and keeps, in one transaction, and tells whom it concerns. */
  keep(decide: (now: number) => Outcome): void;
  /** Makes sure that the object is awake by then. */
  wakeBy(at: number): void;
  /** The account with its secrets, as it was some seconds ago at most; a failure is read anew. */
  account(constraint?: "first-primary"): Promise<SendingAccount>;
  forgetAccount(): void;
  /** Shows on the account that the channel refused it, or that a message went out. */
  markAccountFailing(used: SendingAccount, error: ChannelError): Promise<void>;
  markAccountWorking(used: UsableAccount): Promise<void>;
  /** Copies a customer's file to R2. Throws ChannelError. */
  copyMedia(used: UsableAccount, reference: MediaReference, key: string): Promise<CopiedMedia>;
  /** Applies what the channel said of a message before it said its id. */
  takeEarly(externalId: string): void;
}

/** Work that never runs beside itself: a call while it runs makes it run once more, since the work may have looked already. */
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
