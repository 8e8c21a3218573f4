/** The customers' side: inbound messages, and the statuses that phones report. */
import { digitsOf, newMessageId } from "./ids.ts";
import { storeMedia } from "./media.ts";
import type { Simulation } from "./simulation.ts";
import { customerOf, firstNumber, numberOf } from "./state.ts";
import type { Customer, Json, PhoneNumber } from "./state.ts";
import type { BatchSplit, Change } from "./webhook.ts";
import { inboundValue, seconds, statusOf, statusValue } from "./webhook.ts";

export interface CustomerMessage {
  /** Phone number, digits. Absent for a customer known only by user id. */
  from?: string;
  /** Business-scoped user id; by default derived from the phone. */
  userId?: string;
  name?: string;
  username?: string;
  /** The receiving number; by default the first. */
  phoneNumberId?: string;
  /** In Meta's format: {type: "text", text: {body}}, {type: "image", image: {id, caption}}, … */
  message?: Json & { type: string };
  /** Short form of a text message. */
  text?: string;
  /** The message's `context`: {from, id} for a reply, {forwarded: true}. */
  context?: Json;
  referral?: Json;
  /** By default a new wamid. Repeating an id simulates a duplicate by Meta. */
  id?: string;
  /** Milliseconds; by default now. */
  at?: number;
}

export interface StatusUpdate {
  wamid: string;
  status: string;
  /** Error code of a failed status. */
  code?: number;
  at?: number;
}

export type BatchItem = CustomerMessage | StatusUpdate;

export interface Customers {
  /** Queues the webhook of one message. Returns its wamid. */
  say(message: CustomerMessage): string;
  /** Queues many messages and statuses as one delivery. Returns their wamids. */
  deliverBatch(items: BatchItem[], options?: { split?: BatchSplit }): string[];
  /** Queues these statuses of an accepted message, each as a webhook of its own, in this order. */
  emitStatuses(wamid: string, statuses: string[], options?: { code?: number }): void;
  /** Queues a webhook of any other field, for example message_template_status_update. */
  deliverChange(change: { field: string; value: Json; wabaId?: string }): void;
  /** Stores a customer's file. Returns the media id for a message. */
  uploadAsCustomer(bytes: Uint8Array, mimeType: string): Promise<string>;
}

interface Item {
  number: PhoneNumber;
  kind: "message" | "status";
  /** Absent on failed statuses. */
  customer?: Customer;
  content: Json & { id: string };
}

export function createCustomers(simulation: Simulation): Customers {
  const { state, delivery, now } = simulation;

  function inbound(input: CustomerMessage): Item {
    const phone = input.from === undefined ? undefined : digitsOf(input.from);
    if (!phone && !input.userId) throw new TypeError("A customer's message needs `from` or `userId`.");
    const message =
      input.message ?? (input.text === undefined ? undefined : { type: "text", text: { body: input.text } });
    if (typeof message?.type !== "string")
      throw new TypeError("A customer's message needs `message` with a `type`, or `text`.");
    const number = input.phoneNumberId ? numberOf(state, input.phoneNumberId) : firstNumber(state);
    const known = customerOf(state, { phone, userId: input.userId, name: input.name, username: input.username });
    // A customer who writes by user id alone hides the number, even if an earlier message had it.
    const { phone: _hidden, ...withoutPhone } = known;
    const customer = phone ? known : withoutPhone;
    const at = input.at ?? now();
    state.lastInboundAt.set(`${number.id}|${customer.userId}`, at);
    const id = input.id ?? newMessageId(phone ?? customer.userId, "inbound");
    if (message.type === "revoke")
      state.threads.delete(String((message.revoke as Json | undefined)?.original_message_id));
    else if (message.type !== "reaction") state.threads.set(id, `${number.id}|${customer.userId}`);
    const content = {
      ...(phone && { from: phone }),
      from_user_id: customer.userId,
      id,
      timestamp: seconds(at),
      ...withMediaFacts(message),
      ...(input.context && { context: input.context }),
      ...(input.referral && { referral: input.referral }),
    };
    return { number, kind: "message", customer, content };
  }

  /** Adds the file's type and digest, which Meta sends with the id (base64 here, hex from GET /{media_id}). */
  function withMediaFacts(message: Json & { type: string }): Json {
    const part = message[message.type] as Json | undefined;
    const media = typeof part?.id === "string" ? state.media.get(part.id) : undefined;
    if (!media) return message;
    return {
      ...message,
      [message.type]: { mime_type: media.mimeType, sha256: btoa(String.fromCharCode(...media.sha256)), ...part },
    };
  }

  function status(update: StatusUpdate): Item {
    const message = state.messages.findLast(({ wamid }) => wamid === update.wamid);
    if (!message) throw new RangeError(`No message ${update.wamid} was accepted.`);
    message.statuses.push(update.status);
    return {
      number: numberOf(state, message.phoneNumberId),
      kind: "status",
      ...(update.status !== "failed" && {
        customer: customerOf(state, { phone: message.to, userId: message.recipientUserId }),
      }),
      content: { ...statusOf(message, update.status, update.at ?? now(), update.code), id: message.wamid },
    };
  }

  /** Groups adjacent items of one number and kind into a change, unless `split` separates them. */
  function changesOf(items: Item[], split: BatchSplit): Change[] {
    const groups: Item[][] = [];
    for (const item of items) {
      const group = groups.find(
        ([first]) => split === "none" && first?.number === item.number && first.kind === item.kind,
      );
      if (group) group.push(item);
      else groups.push([item]);
    }
    return groups.flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const value = first.kind === "message" ? inboundValue : statusValue;
      const customers = group.flatMap(({ customer }) => customer ?? []);
      return [
        {
          wabaId: first.number.wabaId,
          field: "messages",
          value: value(
            first.number,
            customers,
            group.map(({ content }) => content),
          ),
        },
      ];
    });
  }

  function deliverBatch(items: BatchItem[], { split = "none" }: { split?: BatchSplit } = {}, delayMs = 0): string[] {
    const made = items.map((item) => ("wamid" in item ? status(item) : inbound(item)));
    delivery.queue(changesOf(made, split), { split, delayMs });
    return made.map(({ content }) => content.id);
  }

  return {
    say: (message) => deliverBatch([message])[0] ?? "",
    deliverBatch: (items, options) => deliverBatch(items, options),
    emitStatuses(wamid, statuses, { code } = {}) {
      // Spaced in time, so that parallel connections keep the requested order.
      statuses.forEach((name, index) => {
        deliverBatch([{ wamid, status: name, ...(code !== undefined && { code }) }], {}, index * 25);
      });
    },
    deliverChange({ field, value, wabaId }) {
      delivery.queue([{ wabaId: wabaId ?? firstNumber(state).wabaId, field, value }]);
    },
    uploadAsCustomer: async (bytes, mimeType) => (await storeMedia(simulation, bytes, mimeType)).id,
  };
}

/** Queues the statuses that follow an accepted message: sent, delivered, read; or failed with a code. */
export function queueStatuses(simulation: Simulation, wamid: string, failureCode?: number): void {
  const { state, delivery, faults, statusDelaysMs: delays, now } = simulation;
  const message = state.messages.findLast((candidate) => candidate.wamid === wamid);
  if (!message) return;
  const number = numberOf(state, message.phoneNumberId);
  const customer = customerOf(state, { phone: message.to, userId: message.recipientUserId });
  const steps: [status: string, delayMs: number][] =
    failureCode === undefined
      ? [
          ["sent", delays.sent],
          ["delivered", delays.delivered],
          ["read", delays.read],
        ]
      : [["failed", delays.sent]];
  // A reaction is reported as sent only. Meta: Cloud API, reaction messages.
  if (message.type === "reaction") steps.splice(1);
  const postDelays = steps.map(([, delayMs]) => delayMs);
  if (faults.current.reverseStatuses) postDelays.reverse();
  steps.forEach(([status, delayMs], index) => {
    message.statuses.push(status);
    const content = statusOf(message, status, now() + delayMs, failureCode);
    const value = statusValue(number, status === "failed" ? [] : [customer], [content]);
    delivery.queue([{ wabaId: number.wabaId, field: "messages", value }], { delayMs: postDelays[index] ?? 0 });
  });
}
