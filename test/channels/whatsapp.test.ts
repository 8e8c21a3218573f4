import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  ChannelError,
  type ChannelAccount,
  channelServices,
  type Content,
  type MessageType,
  type OutboundMessage,
  type Party,
} from "../../src/channels/channel";
import { adapterOf } from "../../src/channels/registry";
import { whatsapp } from "../../src/channels/whatsapp/index";
import { toRequest } from "../../src/channels/whatsapp/outbound";

const CONFIG = { phone_number_id: "100200300", waba_id: "400500600", access_token: "EAAtoken", app_secret: "s3cret" };
const TO: Party = { address: "+628111", userId: "ID.abc" };
const BUTTON = { type: "reply", reply: { id: "yes", title: "Yes" } };

function violations(type: MessageType, content: Content): string[] {
  return whatsapp.check({ type, content }).map((violation) => violation.field);
}

describe("check", () => {
  const fine: [MessageType, Content][] = [
    ["text", { text: "x".repeat(4096), preview_url: true }],
    ["image", { url: "https://files.test/a.jpg", caption: "x".repeat(1024), mime_type: "image/jpeg" }],
    ["audio", { external_media_id: "1", mime_type: "audio/ogg; codecs=opus", file_size: 16 * 1024 * 1024 }],
    ["document", { url: "https://a.test/1", file_name: "a.docx", mime_type: "application/x-anything" }],
    ["document", { media_id: "med_1", file_name: "a.csv", mime_type: "text/csv" }],
    ["location", { latitude: -90, longitude: 180 }],
    ["contacts", { contacts: [{ name: { formatted_name: "Budi" } }] }],
    ["reaction", { message_id: "wamid.0", emoji: "👩🏽‍🚀" }],
    ["reaction", { message_id: "wamid.0", emoji: "" }],
    ["reaction", { message_id: "wamid.0", emoji: "🇮🇩" }],
    ["template", { name: "hello_world", language: "en_US", components: [{ type: "body", parameters: [] }] }],
    [
      "template",
      {
        name: "hello_world",
        language: "en_US",
        components: [
          {
            type: "body",
            parameters: [
              { type: "text", parameter_name: "name", text: "Ana    of {{org.name}}" },
              { type: "currency", currency: { fallback_value: "$10", code: "USD", amount_1000: 10_000 } },
            ],
          },
          { type: "button", sub_type: "quick_reply", index: "0", parameters: [{ type: "payload", payload: "a\nb" }] },
          { type: "button", sub_type: "catalog", parameters: [{ type: "action", action: {} }] },
        ],
      },
    ],
    ["interactive", { interactive: { type: "button", body: { text: "?" }, action: { buttons: [BUTTON] } } }],
    [
      "interactive",
      {
        interactive: {
          type: "list",
          body: { text: "?" },
          action: { button: "Open", sections: [{ rows: [{ id: "1", title: "One" }] }] },
        },
      },
    ],
    [
      "interactive",
      {
        interactive: {
          type: "cta_url",
          body: { text: "?" },
          action: { name: "cta_url", parameters: { display_text: "Go", url: "https://a.test" } },
        },
      },
    ],
    [
      "interactive",
      { interactive: { type: "location_request_message", body: { text: "?" }, action: { name: "send_location" } } },
    ],
  ];
  it("lets go what Meta takes", () => {
    for (const [type, content] of fine)
      expect(violations(type, content), JSON.stringify(content).slice(0, 100)).toEqual([]);
  });

  const rows = Array.from({ length: 11 }, (_, index) => ({ id: `${index}`, title: `${index}` }));
  const list = (sections: unknown, button = "Open") => ({
    interactive: { type: "list", body: { text: "?" }, action: { button, sections } },
  });
  const buttons = (...titles: string[]) => ({
    interactive: {
      type: "button",
      body: { text: "?" },
      action: { buttons: titles.map((title, id) => ({ type: "reply", reply: { id: `${id}`, title } })) },
    },
  });
  const at = "content.interactive";
  const refused: [MessageType, Content, string][] = [
    ["text", { text: "x".repeat(4097) }, "content.text"],
    ["text", { text: "  \n" }, "content.text"],
    ["text", {}, "content.text"],
    ["image", {}, "content"],
    ["image", { url: "javascript:alert(1)" }, "content.url"],
    ["image", { url: "https://a.test", caption: "x".repeat(1025) }, "content.caption"],
    ["image", { url: "https://a.test", mime_type: "image/svg+xml" }, "content.mime_type"],
    ["image", { url: "https://a.test", file_size: 5 * 1024 * 1024 + 1 }, "content.file_size"],
    ["document", { media_id: "med_1", mime_type: "application/x-anything" }, "content.mime_type"],
    ["image", { url: "https://a.test", media_id: "med_1" }, "content"],
    ["image", { url: "http://a.test/1" }, "content.url"],
    ["image", { url: "https://169.254.169.254/latest" }, "content.url"],
    ["sticker", { url: "https://a.test", caption: "x" }, "content.caption"],
    ["location", { latitude: 91, longitude: 0 }, "content.latitude"],
    ["location", { latitude: 0, longitude: Number.NaN }, "content.longitude"],
    ["contacts", { contacts: [] }, "content.contacts"],
    ["contacts", { contacts: [{ name: {} }] }, "content.contacts.0.name.formatted_name"],
    ["reaction", { emoji: "👍" }, "content.message_id"],
    ["reaction", { message_id: "1", emoji: "👍👍" }, "content.emoji"],
    ["reaction", { message_id: "1", emoji: "a" }, "content.emoji"],
    ["template", { language: "en" }, "content.name"],
    ["template", { name: "Hello World", language: "en" }, "content.name"],
    ["template", { name: "hello" }, "content.language"],
    ["template", { name: "hello", language: "en", components: {} }, "content.components"],
    ["interactive", {}, at],
    ["interactive", { interactive: { type: "poll" } }, `${at}.type`],
    ["interactive", { interactive: { type: "button", body: { text: "?" } } }, `${at}.action`],
    ["interactive", { interactive: { type: "button", action: { buttons: [BUTTON] } } }, `${at}.body.text`],
    ["interactive", buttons(), `${at}.action.buttons`],
    ["interactive", buttons("1", "2", "3", "4"), `${at}.action.buttons`],
    ["interactive", buttons("Same", "Same"), `${at}.action.buttons`],
    ["interactive", buttons("x".repeat(21)), `${at}.action.buttons.0.reply.title`],
    ["interactive", list([{ rows }]), `${at}.action.sections`],
    ["interactive", list([]), `${at}.action.sections`],
    ["interactive", list([{ rows: [] }]), `${at}.action.sections`],
    [
      "interactive",
      list([{ rows: rows.slice(0, 1) }, { title: "B", rows: rows.slice(1, 2) }]),
      `${at}.action.sections.0.title`,
    ],
    ["interactive", list([{ rows: [{ id: "1", title: "x".repeat(25) }] }]), `${at}.action.sections.0.rows.0.title`],
    ["interactive", list([{ rows: rows.slice(0, 1) }], "x".repeat(21)), `${at}.action.button`],
    ["text", { text: "x", txt: "y" }, "content.txt"],
    ["text", { text: "x", preview_url: "yes" }, "content.preview_url"],
    ["image", { url: "https://a.test", voice: true }, "content.voice"],
    ["audio", { url: "https://a.test", voice: "yes" }, "content.voice"],
    ["location", { latitude: 1, longitude: 2, nam: "Shop" }, "content.nam"],
    ["contacts", { contacts: [{ name: { formatted_name: "Budi" } }], contact: {} }, "content.contact"],
    ["reaction", { message_id: "1", emojy: "👍" }, "content.emojy"],
    ["template", { name: "hello", language: "en", component: [] }, "content.component"],
    [
      "template",
      {
        name: "hello",
        language: "en",
        components: [{ type: "header", parameters: [{ type: "image", image: { media_id: "med_1" } }] }],
      },
      "content.components.0.parameters.0.image.media_id",
    ],
    [
      "interactive",
      { interactive: { type: "button", body: { text: "?" }, fotter: {}, action: { buttons: [BUTTON] } } },
      `${at}.fotter`,
    ],
    [
      "interactive",
      {
        interactive: {
          type: "button",
          header: { type: "image", image: { media_id: "m" } },
          body: { text: "?" },
          action: { buttons: [BUTTON] },
        },
      },
      `${at}.header.image.media_id`,
    ],
    [
      "interactive",
      { interactive: { type: "button", body: { text: "?" }, action: { buttons: [{ reply: BUTTON.reply }] } } },
      `${at}.action.buttons.0.type`,
    ],
    ...["a\nb", "a\rb", "a\u2028b", "a\tb", "a     b", "", "  ", null, 7].flatMap(
      (text): [MessageType, Content, string][] => {
        const parameters = [
          { type: "text", text: "fine" },
          { type: "text", text },
        ];
        const body = { type: "body", parameters };
        const cards = [{ card_index: 0, components: [{ type: "header" }, body] }];
        const sent = { name: "hello", language: "en" };
        return [
          ["template", { ...sent, components: [body] }, "content.components.0.parameters.1.text"],
          [
            "template",
            { ...sent, components: [{ type: "carousel", cards }] },
            "content.components.0.cards.0.components.1.parameters.1.text",
          ],
        ];
      },
    ),
    ...[
      [{ type: "payload" }, "payload"],
      [{ type: "coupon_code", coupon_code: "" }, "coupon_code"],
      [{ type: "currency", currency: { fallback_value: "1\n2" } }, "currency.fallback_value"],
      [{ type: "date_time", date_time: {} }, "date_time.fallback_value"],
      [{ text: "of no type" }, "type"],
    ].map(([parameter, field]): [MessageType, Content, string] => [
      "template",
      { name: "hello", language: "en", components: [{ type: "body", parameters: [parameter] }] },
      `content.components.0.parameters.0.${field as string}`,
    ]),
    [
      "template",
      { name: "hello", language: "en", components: [{ parameters: {} }] },
      "content.components.0.parameters",
    ],
    ["audio", { url: "https://a.test/1", mime_type: "audio/ogg; codecs=vorbis" }, "content.mime_type"],
    ["audio", { url: "https://a.test/1", mime_type: 'audio/ogg;codecs="flac"' }, "content.mime_type"],
    ["order", {}, "type"],
    ["unsupported", {}, "type"],
  ];
  it("names what Meta refuses", () => {
    for (const [type, content, field] of refused)
      expect(violations(type, content), JSON.stringify(content).slice(0, 100)).toContain(field);
  });
});

describe("toRequest", () => {
  const request = (type: MessageType, content: Content, more: Partial<OutboundMessage> = {}, to = TO) =>
    toRequest(to, { id: "msg_1", type, content, ...more });

  it("addresses by number, else by user id, and carries our id and the quoted message", () => {
    expect(request("text", { text: "Hi" }, { replyTo: "wamid.0" })).toEqual({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: "+628111",
      type: "text",
      text: { body: "Hi" },
      context: { message_id: "wamid.0" },
      biz_opaque_callback_data: "msg_1",
    });
    const byUserId = request("text", { text: "Hi" }, {}, { userId: "ID.abc" });
    expect(byUserId).toMatchObject({ recipient: "ID.abc" });
    expect(byUserId).not.toHaveProperty("to");
    expect(request("text", { text: "Hi" }, {}, { address: "628111" })).toMatchObject({ to: "+628111" });
    expect(() => request("text", { text: "Hi" }, {}, {})).toThrow(ChannelError);
  });

  it("writes every type as Meta wants it", () => {
    const interactive = { type: "button", body: { text: "?" }, action: { buttons: [BUTTON] } };
    const contacts = [{ name: { formatted_name: "Budi", first_name: "Budi" } }];
    const components = [{ type: "body", parameters: [{ type: "text", text: "Ani" }] }];
    const bodies: [MessageType, Content, unknown][] = [
      ["text", { text: "Hi", preview_url: true }, { body: "Hi", preview_url: true }],
      [
        "image",
        { url: "https://a.test/1", caption: "Look", file_name: "x" },
        { link: "https://a.test/1", caption: "Look" },
      ],
      ["audio", { url: "https://a.test/1", voice: true }, { link: "https://a.test/1", voice: true }],
      [
        "document",
        { url: "https://a.test/1", external_media_id: 9, media_id: "med_1", file_name: "a.pdf" },
        { id: "9", filename: "a.pdf" },
      ],
      ["location", { latitude: 1, longitude: 2, name: "Shop" }, { latitude: 1, longitude: 2, name: "Shop" }],
      ["contacts", { contacts }, contacts],
      ["reaction", { message_id: "wamid.0" }, { message_id: "wamid.0", emoji: "" }],
      ["interactive", { interactive, text: "?" }, interactive],
      [
        "template",
        { name: "hello", language: "id", components },
        { name: "hello", language: { code: "id" }, components },
      ],
      [
        "template",
        { name: "hello", language: { code: "id" }, components: [] },
        { name: "hello", language: { code: "id" } },
      ],
    ];
    for (const [type, content, body] of bodies) expect(request(type, content)).toMatchObject({ type, [type]: body });
    expect(request("reaction", { message_id: "wamid.0", emoji: "👍" }, { replyTo: "wamid.0" })).not.toHaveProperty(
      "context",
    );
  });

  it("refuses what Meta would refuse, and a file that is still only ours", () => {
    expect(() => request("text", { text: "" })).toThrow(ChannelError);
    expect(() => request("image", { media_id: "med_1" })).toThrow(ChannelError);
  });
});

describe("the account", () => {
  it("is a number, its business account and a token, and nothing else", () => {
    const takes = (config: unknown) => whatsapp.config.safeParse(config).success;
    expect(takes(CONFIG)).toBe(true);
    expect(takes({ ...CONFIG, app_secret: undefined })).toBe(true);
    for (const odd of [
      { phone_number_id: "12a" },
      { waba_id: undefined },
      { access_token: "a b" },
      { access_token: "" },
      { pin: "123456" },
    ]) {
      expect(takes({ ...CONFIG, ...odd }), JSON.stringify(odd)).toBe(false);
    }
    expect(whatsapp.open(CONFIG, channelServices(env)).externalId).toBe("100200300");
    expect(() => whatsapp.open({ access_token: "EAAtoken" }, channelServices(env))).toThrow(/configur/);
    expect(adapterOf("whatsapp")).toBe(whatsapp);
  });
});

describe("against Graph", () => {
  let url: string;
  let account: ChannelAccount;
  let graph: Hono;
  let origins = 0;
  const seen: { path: string; body: unknown }[] = [];

  beforeEach(() => {
    origins += 1;
    url = `https://wa-${origins}.test`;
    const services = channelServices(env);
    const config = { ...services.config, GRAPH_API_URL: url, GRAPH_API_VERSION: "v24.0", GRAPH_TIMEOUT_MS: 1000 };
    account = whatsapp.open(CONFIG, { ...services, config });
    graph = new Hono();
    seen.length = 0;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      seen.push({
        path: `${request.method} ${new URL(request.url).pathname}`,
        body: typeof init?.body === "string" ? JSON.parse(init.body) : undefined,
      });
      if (request.headers.get("authorization") !== "Bearer EAAtoken") return new Response("no token", { status: 401 });
      return graph.request(request);
    });
  });
  afterEach(() => vi.restoreAllMocks());

  const message: OutboundMessage = {
    id: "msg_1",
    type: "text",
    content: { text: "Hi" },
    sentBy: "agent",
    lastInboundAt: null,
  };
  const failure = async (call: Promise<unknown>) => {
    const error = await call.catch((thrown: unknown) => thrown);
    return error instanceof ChannelError ? error.failureClass : error;
  };

  it("sends, and tells whom Meta reached", async () => {
    graph.post("/v24.0/100200300/messages", (c) =>
      c.json({ contacts: [{ input: "+628111", wa_id: "6281112", user_id: "ID.abc" }], messages: [{ id: "wamid.9" }] }),
    );
    expect(await account.send(TO, message)).toEqual({
      externalId: "wamid.9",
      address: "+6281112",
      userId: "ID.abc",
    });
    expect(seen).toMatchObject([{ body: { to: "+628111", biz_opaque_callback_data: "msg_1" } }]);
  });

  it("is in doubt when Meta accepts a message without naming it", async () => {
    graph.post("/v24.0/100200300/messages", (c) => c.json({ messages: [] }));
    expect(await failure(account.send(TO, message))).toBe("ambiguous");
  });

  it("marks as read", async () => {
    graph.post("/v24.0/100200300/messages", (c) => c.json({ success: true }));
    await account.markRead!(TO, "wamid.1");
    expect(seen[0]?.body).toEqual({ messaging_product: "whatsapp", status: "read", message_id: "wamid.1" });
  });

  it("opens a file, with a new address when the first ran out", async () => {
    let addresses = 0;
    graph.get("/v24.0/77", (c) =>
      c.json({ url: `${url}/files/${(addresses += 1)}`, mime_type: "image/png", file_size: "5" }),
    );
    graph.get("/v24.0/78", (c) => c.json({ url: `${url}/gone` }));
    graph.get("/files/2", (c) => c.body("bytes"));
    const media = await account.media!.open({ externalId: "77" });
    expect(media).toMatchObject({ mimeType: "image/png", sizeBytes: 5 });
    expect(await new Response(media.body).text()).toBe("bytes");

    expect(await failure(account.media!.open({ externalId: "78" }))).toBe("rejected_media");
    expect(await failure(account.media!.open({ externalId: "../100200300" }))).toBe("invalid");
  });

  const subscribed = () => graph.post("/v24.0/400500600/subscribed_apps", (c) => c.json({ success: true }));
  const registering = (code?: number) =>
    graph.post("/v24.0/100200300/register", (c) =>
      code === undefined ? c.json({ success: true }) : c.json({ error: { code, message: "No" } }, 400),
    );
  const paths = () => seen.map((call) => call.path.replace("/v24.0/", ""));

  it("connects a new number: subscribed, then registered with a PIN", async () => {
    graph.get("/v24.0/100200300", (c) => c.json({ id: "100200300", status: "DISCONNECTED" }));
    registering();
    subscribed();
    await account.connect!();
    expect(paths()).toEqual(["GET 100200300", "POST 400500600/subscribed_apps", "POST 100200300/register"]);
    expect(seen[2]?.body).toEqual({ messaging_product: "whatsapp", pin: expect.stringMatching(/^\d{6}$/) as string });
  });

  it("leaves the PIN of a connected number alone", async () => {
    graph.get("/v24.0/100200300", (c) => c.json({ status: "CONNECTED" }));
    subscribed();
    await account.connect!();
    expect(paths()).toEqual(["GET 100200300", "POST 400500600/subscribed_apps"]);
  });

  it("takes a number with a PIN for registered where Meta does not say", async () => {
    registering(133005);
    subscribed();
    await account.connect!();
    expect(paths()).toEqual(["GET 100200300", "POST 400500600/subscribed_apps", "POST 100200300/register"]);
  });

  it("surfaces a PIN that is needed, and a token that is dead", async () => {
    graph.get("/v24.0/100200300", (c) => c.json({ status: "DISCONNECTED" }));
    registering(133005);
    subscribed();
    expect(await failure(account.connect!())).toBe("invalid");
    graph = new Hono();
    graph.get("/v24.0/100200300", (c) => c.json({ error: { code: 190, message: "Expired" } }, 401));
    expect(await failure(account.connect!())).toBe("reauth");
  });
});
