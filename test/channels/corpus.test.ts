import { describe, expect, inject, it } from "vitest";
import { FAILURE_CLASSES, type ChannelUpdate } from "../../src/channels/channel";
import { classify, isGraphError } from "../../src/channels/meta/errors";
import { verifySignature } from "../../src/channels/meta/signature";
import { parse } from "../../src/channels/whatsapp/inbound";

/** Payloads that others wrote: the parser's updates are compared with the raw JSON, read in another way than by the parser. */

declare module "vitest" {
  interface ProvidedContext {
    corpus: Record<string, Record<string, string>>;
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- the corpus is read as loosely as it was written
type Loose = any;

const corpus = inject("corpus") ?? {};
const folder = (name: string): [string, string][] => Object.entries(corpus[name] ?? {});
const json = (text: string): Loose => JSON.parse(text) as Loose;
const list = (value: unknown): Loose[] => (Array.isArray(value) ? (value as Loose[]) : []);

/** The kind that each part should have: one word for each message, status, error and other change, in order. */
function expectedKinds(delivery: Loose): string[] {
  if (!Array.isArray(delivery.entry)) return ["unknown"];
  return list(delivery.entry).flatMap((entry) =>
    list(entry.changes).flatMap(({ field, value }: Loose): string[] => {
      if (typeof value !== "object") return ["unknown"];
      if (field === "user_preferences") return list(value.user_preferences).map(() => "marketing_choice");
      if (field === "smb_message_echoes")
        return list(value.message_echoes).map(({ type }) => (["edit", "revoke"].includes(type) ? type : "echo"));
      if (field === "calls") return [...list(value.calls), ...list(value.statuses)].map(() => "call");
      if (field !== undefined && field !== "messages") return ["account_event"];
      const parts = [
        ...list(value.messages).map((message) => messageKind(message, list(value.contacts))),
        ...list(value.statuses).map((status) =>
          /^\d+$/.test(`${status.timestamp}`)
            ? `status:${status.status === "played" ? "read" : status.status}`
            : "unknown",
        ),
        ...list(value.errors).map(() => "account_event"),
      ];
      return parts.length > 0 ? parts : ["unknown"];
    }),
  );
}

function messageKind(message: Loose, contacts: Loose[]): string {
  const named = message.from || message.from_user_id || contacts[0]?.wa_id || contacts[0]?.user_id;
  if (!message.id || !/^\d+$/.test(`${message.timestamp}`) || message.group_id || !named) return "unknown";
  if (message.type === "reaction") return `reaction:${message.reaction.emoji ? "set" : "taken"}`;
  if (message.type === "system" && /changed/.test(`${message.system.type}`)) return "address_changed";
  const type =
    message.type ?? Object.keys(message as object).find((key) => ["text", "location", "image"].includes(key));
  const known = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "order",
    "system",
  ];
  return `message:${known.includes(type as string) ? type : "unsupported"}`;
}

function kindOf(update: ChannelUpdate): string {
  switch (update.kind) {
    case "message":
      return `message:${update.message.type}`;
    case "status":
      return `status:${update.status}`;
    case "reaction":
      return `reaction:${update.emoji === undefined ? "taken" : "set"}`;
    default:
      return update.kind;
  }
}

/** The words of a person, wherever the raw message has them. */
function wordsOf(message: Loose): string | undefined {
  const interactive = message.interactive?.button_reply ?? message.interactive?.list_reply;
  return message.text?.body ?? message[message.type as string]?.caption ?? message.button?.text ?? interactive?.title;
}

function expectFaithful(delivery: Loose): void {
  const updates = parse(delivery);
  // A number that changed to what is not a number is a sample with its placeholders left in: it says nothing about the address.
  const kinds = expectedKinds(delivery);
  const placeholder = JSON.stringify(delivery).includes("NEW_PHONE_NUMBER_ID");
  expect(updates.map(kindOf)).toEqual(placeholder ? ["message:system"] : kinds);

  const values = list(delivery.entry).flatMap((entry) => list(entry.changes).map((change) => change.value as Loose));
  const raw = new Map<string, Loose>(
    values.flatMap((value) => list(value?.messages)).map((message) => [`${message.id}|${message.timestamp}`, message]),
  );
  for (const update of updates) {
    if (update.kind !== "message") continue;
    const { message, from } = update;
    const source = raw.get(`${message.externalId}|${message.at / 1000}`);
    expect(source).toBeDefined();
    expect(message.content.text ?? message.content.caption).toEqual(wordsOf(source) ?? message.content.text);
    expect(message.replyTo).toBe(source.context?.id);
    expect(message.files?.[0]?.externalId).toBe(
      source[source.type as string]?.id && message.type !== "location" ? source[source.type as string].id : undefined,
    );
    if (/^\d+$/.test(`${source.from}`)) expect(from.address).toBe(`+${source.from}`);
    if (source.from_user_id) expect(from.userId).toBe(source.from_user_id);
  }
}

describe("deliveries of WhatsApp", () => {
  it.skipIf(folder("whatsapp").length === 0)("say what their JSON says", () => {
    for (const [name, text] of folder("whatsapp")) {
      try {
        expectFaithful(json(text));
      } catch (error) {
        throw new Error(name, { cause: error });
      }
    }
  });

  it.skipIf(folder("whatsapp-fragments").length === 0)("in part say what their JSON says", () => {
    for (const [name, text] of folder("whatsapp-fragments")) {
      const fragment = json(text);
      const value = fragment.messages || fragment.statuses ? fragment : { messages: [fragment] };
      const whole = {
        entry: [{ id: "1", changes: [{ field: "messages", value: { metadata: { phone_number_id: "9" }, ...value } }] }],
      };
      try {
        expectFaithful(whole);
      } catch (error) {
        throw new Error(name, { cause: error });
      }
    }
  });

  it.skipIf(folder("whatsapp").length === 0)("never throw, cut off anywhere", () => {
    for (const [, text] of folder("whatsapp")) {
      const whole = json(text);
      for (const key of ["entry", "changes", "value", "messages", "contacts", "text", "profile", "timestamp", "id"]) {
        for (const put of [null, 0, "", [], {}, [[]]]) {
          const broken = JSON.parse(
            JSON.stringify(whole, (at, value: unknown) => (at === key ? put : value)),
          ) as unknown;
          expect(Array.isArray(parse(broken))).toBe(true);
        }
      }
    }
  });
});

describe("errors of Graph", () => {
  it.skipIf(folder("graph").length === 0)("have one class each, of the right kind", () => {
    let count = 0;
    for (const [name, text] of folder("graph")) {
      const body = json(text);
      if (!isGraphError(body)) continue;
      count += 1;
      const status = Number(/response(\d{3})/.exec(name)?.[1] ?? 400);
      const { failureClass, failure } = classify(status, body);
      expect(FAILURE_CLASSES).toContain(failureClass);
      expect(failure.code).toBe(`${body.error.code}`);
      expect(failure.title, name).not.toBe("");
      if (body.error.code === 190) expect(failureClass, name).toBe("reauth");
      if (status === 429) expect(failureClass, name).toBe("throttled");
      if (status >= 500) expect(failureClass, name).toBe("transient");
      if (status === 403) expect(failureClass, name).toBe("forbidden");
      if ([404, 409, 422].includes(status)) expect(failureClass, name).toBe("invalid");
    }
    expect(count).toBeGreaterThan(100);
  });
});

describe("signed deliveries", () => {
  const vectors = folder("vectors").filter(([, text]) => "x_hub_signature_256" in json(text));
  it.skipIf(vectors.length === 0)("verify, and fail when one byte changes", async () => {
    for (const [, text] of vectors) {
      const { app_secret: secret, body, x_hub_signature_256: header } = json(text) as Record<string, string>;
      const bytes = new TextEncoder().encode(body);
      expect(await verifySignature(bytes, header ?? "", [secret ?? ""])).toBe(true);
      for (let at = 0; at < bytes.length; at += 37) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(await verifySignature(changed, header ?? "", [secret ?? ""])).toBe(false);
      }
    }
  });

  it.skipIf(folder("vectors").length === 0)("with SHA-1 are refused", async () => {
    for (const [, text] of folder("vectors")) {
      const { app_secret: secret, body, x_hub_signature: header } = json(text) as Record<string, string>;
      if (header === undefined) continue;
      expect(await verifySignature(new TextEncoder().encode(body), header, [secret ?? ""])).toBe(false);
    }
  });
});
