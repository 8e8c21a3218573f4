import type { ChannelFailure, Suppression } from "../../channels/channel";
import { SYSTEM } from "../event";
import type { StoredMessage } from "../message/state";
import type { ConversationState, Step } from "./state";

/** Reports that an address must not be written to again. Pure. */

/** The suppression, if the message was sent to the address and has not told it before: anybody writes reports. */
export function newSuppression(
  { address }: Pick<ConversationState, "address">,
  { content, hasSuppressed }: StoredMessage,
  suppression: Suppression | undefined,
): Suppression | undefined {
  if (!suppression || hasSuppressed) return undefined;
  const recipients = [content.to, content.cc, content.bcc].flatMap((each) => (Array.isArray(each) ? each : []));
  const isRecipient = [address, ...recipients].some(
    (each: unknown) => typeof each === "string" && each.trim().toLowerCase() === suppression.address,
  );
  return isRecipient ? suppression : undefined;
}

/** The failure as it is shown on the message. */
export function shownFailure(failure: ChannelFailure | null | undefined): ChannelFailure | null {
  if (!failure?.suppresses) return failure ?? null;
  const { suppresses: _suppresses, ...shown } = failure;
  return shown;
}

/** The contact with the address keeps it (areas/contacts/suppression.ts). */
export function suppressionEvent(step: Step, { address, reason }: Suppression, at: number): void {
  const data = { address, reason, decided_at: new Date(at).toISOString() };
  step.event("contact.address_suppressed", { actor: SYSTEM, data });
}
