import type { ChannelUpdate, InboundMessage } from "../../channels/channel";
import { choiceOf, type ConsentSettings, mayBeChoice } from "../consent";
import { type ActorRef, SYSTEM } from "../event";
import type { WindowRule } from "../window";
import { queueMessage } from "./outbound";
import type { Step } from "./state";

/** Decisions about marketing, by a person or by the channel on the person's behalf. Pure. */

/** The contact decides on it (areas/contacts/effect.ts), since all of its conversations share the decision. */
export function marketingEvent(
  step: Step,
  { at, ...decision }: { opted_out: boolean; source: "customer" | "channel"; at: number },
  actor: ActorRef = step.actor,
): void {
  const data = { ...decision, decided_at: new Date(at).toISOString() };
  step.event("contact.marketing_changed", { actor, data });
}

/** The words of an organization. */
export interface Consent {
  settings: ConsentSettings | null | undefined;
  country: string | null | undefined;
}

/** Whether the organization's words must be known before the update is applied. */
export const mayDecide = (update: ChannelUpdate): boolean =>
  update.kind === "message" && !update.message.isAutomated && mayBeChoice(update.message.content.text);

/** A message that is a word such as STOP decides about marketing, and may be answered. */
export function followChoice(step: Step, message: InboundMessage, window: WindowRule, consent: Consent): void {
  const isWritten = !message.isAutomated && message.type !== "system";
  const choice = isWritten ? choiceOf(message.content.text, consent.settings, consent.country) : undefined;
  if (choice === undefined) return;
  marketingEvent(step, { opted_out: choice === "opt_out", source: "customer", at: message.at });
  const reply = choice === "opt_out" ? consent.settings?.optOutReply : null;
  if (reply) queueMessage(step, { type: "text", content: { text: reply }, replyTo: null }, window, SYSTEM);
}
