import type { ChannelUpdate, DeliveryStatus } from "../channel";
import { defined } from "../json";
import { classifyStatusError } from "../meta/errors";
import { callPhaseOf } from "./call";
import { partyOf } from "./party";
import { statusPayload, type ContactPayload } from "./payload";
import { paymentUpdate } from "./payment";

/**
 * Meta: Cloud API webhooks, status messages. They arrive in any order, and `delivered` is omitted if a message is read
 * at once.
 */

const STATUS_BY_WORD: Record<string, DeliveryStatus> = {
  sent: "sent",
  delivered: "delivered",
  read: "read",
  // A voice note was listened to.
  played: "read",
  failed: "failed",
};

export function statusUpdate(account: string, raw: unknown, contacts: readonly ContactPayload[]): ChannelUpdate {
  const parsed = statusPayload.safeParse(raw);
  if (!parsed.success) return { kind: "unknown", account, reason: "status_without_id_or_time", raw };
  const {
    id,
    timestamp: at,
    biz_opaque_callback_data: messageId,
    pricing,
    conversation,
    errors,
    ...said
  } = parsed.data;
  if (said.recipient_type === "group") return { kind: "unknown", account, reason: "group_status", raw };
  const to = partyOf(
    { address: said.recipient_id, userId: said.recipient_user_id, parentUserId: said.recipient_parent_user_id },
    contacts,
  );
  if (to === undefined) return { kind: "unknown", account, reason: "status_without_recipient", raw };
  if (said.type === "payment")
    return paymentUpdate(account, to, { id, at, status: said.status, payment: said.payment });
  const phase = said.type === "call" ? callPhaseOf(said.status) : undefined;
  if (phase !== undefined) return { kind: "call", account, to, externalId: id, at, phase };
  // The person deleted a message.
  if (said.status === "deleted")
    return { kind: "revoke", account, from: to, externalId: `deleted:${id}`, at, target: id };
  const status = Object.hasOwn(STATUS_BY_WORD, said.status) ? STATUS_BY_WORD[said.status] : undefined;
  if (status === undefined) return { kind: "unknown", account, reason: "status_unknown", raw };
  const failure = status === "failed" ? classifyStatusError(errors)?.failure : undefined;
  return {
    kind: "status",
    account,
    to,
    externalId: id,
    status,
    at,
    ...(messageId !== undefined && { messageId }),
    ...(failure !== undefined && { failure }),
    ...(pricing !== undefined && {
      pricing: defined({
        billable: pricing.billable,
        category: pricing.category,
        type: pricing.type,
        model: pricing.pricing_model,
        origin: conversation?.origin?.type,
      }),
    }),
  };
}
