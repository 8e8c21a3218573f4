import { describe, expect, inject, it } from "vitest";
import type { ChannelUpdate } from "../../src/channels/channel";
import { parseMessaging } from "../../src/channels/meta/messaging-events";

/** Payloads of Messenger and Instagram that others wrote: the updates are compared with the raw JSON, read in another way. */

// oxlint-disable-next-line typescript/no-explicit-any -- the corpus is read as loosely as it was written
type Loose = any;

const corpus = inject("corpus") ?? {};
const files = (name: string): [string, Loose][] =>
  Object.entries(corpus[name] ?? {}).map(([file, text]) => [file, JSON.parse(text)]);
const list = (value: unknown): Loose[] => (Array.isArray(value) ? (value as Loose[]) : []);
const OBJECTS = { messenger: "page", instagram: "instagram" } as const;

const eventsOf = (delivery: Loose): { entry: Loose; event: Loose }[] =>
  list(delivery.entry).flatMap((entry) =>
    [...list(entry.messaging), ...list(entry.standby), ...list(entry.changes).map(({ value }) => value as Loose)].map(
      (event) => ({ entry, event: event as Loose }),
    ),
  );

const KINDS: Record<string, string[]> = {
  postback: ["message:postback"],
  reaction: ["reaction"],
  referral: ["message:system"],
  account_linking: ["message:system"],
  pass_thread_control: ["thread_control"],
  message_edit: ["edit"],
};

/** The kinds that an event should have. */
function expectedKinds({ sender, message, optin, read, delivery, ...event }: Loose): string[] {
  if (!sender?.id) return optin ? ["account_event"] : ["unknown"];
  if (message) {
    if (!message.mid) return ["unknown"];
    if (message.is_deleted) return ["revoke"];
    return [message.is_echo ? "echo" : `message:${typeOf(message)}`];
  }
  if (optin) return ["message:system"];
  if (read) return [read.mid ? "status:read" : "watermark:read"];
  if (delivery) return [...list(delivery.mids).map(() => "status:delivered"), "watermark:delivered"];
  return Object.entries(KINDS).find(([name]) => name in event)?.[1] ?? ["unknown"];
}

function typeOf({ text, attachments, quick_reply: chosen, reply_to: reply }: Loose): string {
  if (reply?.story) return "story_reply";
  const kind = attachments?.[0]?.type as string | undefined;
  if (kind === undefined) return chosen ? "quick_reply" : text ? "text" : "unsupported";
  if (kind === "file") return "document";
  if (["share", "reel", "ig_reel", "ig_post", "post", "fallback", "ig_story", "story"].includes(kind)) return "share";
  return ["image", "video", "audio", "location", "story_mention"].includes(kind) ? kind : "unsupported";
}

const kindOf = (update: ChannelUpdate): string =>
  update.kind === "message"
    ? `message:${update.message.type}`
    : update.kind === "status" || update.kind === "watermark"
      ? `${update.kind}:${update.status}`
      : update.kind;

function expectFaithful(delivery: Loose, updates: readonly ChannelUpdate[]): void {
  const events = eventsOf(delivery);
  expect(updates.map(kindOf)).toEqual(
    events.length > 0 ? events.flatMap(({ event }) => expectedKinds(event)) : ["unknown"],
  );
  const byMid = new Map(events.map((each) => [each.event.message?.mid as string, each]));
  for (const update of updates) {
    if (update.kind !== "message" && update.kind !== "echo") continue;
    const found = byMid.get(update.message.externalId);
    if (!found) continue;
    const { entry, event } = found;
    const { content, files: kept, replyTo } = update.message;
    expect(update.account).toBe(`${entry.id}` === "0" ? event.recipient.id : `${entry.id}`);
    const person = "from" in update ? update.from : update.to;
    expect(person.address).toBe(update.kind === "echo" ? event.recipient.id : event.sender.id);
    const said = [
      event.message.text,
      ...list(event.message.attachments).map(({ title, payload }) => payload?.title ?? title),
    ];
    expect(content.text ?? content.caption).toBe(said.find((each) => each !== undefined));
    expect(replyTo).toBe(event.message.reply_to?.mid);
    for (const { externalId } of kept ?? []) expect(JSON.stringify(event)).toContain(externalId);
    const stamp = `${event.timestamp ?? entry.time}`;
    const at = /^\d+$/.test(stamp) ? Number(stamp) : Date.parse(stamp);
    expect(update.message.at).toBe(at > 0 && at < 1e11 ? at * 1000 : at);
  }
}

for (const [name, object] of Object.entries(OBJECTS))
  describe(`deliveries of ${name}`, () => {
    const found = files(name);

    it.skipIf(found.length === 0)("say what their JSON says", () => {
      for (const [file, delivery] of found) {
        try {
          expectFaithful(delivery, parseMessaging(object, delivery));
        } catch (error) {
          throw new Error(file, { cause: error });
        }
      }
    });

    it.skipIf(found.length === 0)("never throw, cut off anywhere", () => {
      const keys = [
        "entry",
        "messaging",
        "sender",
        "recipient",
        "message",
        "mid",
        "text",
        "attachments",
        "payload",
        "timestamp",
      ];
      for (const [, delivery] of found)
        for (const key of keys)
          for (const put of [null, 0, "", [], {}, [[]], [null]]) {
            const broken = JSON.parse(
              JSON.stringify(delivery, (at, value: unknown) => (at === key ? put : value)),
            ) as unknown;
            expect(Array.isArray(parseMessaging(object, broken))).toBe(true);
          }
    });
  });
