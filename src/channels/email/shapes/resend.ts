import { isRecord, textOf } from "../../json";
import type { ChannelFailure, Suppression } from "../../channel";
import { foldAddress } from "../address";
import type { MailStatus } from "../mail";

/** Resend: JSON events, signed as Standard Webhooks. A received mail is only announced. */

/** The mail to fetch, and the addresses that it was sent to; undefined for another event. */
export function resendAnnouncement(payload: Record<string, unknown>): { id: string; recipients: string[] } | undefined {
  const data = isRecord(payload.data) ? payload.data : {};
  const id = textOf(data.email_id);
  if (payload.type !== "email.received" || id === undefined) return undefined;
  const listed = [data.received_for, data.to, data.cc, data.bcc].flatMap((each) => (Array.isArray(each) ? each : []));
  return { id, recipients: listed.flatMap((each: unknown) => textOf(each) ?? []) };
}

const STATUSES: Record<string, MailStatus["status"]> = {
  "email.sent": "sent",
  "email.delivered": "delivered",
  "email.opened": "read",
  // Only what has arrived is complained about.
  "email.complained": "delivered",
  "email.bounced": "failed",
  "email.failed": "failed",
  "email.suppressed": "failed",
};

/** `undefined`: it is no event of Resend; empty: one that changes no status. */
export function resendEvents(payload: Record<string, unknown>): MailStatus[] | undefined {
  const type = textOf(payload.type) ?? "";
  const data = isRecord(payload.data) ? payload.data : undefined;
  if (!type.startsWith("email.") || !data) return undefined;
  const status = STATUSES[type];
  const id = textOf(data.email_id);
  if (status === undefined || id === undefined) return [];
  // An object, or the list that was sent.
  const tags = Array.isArray(data.tags)
    ? Object.fromEntries(data.tags.filter(isRecord).map(({ name, value }) => [textOf(name) ?? "", value]))
    : isRecord(data.tags)
      ? data.tags
      : {};
  const reference = textOf(tags.message)?.replace("_", ".");
  const messageId = textOf(data.message_id)?.replaceAll(/[<>]/g, "");
  return [
    {
      externalId: id,
      ...(reference !== undefined && { reference }),
      messageIds: messageId === undefined ? [] : [messageId],
      status,
      at: Date.parse(textOf(payload.created_at) ?? ""),
      ...(status === "failed" && { failure: failureOf(type, data) }),
      ...(type === "email.complained" && suppressionOf(data, "complaint")),
    },
  ];
}

/** The event does not say which of several recipients it is about. */
function suppressionOf(
  { to, cc, bcc }: Record<string, unknown>,
  reason: Suppression["reason"],
): { suppresses?: Suppression } {
  const [address, ...others] = [to, cc, bcc]
    .flatMap((each) => (Array.isArray(each) ? each : []))
    .flatMap((each: unknown) => textOf(each) ?? []);
  return address === undefined || others.length > 0 ? {} : { suppresses: { address: foldAddress(address), reason } };
}

function failureOf(type: string, data: Record<string, unknown>): ChannelFailure {
  const [bounce] = [data.bounce, data.failed, data.suppressed].filter(isRecord);
  const words = textOf(bounce?.message) ?? textOf(bounce?.reason) ?? "It could not be delivered";
  const to = Array.isArray(data.to) ? (textOf(data.to[0]) ?? "") : "";
  // A full mailbox may have room tomorrow.
  const isGone = type === "email.suppressed" || (type === "email.bounced" && bounce?.type === "Permanent");
  return {
    code: textOf(bounce?.subType) ?? type.replace("email.", ""),
    title: `${to}: ${words}`.slice(0, 500),
    ...(isGone && suppressionOf(data, "bounce")),
  };
}
