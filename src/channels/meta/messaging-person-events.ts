import type { ChannelUpdate, Content, InboundMessage, Party } from "../channel";
import { sha256Hex } from "../../kit/id";
import { defined, isRecord, textOf } from "../json";
import { byEither, type Json, type MessagingEvent, NATIVE_INBOXES, timeOf } from "./messaging-event";

/** Meta: Messenger and Instagram, the events other than messages. Pure. */

type Reader = (event: MessagingEvent, value: Json) => ChannelUpdate[] | undefined;

/** Undefined: no known event, or one that names nobody. */
export function eventOfPerson(event: MessagingEvent): ChannelUpdate[] | undefined {
  for (const [name, read] of Object.entries(READERS)) {
    const value = event.raw[name];
    if (isRecord(value)) return read(event, value);
  }
  return undefined;
}

const READERS: Record<string, Reader> = {
  postback: ofPerson((event, from, postback) => {
    const [payload, title] = [textOf(postback.payload), textOf(postback.title)];
    const content = { id: payload, text: title ?? payload, referral: recordIn(postback.referral) };
    const id = textOf(postback.mid) ?? derivedId("postback", event, postback);
    return [message(event, from, id, "postback", content)];
  }),
  reaction: ofPerson((event, person, { mid, action, emoji, reaction }) => {
    const { account, at, isOurs } = event;
    const target = textOf(mid);
    if (target === undefined) return undefined;
    const shown = action === "unreact" ? undefined : (textOf(emoji) ?? EMOJI_BY_WORD[textOf(reaction) ?? ""] ?? "❤️");
    const externalId = `reaction:${target}:${isOurs ? "us" : "them"}:${at}:${shown ?? ""}`;
    return [
      {
        kind: "reaction",
        account,
        ...byEither(event, person),
        externalId,
        at,
        target,
        ...(shown !== undefined && { emoji: shown }),
      },
    ];
  }),
  read: ofPerson(({ account, at }, to, { watermark, mid }) => {
    const upTo = timeOf(watermark);
    if (upTo !== undefined) return [{ kind: "watermark", account, to, status: "read", upTo, at: at || upTo }];
    const externalId = textOf(mid);
    // Whoever has read a message has read those before it.
    return externalId === undefined
      ? undefined
      : [{ kind: "status", account, to, externalId, status: "read", at, isWatermark: true }];
  }),
  delivery: ofPerson(({ account, at }, to, { watermark, mids }) => {
    const upTo = timeOf(watermark);
    const ids = (Array.isArray(mids) ? mids : []).flatMap((each) => textOf(each) ?? []);
    const time = at || (upTo ?? 0);
    return [
      ...ids.map((externalId): ChannelUpdate => ({
        kind: "status",
        account,
        to,
        externalId,
        status: "delivered",
        at: time,
      })),
      ...(upTo === undefined
        ? []
        : [{ kind: "watermark" as const, account, to, status: "delivered" as const, upTo, at: time }]),
    ];
  }),
  message_edit: ofPerson((event, person, { mid, text, num_edit }) => {
    const { account, at } = event;
    const [target, edited] = [textOf(mid), textOf(text)];
    if (target === undefined || edited === undefined) return undefined;
    const count = textOf(num_edit) ?? "";
    const number = /^\d{1,3}$/.test(count) ? Number(count) : 0;
    const externalId = `edit:${target}:${number}:${at}`;
    // Edits with one time are in the order of their numbers.
    return [
      {
        kind: "edit",
        account,
        ...byEither(event, person),
        externalId,
        at: at === 0 ? 0 : at + number,
        target,
        content: { text: edited },
      },
    ];
  }),
  referral: ofPerson((event, from, referral) => [noted(event, from, "referral", { referral }, referral)]),
  optin: (event, value) => {
    // The token allows further messages: it is a secret.
    const { notification_messages_token: _token, ...optin } = value;
    const { account, person, at } = event;
    if (person !== undefined)
      return [noted(event, person, "opt_in", { text: textOf(value.title) ?? textOf(value.ref), optin }, value)];
    // A checkbox names its page's visitor by a reference that no message can be sent to.
    return [{ kind: "account_event", subject: account, event: "optin", ...(at > 0 && { at }), value: optin }];
  },
  account_linking: ofPerson((event, from, value) => {
    const { authorization_code: _code, ...linking } = value;
    const isLinked = value.status === "linked";
    return [noted(event, from, isLinked ? "account_linked" : "account_unlinked", { linking }, value)];
  }),
  response_feedback: ofPerson((event, from, value) => [
    noted(event, from, "feedback", { text: textOf(value.feedback), feedback: value }, value),
  ]),
  order: ofPerson((event, from, order) => {
    const items = Array.isArray(order.products) ? order.products : [];
    const content = { items, text: textOf(order.note), source: recordIn(order.source) };
    return [message(event, from, derivedId("order", event, order), "order", content)];
  }),
  pass_thread_control: ofPerson(({ account, at }, to, { new_owner_app_id }) => [
    { kind: "thread_control", account, to, isOurs: !NATIVE_INBOXES.has(textOf(new_owner_app_id) ?? ""), at },
  ]),
  take_thread_control: ofPerson(({ account, at }, to) => [{ kind: "thread_control", account, to, isOurs: false, at }]),
  request_thread_control: ofPerson((event, from, value) => [
    noted(event, from, "thread_requested", { thread: value }, value),
  ]),
  policy_enforcement: ({ account, at }, value) => {
    const health = HEALTH_BY_ACTION[textOf(value.action) ?? ""];
    const said = { kind: "account_event" as const, subject: account, event: "policy_enforcement", value };
    if (!health) return [{ ...said, ...(at > 0 && { at }) }];
    const words = ["Meta's policies", textOf(value.action), textOf(value.reason)].filter(Boolean).join(": ");
    const report = { aspect: "standing" as const, text: words, health, needsAction: health !== "connected" };
    return [{ ...said, ...(at > 0 && { at }), change: { account, reports: [report] } }];
  },
  app_roles: ({ account, at }, value) => [
    { kind: "account_event", subject: account, event: "app_roles", ...(at > 0 && { at }), value },
  ],
};

const HEALTH_BY_ACTION: Record<string, "connected" | "degraded" | "disconnected"> = {
  warning: "degraded",
  block: "disconnected",
  unblock: "connected",
};

const EMOJI_BY_WORD: Record<string, string> = {
  love: "❤️",
  heart: "❤️",
  like: "👍",
  dislike: "👎",
  smile: "😆",
  haha: "😆",
  wow: "😮",
  sad: "😢",
  angry: "😠",
};

function ofPerson(read: (event: MessagingEvent, person: Party, value: Json) => ChannelUpdate[] | undefined): Reader {
  return (event, value) => (event.person === undefined ? undefined : read(event, event.person, value));
}

function message(
  { account, at, isStandby }: MessagingEvent,
  from: Party,
  externalId: string,
  type: InboundMessage["type"],
  content: Content,
): ChannelUpdate {
  const said = { externalId, at, type, content: defined(content), ...(isStandby && { isStandby: true as const }) };
  return { kind: "message", account, from, message: said };
}

/** Shows in the thread that the person did something other than write. */
const noted = (event: MessagingEvent, from: Party, name: string, content: Content, value: Json): ChannelUpdate =>
  message(event, from, derivedId(name, event, value), "system", { event: name, ...content });

/** For an event without an id: the same for a redelivery. */
const derivedId = (name: string, { person, at }: MessagingEvent, value: Json): string =>
  `${name}:${sha256Hex(JSON.stringify([person?.address, at, value])).slice(0, 32)}`;

const recordIn = (value: unknown): Json | undefined => (isRecord(value) ? value : undefined);
