import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChannelUpdate } from "../../src/channels/channel";
import { parse } from "../../src/channels/whatsapp/inbound";

const ACCOUNT = "100200300";
const FROM = { address: "+628111", userId: "ID.abc", name: "Ani", username: "ani" };
const CONTACTS = [{ profile: { name: "Ani", username: "ani" }, wa_id: "628111", user_id: "ID.abc" }];

function delivery(value: Record<string, unknown>, field: unknown = "messages") {
  const metadata = { display_phone_number: "62800", phone_number_id: ACCOUNT };
  return {
    object: "whatsapp_business_account",
    entry: [{ id: "waba", time: 1_760_000_000, changes: [{ field, value: { metadata, ...value } }] }],
  };
}

function said(message: Record<string, unknown>, contacts: unknown = CONTACTS): ChannelUpdate {
  const [update, ...others] = parse(
    delivery({ contacts, messages: [{ id: "wamid.1", timestamp: "1760000001", from: "628111", ...message }] }),
  );
  expect(others).toEqual([]);
  if (update === undefined) throw new Error("no update");
  return update;
}

function heard(message: Record<string, unknown>) {
  const update = said(message);
  if (update.kind !== "message") throw new Error(`${update.kind}: ${JSON.stringify(update)}`);
  expect(update).toMatchObject({
    account: ACCOUNT,
    from: FROM,
    message: { externalId: "wamid.1", at: 1_760_000_001_000 },
  });
  return update.message;
}

describe("messages of every type", () => {
  const messages: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ["text", { text: { body: "Hi" } }, { type: "text", content: { text: "Hi" } }],
    [
      "image",
      { image: { id: 77, mime_type: "image/jpeg", sha256: "s", caption: "Look" } },
      {
        type: "image",
        content: { caption: "Look", mime_type: "image/jpeg", sha256: "s" },
        files: [{ externalId: "77", mimeType: "image/jpeg", sha256: "s" }],
      },
    ],
    [
      "document",
      { document: { id: "d", mime_type: "application/pdf", filename: "a.pdf", caption: "" } },
      {
        type: "document",
        content: { mime_type: "application/pdf", file_name: "a.pdf" },
        files: [{ externalId: "d", mimeType: "application/pdf", fileName: "a.pdf" }],
      },
    ],
    [
      "audio",
      { audio: { id: "a", voice: true } },
      { type: "audio", content: { voice: true }, files: [{ externalId: "a" }] },
    ],
    ["audio", { audio: { id: "a", voice: false } }, { type: "audio", content: {}, files: [{ externalId: "a" }] }],
    ["voice", { voice: { id: "a" } }, { type: "audio", content: { voice: true }, files: [{ externalId: "a" }] }],
    ["video", { video: { id: "v" } }, { type: "video", content: {}, files: [{ externalId: "v" }] }],
    [
      "sticker",
      { sticker: { id: "s", animated: true } },
      { type: "sticker", content: { animated: true }, files: [{ externalId: "s" }] },
    ],
    [
      "location",
      { location: { latitude: -6.2, longitude: "106.8", name: "Shop", address: null } },
      { type: "location", content: { latitude: -6.2, longitude: 106.8, name: "Shop", text: "Shop" } },
    ],
    [
      "contacts",
      { contacts: [{ name: { formatted_name: "Budi" } }, { phones: [{ phone: "+1" }] }] },
      {
        type: "contacts",
        content: { contacts: [{ name: { formatted_name: "Budi" } }, { phones: [{ phone: "+1" }] }], text: "Budi\n+1" },
      },
    ],
    [
      "contacts",
      {
        contacts: [
          {
            name: { first_name: "Budi", last_name: "S" },
            org: { company: "Acme" },
            phones: [{ phone: "+62 812", wa_id: "62812" }, { wa_id: "62813" }],
            emails: [{ email: "budi@example.com" }],
            vcard: "BEGIN",
          },
        ],
      },
      {
        type: "contacts",
        content: {
          contacts: [expect.objectContaining({ vcard: "BEGIN" })],
          text: "Budi S, Acme, +62 812, 62813, budi@example.com",
        },
      },
    ],
    [
      "interactive",
      { interactive: { type: "button_reply", button_reply: { id: "yes", title: "Yes" } } },
      { type: "interactive", content: { kind: "button_reply", id: "yes", title: "Yes", text: "Yes" } },
    ],
    [
      "interactive",
      { interactive: { type: "list_reply", list_reply: { id: "1", title: "One", description: "First" } } },
      {
        type: "interactive",
        content: { kind: "list_reply", id: "1", title: "One", description: "First", text: "One" },
      },
    ],
    [
      "interactive",
      { interactive: { type: "nfm_reply", nfm_reply: { name: "flow", body: "Sent", response_json: '{"a":1}' } } },
      { type: "interactive", content: { kind: "nfm_reply", name: "flow", text: "Sent", response: { a: 1 } } },
    ],
    [
      "interactive",
      { interactive: { type: "nfm_reply", nfm_reply: { name: "flow", body: "Sent", response_json: "{broken" } } },
      { type: "interactive", content: { kind: "nfm_reply", name: "flow", text: "Sent", response: "{broken" } },
    ],
    [
      "interactive",
      {
        interactive: {
          type: "call_permission_reply",
          call_permission_reply: {
            response: "accept",
            expiration_timestamp: 1_760_000_000,
            response_source: "user_action",
          },
        },
      },
      {
        type: "interactive",
        content: {
          kind: "call_permission_reply",
          response: "accept",
          response_source: "user_action",
          expires_at: "2025-10-09T08:53:20.000Z",
          text: "Calls allowed until 2025-10-09T08:53:20.000Z",
        },
      },
    ],
    [
      "interactive",
      { interactive: { type: "call_permission_reply", call_permission_reply: { response: "reject" } } },
      {
        type: "interactive",
        content: { kind: "call_permission_reply", response: "reject", text: "Calls not allowed" },
      },
    ],
    [
      "interactive",
      {
        interactive: {
          type: "payment_method",
          payment_method: { payment_method: "offsite_card_pay", last_four_digits: "5235", reference_id: "INV-7" },
        },
      },
      {
        type: "interactive",
        content: {
          kind: "payment_method",
          payment_method: { payment_method: "offsite_card_pay", last_four_digits: "5235", reference_id: "INV-7" },
          text: "Payment by offsite_card_pay, card ending in 5235, reference INV-7",
        },
      },
    ],
    ...["[".repeat(33) + "]".repeat(33), JSON.stringify("x".repeat(64 * 1024))].map(
      (response_json): [string, Record<string, unknown>, Record<string, unknown>] => [
        "interactive",
        { interactive: { type: "nfm_reply", nfm_reply: { name: "flow", body: "Sent", response_json } } },
        { type: "interactive", content: { kind: "nfm_reply", name: "flow", text: "Sent", response: response_json } },
      ],
    ),
    [
      "button",
      { button: { payload: "P", text: "Press" } },
      { type: "button", content: { payload: "P", text: "Press" } },
    ],
    [
      "order",
      { order: { catalog_id: 5, text: "Please", product_items: [{ product_retailer_id: "p", quantity: 2 }] } },
      {
        type: "order",
        content: { catalog_id: "5", text: "Please", items: [{ product_retailer_id: "p", quantity: 2 }] },
      },
    ],
    [
      "system",
      { system: { type: "customer_identity_changed", body: "Changed" } },
      { type: "system", content: { event: "customer_identity_changed", text: "Changed" } },
    ],
  ];
  for (const [type, body, expected] of messages) {
    it(`${type}: ${JSON.stringify(body).slice(0, 80)}`, () => {
      const { externalId, at, ...message } = heard({ type, ...body });
      expect([externalId, at]).toEqual(["wamid.1", 1_760_000_001_000]);
      expect(message).toEqual(expected);
    });
  }

  it("recognises a message that does not name its type", () => {
    expect(heard({ text: { body: "Hi" } })).toMatchObject({ type: "text", content: { text: "Hi" } });
  });

  it("keeps what it does not know, with its text and errors", () => {
    const unsupported = {
      type: "unsupported",
      errors: [{ code: 131051, title: "Unsupported", error_data: { details: "Not supported" } }],
    };
    expect(heard(unsupported)).toMatchObject({
      type: "unsupported",
      content: { errors: [{ code: "131051", title: "Unsupported", detail: "Not supported" }] },
      raw: unsupported,
    });
    for (const type of ["ephemeral", "constructor", "__proto__"]) {
      expect(heard({ type, text: { body: "Hi" } })).toMatchObject({
        type: "unsupported",
        content: { original_type: type, text: "Hi" },
        raw: { type },
      });
    }
    for (const broken of [
      { type: "text", text: { body: 5 } },
      { type: "image", image: "x" },
      { type: "location", location: { latitude: null } },
    ]) {
      expect(heard(broken)).toMatchObject({
        type: "unsupported",
        content: { original_type: broken.type },
        raw: broken,
      });
    }
  });

  it("keeps a file that Meta could not take, without a reference", () => {
    const message = heard({
      type: "video",
      video: { caption: "Big" },
      errors: [{ code: 131052, title: "Media download error" }],
    });
    expect(message).toMatchObject({ type: "video", content: { caption: "Big", errors: [{ code: "131052" }] } });
    expect(message.files).toBeUndefined();
  });

  it("reads what surrounds a message", () => {
    const message = heard({
      type: "text",
      text: { body: "Hi" },
      context: {
        from: "62800",
        id: "wamid.0",
        forwarded: true,
        referred_product: { catalog_id: "c", product_retailer_id: "p" },
      },
      referral: { source_type: "ad", ctwa_clid: "x" },
    });
    expect(message.replyTo).toBe("wamid.0");
    expect(message.content).toEqual({
      text: "Hi",
      context: { forwarded: true, referred_product: { catalog_id: "c", product_retailer_id: "p" } },
      referral: { source_type: "ad", ctwa_clid: "x" },
    });
    expect(
      heard({ type: "text", text: { body: "Hi" }, context: { frequently_forwarded: true } }).content.context,
    ).toEqual({
      frequently_forwarded: true,
    });
    expect(heard({ type: "text", text: { body: "Hi" }, context: null, referral: "", errors: null }).content).toEqual({
      text: "Hi",
    });
  });
});

describe("changes of a message or of a person", () => {
  it("reactions are set and taken back", () => {
    const reaction = (body: Record<string, unknown>) =>
      said({ type: "reaction", reaction: { message_id: "wamid.0", ...body } });
    const expected = {
      kind: "reaction",
      account: ACCOUNT,
      from: FROM,
      externalId: "wamid.1",
      at: 1_760_000_001_000,
      target: "wamid.0",
    };
    expect(reaction({ emoji: "👍" })).toEqual({ ...expected, emoji: "👍" });
    for (const taken of [{}, { emoji: "" }, { emoji: null }]) expect(reaction(taken)).toEqual(expected);
    expect(said({ type: "reaction", reaction: {} })).toMatchObject({
      kind: "message",
      message: { type: "unsupported" },
    });
  });

  it("edits and revocations name their target", () => {
    const edit = { original_message_id: "wamid.0", message: { type: "text", text: { body: "Better" } } };
    expect(said({ type: "edit", edit })).toMatchObject({
      kind: "edit",
      target: "wamid.0",
      type: "text",
      content: { text: "Better" },
    });
    const image = { type: "image", image: { id: "new", sha256: "s", caption: "Better" } };
    expect(said({ type: "edit", edit: { original_message_id: "wamid.0", message: image } })).toMatchObject({
      kind: "edit",
      type: "image",
      content: { caption: "Better" },
      files: [{ externalId: "new", sha256: "s" }],
    });
    expect(said({ type: "revoke", revoke: { original_message_id: "wamid.0" } })).toMatchObject({
      kind: "revoke",
      target: "wamid.0",
    });
    expect(said({ type: "edit", edit: { original_message_id: "wamid.0" } })).toMatchObject({
      kind: "message",
      message: { type: "unsupported" },
    });
  });

  it("a changed number or user id changes the address", () => {
    const body = "User Ani changed from 628111 to 628222";
    for (const system of [{ wa_id: "628222" }, { new_wa_id: "628222" }]) {
      expect(said({ type: "system", system: { type: "user_changed_number", body, ...system } }, null)).toEqual({
        kind: "address_changed",
        account: ACCOUNT,
        from: { address: "+628111" },
        externalId: "wamid.1",
        at: 1_760_000_001_000,
        newAddress: "+628222",
        event: "user_changed_number",
        text: body,
      });
    }
    const changed = { type: "user_changed_user_id", previous_user_id: "ID.old", user_id: "ID.new" };
    expect(said({ type: "system", from: undefined, system: changed }, null)).toMatchObject({
      kind: "address_changed",
      from: { userId: "ID.old" },
      newUserId: "ID.new",
    });
    expect(said({ type: "system", system: { type: "user_changed_number", wa_id: "628111" } })).toMatchObject({
      kind: "message",
    });
  });
});

describe("the sender", () => {
  const from = (message: Record<string, unknown>, contacts?: unknown) => {
    const update = said({ type: "text", text: { body: "Hi" }, ...message }, contacts);
    return update.kind === "message" ? update.from : update;
  };

  it("is found by phone or by user id among several", () => {
    const contacts = [
      { wa_id: "1", profile: { name: "Other" } },
      { user_id: "ID.z", profile: { name: "Zed" } },
      ...CONTACTS,
    ];
    expect(from({}, contacts)).toEqual(FROM);
    expect(from({ from: "", from_user_id: "ID.z" }, contacts)).toEqual({ userId: "ID.z", name: "Zed" });
    expect(from({ from: "628999" }, contacts)).toEqual({ address: "+628999" });
  });

  it("is the only contact, where nobody is named", () => {
    expect(from({ from: null }, CONTACTS)).toEqual(FROM);
    expect(from({ from: undefined }, [{ user_id: "ID.q", wa_id: "", profile: { name: "" } }])).toEqual({
      userId: "ID.q",
    });
    // A Mexican or Brazilian number may be written in two ways.
    expect(
      from({ from: "5215512345678" }, [{ wa_id: "525512345678", user_id: "MX.1", profile: { name: "Eva" } }]),
    ).toEqual({ address: "+5215512345678", userId: "MX.1", name: "Eva" });
    // The name of another number may fit; an id of another person would not.
    expect(from({ from: "628112" }, [{ wa_id: "628113", user_id: "ID.1", profile: { name: "Eva" } }])).toEqual({
      address: "+628112",
      name: "Eva",
    });
  });

  it("may have an id of a kind that is no phone number", () => {
    expect(from({ from: "someone" }, [])).toEqual({ userId: "someone" });
    expect(from({ from: 628111 }, null)).toEqual({ address: "+628111" });
  });

  it("has to be somebody", () => {
    expect(from({ from: undefined }, null)).toMatchObject({
      kind: "unknown",
      account: ACCOUNT,
      reason: "message_without_sender",
    });
  });
});

describe("statuses", () => {
  const status = (body: Record<string, unknown>) =>
    parse(delivery({ statuses: [{ id: "wamid.9", timestamp: "1760000002", recipient_id: "628111", ...body }] }))[0];

  it("climb, and carry our own id and what was charged", () => {
    const pricing = { billable: true, pricing_model: "PMP", type: "regular", category: "service" };
    const conversation = { id: "c", origin: { type: "referral_conversion" } };
    expect(status({ status: "delivered", biz_opaque_callback_data: "msg_1", pricing, conversation })).toEqual({
      kind: "status",
      account: ACCOUNT,
      to: { address: "+628111" },
      externalId: "wamid.9",
      messageId: "msg_1",
      status: "delivered",
      at: 1_760_000_002_000,
      pricing: { billable: true, model: "PMP", type: "regular", category: "service", origin: "referral_conversion" },
    });
    for (const [word, expected] of [
      ["sent", "sent"],
      ["read", "read"],
      ["played", "read"],
      ["failed", "failed"],
    ]) {
      expect(status({ status: word })).toMatchObject({ kind: "status", status: expected });
    }
    expect(status({ status: "sent", recipient_id: undefined, recipient_user_id: "ID.abc" })).toMatchObject({
      to: { userId: "ID.abc" },
    });
  });

  it("say why they failed", () => {
    const errors = [
      { code: 131026, title: "Undeliverable", message: "Undeliverable", error_data: { details: "Not on WhatsApp" } },
    ];
    expect(status({ status: "failed", errors })).toMatchObject({
      failure: { code: "131026", title: "Undeliverable", detail: "Not on WhatsApp" },
    });
  });

  it("stay unknown with a kind, a group or a time that we do not know", () => {
    for (const odd of [{ status: "warning" }, { status: "toString" }, {}])
      expect(status(odd)).toMatchObject({ kind: "unknown" });
    expect(status({ status: "sent", recipient_type: "group" })).toMatchObject({
      kind: "unknown",
      reason: "group_status",
    });
    expect(status({ status: "sent", timestamp: "" })).toMatchObject({ kind: "unknown" });
  });

  it("revoke a message that the person deleted", () => {
    expect(status({ status: "deleted" })).toMatchObject({
      kind: "revoke",
      from: { address: "+628111" },
      target: "wamid.9",
    });
  });

  it("become a readable message with the payload if they are about a payment", () => {
    const payment = {
      reference_id: "INV-7",
      amount: { value: 21000, offset: 100 },
      currency: "INR",
      transaction: { id: "order_1", type: "razorpay", status: "failed", error: { code: "X", reason: "card declined" } },
    };
    const { message } = status({ type: "payment", status: "pending", payment }) as { message?: unknown };
    expect(message).toEqual({
      externalId: "payment:wamid.9:pending:order_1:1760000002000",
      at: 1_760_000_002_000,
      type: "system",
      content: {
        event: "payment",
        status: "pending",
        text: "Payment pending, 210.00 INR, reference INV-7, card declined",
        payment,
      },
    });
    expect(status({ type: "payment", status: "captured", payment: "?" })).toMatchObject({
      message: { content: { text: "Payment captured" } },
    });
  });

  it("become a phase of the call if they are about a call", () => {
    for (const [word, phase] of [
      ["RINGING", "ringing"],
      ["ACCEPTED", "accepted"],
      ["REJECTED", "rejected"],
    ])
      expect(status({ type: "call", status: word })).toMatchObject({ kind: "call", externalId: "wamid.9", phase });
    expect(status({ type: "call", status: "toString" })).toMatchObject({ kind: "unknown" });
  });
});

describe("a message from the business's own app", () => {
  const OWN = "62800";
  const echo = (message: Record<string, unknown>, contacts?: unknown) =>
    parse(
      delivery(
        { contacts, message_echoes: [{ id: "wamid.1", timestamp: "1760000001", from: OWN, ...message }] },
        "smb_message_echoes",
      ),
    );
  const base = { account: ACCOUNT, to: { address: "+628111" } };

  it("goes to the person, whichever side the delivery says that is", () => {
    const text = { type: "text", text: { body: "Hi" } };
    const expected = {
      kind: "echo",
      ...base,
      message: { externalId: "wamid.1", at: 1_760_000_001_000, type: "text", content: { text: "Hi" } },
    };
    expect(echo({ ...text, to: "628111" })).toEqual([expected]);
    expect(echo({ ...text, from: "628111", to: OWN })).toEqual([expected]);
    expect(echo({ ...text, to_user_id: "ID.abc" }, CONTACTS)).toMatchObject([{ to: FROM }]);
    expect(echo(text)).toMatchObject([{ kind: "unknown", reason: "echo_without_person" }]);
    expect(echo({ ...text, to: "628111", group_id: "G" })).toMatchObject([
      { kind: "unknown", reason: "group_message" },
    ]);
    expect(echo({ to: "628111", timestamp: "x" })).toMatchObject([{ kind: "unknown" }]);
  });

  it("changes messages too", () => {
    const target = { original_message_id: "wamid.0" };
    expect(echo({ to: "628111", type: "revoke", revoke: target })).toMatchObject([{ kind: "revoke", ...base }]);
    expect(
      echo({ to: "628111", type: "edit", edit: { ...target, message: { type: "text", text: { body: "x" } } } }),
    ).toMatchObject([{ kind: "edit", ...base, content: { text: "x" } }]);
    expect(echo({ to: "628111", type: "reaction", reaction: { message_id: "wamid.0", emoji: "👍" } })).toMatchObject([
      { kind: "reaction", ...base, target: "wamid.0" },
    ]);
  });

  it("has the forms in which messages are sent", () => {
    const content = (message: Record<string, unknown>) => {
      const [update] = echo({ to: "628111", ...message });
      return update?.kind === "echo" ? [update.message.type, update.message.content] : update;
    };
    const interactive = {
      type: "order_details",
      body: { text: "Your order" },
      action: {
        name: "review_and_pay",
        parameters: {
          reference_id: "INV-7",
          currency: "INR",
          total_amount: { value: 21000, offset: 100 },
          order: { status: "pending" },
        },
      },
    };
    expect(content({ type: "interactive", interactive })).toEqual([
      "interactive",
      { kind: "order_details", interactive, text: "Your order\nOrder INV-7, 210.00 INR, pending" },
    ]);
    const template = { name: "hello", language: { code: "id" }, components: [{ type: "body" }] };
    expect(content({ type: "template", template })).toEqual(["template", template]);
    expect(content({ type: "interactive", interactive: { type: "?" } })).toMatchObject([
      "unsupported",
      { original_type: "interactive" },
    ]);
  });

  it("comes from before it was connected with its direction and status", () => {
    const text = (from: string, status: string) => ({
      id: "wamid.1",
      from,
      timestamp: "1760000001",
      type: "text",
      text: { body: "Hi" },
      history_context: { status },
    });
    const threads = (...messages: Record<string, unknown>[]) =>
      parse(
        delivery(
          { history: [{ threads: [{ id: "628111", context: { user_id: "ID.abc", username: "ani" }, messages }] }] },
          "history",
        ),
      );
    const party = { address: "+628111", userId: "ID.abc", username: "ani" };
    const [theirs, ...ours] = threads(
      text("628111", "READ"),
      ...["PENDING", "SENT", "DELIVERED", "READ", "PLAYED", "ERROR", "?"].map((status) => text(OWN, status)),
    );
    expect(theirs).toMatchObject({ kind: "history", from: party, message: { content: { text: "Hi" } } });
    expect(theirs).not.toHaveProperty("status");
    expect(ours.map((update) => "to" in update && update.to)).toEqual(ours.map(() => party));
    expect(ours.map((update) => update.kind === "history" && update.status)).toEqual([
      "sent",
      "sent",
      "delivered",
      "read",
      "read",
      "failed",
      undefined,
    ]);
    expect(threads({ id: "wamid.1" }, { ...text(OWN, "READ"), group_id: "G" })).toMatchObject([
      { kind: "unknown" },
      { kind: "unknown", reason: "group_message" },
    ]);
    const declined = { code: 2593109, title: "History sync is turned off" };
    expect(parse(delivery({ history: [{ errors: [declined] }] }, "history"))).toMatchObject([
      { kind: "account_event", event: "history", subject: ACCOUNT, value: declined },
    ]);
  });
});

describe("deliveries", () => {
  it("are split into every entry, change, message, status and error", () => {
    const text = (id: string) => ({ id, from: "628111", timestamp: 1_760_000_000, type: "text", text: { body: id } });
    const first = delivery({ messages: [text("m1"), 5, text("m2"), null, { id: "m3" }] });
    const second = delivery({
      statuses: [{ id: "s1", status: "sent", timestamp: "1", recipient_id: "62811" }, {}],
      errors: [{ code: 1 }],
    });
    const both = {
      object: first.object,
      entry: [...first.entry, 7, { changes: [...(second.entry[0]?.changes ?? []), null] }],
    };
    const kinds = parse(both).map((update) => (update.kind === "message" ? update.message.externalId : update.kind));
    expect(kinds).toEqual([
      "m1",
      "unknown",
      "m2",
      "unknown",
      "unknown",
      "unknown",
      "status",
      "unknown",
      "account_event",
      "unknown",
    ]);
  });

  it("say what happened to templates, numbers and accounts", () => {
    const event = (field: string, value: Record<string, unknown>) =>
      parse(delivery({ metadata: undefined, ...value }, field))[0];
    const at = 1_760_000_000_000;
    expect(event("message_template_status_update", { event: "APPROVED", message_template_id: 123 })).toMatchObject({
      kind: "account_event",
      subject: "123",
      event: "message_template_status_update",
      at,
      value: { event: "APPROVED" },
    });
    expect(
      event("message_template_status_update", { new_quality_score: "RED", message_template_id: "9" }),
    ).toMatchObject({
      event: "message_template_quality_update",
    });
    expect(event("phone_number_quality_update", { display_phone_number: "62800", event: "FLAGGED" })).toMatchObject({
      subject: "62800",
    });
    expect(event("account_update", { event: "PARTNER_ADDED", waba_info: { waba_id: "w2" } })).toMatchObject({
      subject: "w2",
    });
    expect(event("account_update", { event: "VERIFIED_ACCOUNT" })).toMatchObject({ subject: "waba" });
    expect(event("account_update", { event: "ACCOUNT_DELETED", phone_number: "+62 800" })).toMatchObject({
      change: { owner: "waba", number: "62800", reports: [{ aspect: "access", health: "disconnected" }] },
    });
    expect(event("account_alerts", { alert_type: "X", entity_type: "PHONE_NUMBER", entity_id: 7 })).toMatchObject({
      change: { owner: "waba", externalId: "7", reports: [{ aspect: "alert" }] },
    });
    for (const [field, value] of [
      ["account_update", { event: "BRAND_NEW" }],
      ["account_settings_update", {}],
      ["message_template_status_update", { event: "APPROVED" }],
    ] as const)
      expect(event(field, value)).not.toHaveProperty("change");
    expect(parse(delivery({ errors: [{ code: 130429 }] }))[0]).toMatchObject({
      kind: "account_event",
      event: "error",
      subject: ACCOUNT,
      value: { code: 130429 },
    });
  });

  it("say whether a person takes marketing messages", () => {
    const choices = (...user_preferences: unknown[]) => parse(delivery({ user_preferences }, "user_preferences"));
    const stop = { category: "marketing_messages", value: "stop", timestamp: 1731705721 };
    expect(choices({ ...stop, wa_id: "62811" }, { ...stop, value: "resume", user_id: "ID.1", wa_id: "" })).toEqual([
      {
        kind: "marketing_choice",
        account: ACCOUNT,
        from: { address: "+62811" },
        externalId: "marketing:1731705721000:stop",
        at: 1731705721000,
        accepts: false,
      },
      expect.objectContaining({ from: { userId: "ID.1" }, accepts: true }),
    ]);
    for (const odd of [7, stop, { ...stop, wa_id: "1", value: "constructor" }, { ...stop, wa_id: "1", timestamp: "x" }])
      expect(choices(odd)).toEqual([{ kind: "unknown", account: ACCOUNT, reason: "user_preferences", raw: odd }]);
    expect(choices()).toMatchObject([{ kind: "unknown", reason: "empty_value" }]);
  });

  it("that we do not take yet are kept whole", () => {
    expect(parse(delivery({ state_sync: [] }, "smb_app_state_sync"))).toEqual([
      expect.objectContaining({ kind: "unknown", account: ACCOUNT, reason: "smb_app_state_sync" }),
    ]);
    for (const field of ["smb_message_echoes", "history", "calls"])
      expect(parse(delivery({ x: 1 }, field))).toMatchObject([{ kind: "unknown", reason: "empty_value" }]);
    expect(said({ group_id: "g", type: "text", text: { body: "Hi" } })).toMatchObject({
      kind: "unknown",
      reason: "group_message",
    });
  });

  it("without the number's id belong to no account", () => {
    const update = parse(
      delivery(
        { metadata: null, messages: [{ id: "1", from: "628111", timestamp: 1, type: "text", text: { body: "x" } }] },
        undefined,
      ),
    )[0];
    expect(update).toMatchObject({ kind: "message", account: "" });
  });

  it("are unknown in any other shape and never throw", () => {
    const getter = Object.defineProperty({}, "entry", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    for (const garbage of [
      undefined,
      null,
      1,
      "x",
      [],
      [1],
      {},
      { entry: {} },
      { entry: [null] },
      { object: "page", entry: [] },
      getter,
    ]) {
      expect(
        parse(garbage)
          .map((update) => update.kind)
          .filter((kind) => kind !== "unknown"),
      ).toEqual([]);
    }
    const deep = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`) as unknown;
    expect(
      parse(delivery({ messages: [deep, { id: "1", from: "628111", timestamp: 1, type: "text", text: deep }] })),
    ).toHaveLength(2);
  });

  it("are survived whatever they hold", () => {
    const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>;
    const few = <T>(each: fc.Arbitrary<T>) => fc.array(each, { maxLength: 2 });
    const type = fc.constantFrom(
      "text",
      "image",
      "location",
      "contacts",
      "interactive",
      "order",
      "system",
      "reaction",
      "edit",
      "revoke",
      "button",
      "unsupported",
      "x",
    );
    const message = type.chain((name) =>
      fc.record(
        {
          id: fc.oneof(fc.string(), json),
          timestamp: fc.oneof(fc.nat(), json),
          type: fc.oneof(fc.constant(name), json),
          from: json,
          context: json,
          errors: json,
          [name]: json,
        },
        { requiredKeys: [] },
      ),
    );
    const value = fc.record(
      {
        metadata: json,
        contacts: fc.oneof(fc.array(json), json),
        messages: fc.array(message),
        statuses: fc.array(json),
        errors: json,
        message_echoes: few(message),
        calls: few(json),
        history: few(fc.record({ threads: few(fc.record({ id: json, context: json, messages: few(message) })) })),
      },
      { requiredKeys: [] },
    );
    const shaped = fc.array(
      fc.record({
        field: fc.oneof(fc.constantFrom("messages", "smb_message_echoes", "history", "calls"), json),
        value: fc.oneof(value, json),
      }),
    );
    const whole = shaped.map((changes) => ({ object: "whatsapp_business_account", entry: [{ changes }] }));
    fc.assert(
      fc.property(fc.oneof(whole, fc.anything()), (input) => {
        const updates = parse(input);
        for (const update of updates)
          if ("at" in update && update.at !== undefined) expect(Number.isSafeInteger(update.at)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
