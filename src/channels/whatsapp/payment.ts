import type { ChannelUpdate, Party } from "../channel";
import { defined, isRecord, textOf } from "../json";
import { amountPayload, paymentPayload } from "./payload";

/** Meta: WhatsApp payments. We store the words and the payload, and settle nothing by them. */

/** A status of type `payment`: a payment for an order that the business sent, as a message of the thread. */
export function paymentUpdate(
  account: string,
  from: Party,
  { id, at, status, payment: raw }: { id: string; at: number; status: string; payment: unknown },
): ChannelUpdate {
  const parsed = paymentPayload.safeParse(raw);
  const { reference_id: reference, amount, currency, transaction } = parsed.success ? parsed.data : {};
  const parts = [
    amountOf(amount, currency),
    reference && `reference ${reference}`,
    transaction?.error && (transaction.error.reason ?? transaction.error.code),
  ].filter((part) => part !== undefined && part !== "");
  return {
    kind: "message",
    account,
    from,
    message: {
      // The id is that of the order's message in some countries, so it does not identify the status alone.
      externalId: ["payment", id, status, transaction?.id, at].filter((part) => part !== undefined).join(":"),
      at,
      type: "system",
      content: defined({
        event: "payment",
        status,
        text: [`Payment ${status}`, ...parts].join(", "),
        payment: isRecord(raw) ? raw : undefined,
      }),
    },
  };
}

/** The total, reference and status of an order that the business sent. */
export function orderText(parameters: Record<string, unknown> | undefined): string | undefined {
  const { reference_id, total_amount, currency, order, payment } = parameters ?? {};
  const [reference, status] = [textOf(reference_id), isRecord(order) ? textOf(order.status) : undefined];
  const paid = isRecord(payment) ? textOf(payment.status) : undefined;
  const parts = [
    reference && `Order ${reference}`,
    amountOf(total_amount, textOf(currency)),
    status,
    paid && `payment ${paid}`,
  ].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** An amount in units of `1 / offset`: `210.00 INR`. */
function amountOf(amount: unknown, currency: string | undefined): string | undefined {
  const parsed = amountPayload.safeParse(amount);
  if (!parsed.success) return undefined;
  const { value, offset = 1 } = parsed.data;
  const text = (value / offset).toFixed(Math.min(Math.round(Math.log10(offset)), 6));
  return currency === undefined ? text : `${text} ${currency}`;
}
