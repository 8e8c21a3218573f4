/** How each channel says the same: what people write, what becomes of our messages, and which of them it has got. */
import type { GraphSimulator } from "../../simulators/graph/app.ts";
import { type Platform, personOf } from "../../simulators/graph/messaging-state.ts";
import { escaped, signatureOf } from "../../simulators/graph/webhook.ts";
import type { MailSimulator } from "../../simulators/mail/app.ts";
import { composeMail } from "../../simulators/mail/compose.ts";
import { deliveryOf, type Inbound, type Status } from "./traffic.ts";

export const PHONE_NUMBER_ID = "106540352242922";
const PAGE_ID = "111899832631525";
const INSTAGRAM_ID = "17841400000000001";
export const MAIL_ADDRESS = "support@trial.test";
export const INBOUND_SECRET = "trial-inbound-secret";

/** The simulators around the platform. */
export interface World {
  graph: GraphSimulator;
  mail: MailSimulator;
  appSecret: string;
}

export interface Delivery {
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** A message that the channel has accepted from us. */
export interface Sent {
  id: string;
  to: string;
  text: string;
  /** Our reference, which the channel returns. */
  reference: string;
}

export interface TrialChannel {
  name: "whatsapp" | "instagram" | "messenger" | "email";
  /** The share of a trial's load: differences between channels show in a small one. */
  load: number;
  /** Whether people have names only in their profiles, which are asked for in the background. */
  hasProfiles: boolean;
  /** The `config` of its account. */
  config: Record<string, string>;
  /** The statuses that a message of ours can reach, lowest first. */
  ticks: readonly Status["status"][];
  /** The key of the thread with a person. */
  threadKey(from: string): string;
  /** The id by which the platform knows what a person wrote. */
  externalId(id: string): string;
  /** The deliveries that say this: usually one, but a delivery of email has one mail. */
  deliveries(items: readonly (Inbound | Status)[], world: World): Promise<Delivery[]>;
  sent(world: World): Sent[];
}

const isMessage = (item: Inbound | Status): item is Inbound => "from" in item;

async function signed(path: string, body: string, { appSecret }: World): Promise<Delivery> {
  const signature = await signatureOf(body, appSecret);
  return { path, headers: { "content-type": "application/json", "x-hub-signature-256": signature }, body };
}

const whatsapp: TrialChannel = {
  name: "whatsapp",
  load: 1,
  hasProfiles: false,
  config: { phone_number_id: PHONE_NUMBER_ID, waba_id: "102290129340398", access_token: "trial-token" },
  ticks: ["sent", "delivered", "read"],
  threadKey: (from) => `+${from}`,
  externalId: (id) => id,
  deliveries: async (items, world) => [await signed("/webhook", deliveryOf(PHONE_NUMBER_ID, items), world)],
  sent: ({ graph }) =>
    graph.state.messages.map(({ wamid, to = "", body, biz_opaque_callback_data: reference = "" }) => ({
      id: wamid,
      to,
      text: (body.text as { body: string }).body,
      reference,
    })),
};

function messaging(name: Platform, account: string, config: Record<string, string>): TrialChannel {
  const receiptOf = ({ id, to, status, at, reference }: Status): object => {
    const fromPerson = { sender: { id: to }, recipient: { id: account }, timestamp: at };
    switch (status) {
      case "delivered":
        return { ...fromPerson, delivery: { mids: [id], watermark: at } };
      case "read":
        return { ...fromPerson, read: name === "messenger" ? { watermark: at } : { mid: id } };
      default: {
        const message = { mid: id, is_echo: true, text: "answer", ...(reference && { metadata: reference }) };
        return { sender: { id: account }, recipient: { id: to }, timestamp: at, message };
      }
    }
  };
  return {
    name,
    load: 0.2,
    hasProfiles: true,
    config: { ...config, access_token: "trial-token" },
    // Instagram reports no delivery.
    ticks: name === "messenger" ? ["sent", "delivered", "read"] : ["sent", "read"],
    threadKey: (from) => from,
    externalId: (id) => id,
    deliveries: async (items, world) => {
      for (const { from } of items.filter(isMessage)) personOf(world.graph.state, name, from);
      const events = items.map((item) =>
        isMessage(item)
          ? {
              sender: { id: item.from },
              recipient: { id: account },
              timestamp: item.at,
              message: { mid: item.id, text: item.text },
            }
          : receiptOf(item),
      );
      const object = name === "messenger" ? "page" : "instagram";
      const body = escaped({ object, entry: [{ id: account, time: Date.now(), messaging: events }] });
      return [await signed(`/webhook/${name}`, body, world)];
    },
    sent: ({ graph }) =>
      graph.state.messaging.messages
        .filter(({ from }) => from === "app")
        .map(({ mid, person, text = "", body }) => ({
          id: mid,
          to: person,
          text,
          reference: (body?.message as { metadata?: string } | undefined)?.metadata ?? "",
        })),
  };
}

const mailbox = (from: string): string => `${from}@customer.test`;

const email: TrialChannel = {
  name: "email",
  load: 0.2,
  hasProfiles: false,
  config: { address: MAIL_ADDRESS, provider: "resend", api_key: "trial-key", inbound_secret: INBOUND_SECRET },
  ticks: ["sent", "delivered"],
  threadKey: (from) => `thread.${from}@customer.test`,
  externalId: (id) => `${id}@customer.test`,
  async deliveries(items) {
    return items.map((item) => {
      if (isMessage(item)) return mailDelivery(item);
      const body = {
        type: `email.${item.status}`,
        created_at: new Date(item.at).toISOString(),
        data: { email_id: item.id, from: MAIL_ADDRESS, to: [mailbox(item.to)], tags: { message: item.reference } },
      };
      return {
        path: `/webhook/email?account=${MAIL_ADDRESS}&secret=${INBOUND_SECRET}`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      };
    });
  },
  sent: ({ mail }) =>
    mail.state.sent.map(({ id, to, text, reference }) => ({
      id,
      to: to[0]!.replace("@customer.test", ""),
      text,
      reference,
    })),
};

/** The first mail of a thread answers one that nobody sends, so that the thread's key does not depend on the order. */
function mailDelivery({ from, id, at, text }: Inbound): Delivery {
  const { raw } = composeMail(
    {
      from: mailbox(from),
      to: MAIL_ADDRESS,
      subject: `Matter of ${from}`,
      text,
      messageId: `<${email.externalId(id)}>`,
      references: [`<${email.threadKey(from)}>`],
    },
    at,
  );
  return rawDelivery(raw);
}

export const rawDelivery = (raw: string): Delivery => ({
  path: `/webhook/email/${MAIL_ADDRESS}/${INBOUND_SECRET}`,
  headers: { "content-type": "message/rfc822" },
  body: raw,
});

export const CHANNELS = {
  whatsapp,
  instagram: messaging("instagram", INSTAGRAM_ID, { instagram_id: INSTAGRAM_ID, username: "trial.shop" }),
  messenger: messaging("messenger", PAGE_ID, { page_id: PAGE_ID, page_name: "Trial shop" }),
  email,
};
