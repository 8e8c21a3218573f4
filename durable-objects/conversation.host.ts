import type { SendingAccount } from "../src/areas/integrations/sending-account";
import { SECOND } from "../src/kit/clock";
import type { OrgRef } from "../src/kit/context";
import type { ConversationState, DomainEvent, Outcome } from "./conversation.state";
import type { ConversationStorage } from "./conversation.storage";
import type { LiveFrame } from "./live.wire";

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
  /** The account with its secrets, read anew every 30 seconds. */
  account(): Promise<SendingAccount>;
  forgetAccount(): void;
  /** Applies what the channel said of a message before it said its id. */
  takeEarly(externalId: string): void;
}

/** Work that never runs beside itself: who comes while it runs leaves it to do what is there. */
export function oneAtATime(work: () => Promise<void>, failed: (error: unknown) => void): () => Promise<void> {
  let running = false;
  return async () => {
    if (running) return;
    running = true;
    try {
      await work();
    } catch (error) {
      failed(error);
    } finally {
      running = false;
    }
  };
}
