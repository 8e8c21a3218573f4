/** Webhooks of Messenger and Instagram. Meta: Messenger Platform, webhooks; Instagram webhooks. */
import type { Simulation } from "./simulation.ts";
import type { Json } from "./state.ts";
import type { MessagingAccount } from "./messaging-state.ts";
import { escaped } from "./webhook.ts";

/** `changes`: the dashboard's test; `flat`: field and value in the entry. Only Instagram has others than `messaging`. */
export type Envelope = "messaging" | "standby" | "changes" | "flat";

const fieldsOfChanges: Record<string, string> = {
  message: "messages",
  postback: "messaging_postbacks",
  reaction: "message_reactions",
  read: "messaging_seen",
  referral: "messaging_referral",
  message_edit: "message_edit",
};

export function queueEvent(
  { delivery, now }: Pick<Simulation, "delivery" | "now">,
  { id, platform }: MessagingAccount,
  event: Json,
  { envelope = "messaging", delayMs = 0 }: { envelope?: Envelope | undefined; delayMs?: number } = {},
): void {
  const field = Object.entries(fieldsOfChanges).find(([name]) => name in event)?.[1] ?? "messages";
  const entry = {
    id,
    time: now(),
    ...(envelope === "changes" && { changes: [{ field, value: event }] }),
    ...(envelope === "flat" && { field, value: event }),
    ...((envelope === "messaging" || envelope === "standby") && { [envelope]: [event] }),
  };
  const body = { object: platform === "messenger" ? "page" : "instagram", entry: [entry] };
  delivery.queueBody(escaped(body), { account: id, platform, delayMs });
}
