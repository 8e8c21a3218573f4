import { describe, expect, it } from "vitest";
import type { Pricing } from "../../src/channels/channel";
import { costOf, deploymentPrices, priceOf, type PriceTable } from "../../src/areas/campaign-settings/prices";
import { type Addressee, campaignMessage, rendererOf, variablesOf } from "../../src/areas/campaigns/render";
import { ratesOf } from "../../src/domain/campaign-figures";
import { choiceOf, defaultWords } from "../../src/domain/consent";

/** The rules of campaigns that need no platform: messages, words of consent, prices. */

const to = (more: Partial<Addressee> = {}): Addressee => ({
  address: "+6281234567890",
  variables: {},
  name: null,
  unsubscribeUrl: null,
  ...more,
});
const templateOf = (components: object[], more: object = {}) =>
  campaignMessage(null, {
    name: "promo",
    language: "id",
    parameter_format: "POSITIONAL",
    header_media_url: null,
    components: JSON.stringify(components),
    ...more,
  })!;

describe("a template to a recipient", () => {
  const promo = templateOf([
    { type: "HEADER", format: "TEXT", text: "For {{1}}", example: { header_text: ["Ani"] } },
    { type: "BODY", text: "Code {{2}} for {{1}}, {{2}}!", example: { body_text: [["Ani", "X1"]] } },
    {
      type: "BUTTONS",
      buttons: [
        { type: "URL", text: "Open", url: "https://shop.example/{{1}}", example: ["https://shop.example/a"] },
        { type: "COPY_CODE", example: "SAVE10" },
        { type: "QUICK_REPLY", text: "Stop" },
      ],
    },
  ]);

  it("says which values it takes, where they are, and the samples of the review", async () => {
    const shown = (await variablesOf(promo)).map(({ name, component, kind, sample, is_required: needed }) => [
      name,
      component,
      kind,
      sample,
      needed,
    ]);
    expect(shown).toEqual([
      ["header_1", "header", "text", "Ani", true],
      ["1", "body", "text", "Ani", true],
      ["2", "body", "text", "X1", true],
      ["button_0", "button", "url_suffix", "https://shop.example/a", true],
      ["button_1", "button", "code", "SAVE10", true],
      ["button_2", "button", "payload", null, false],
    ]);
  });

  it("fills header, body and buttons; its own values win, and nothing is read for names twice", async () => {
    const render = await rendererOf(promo, {
      orgName: "Toko",
      variables: {
        header_1: "{{contact.name|you}}",
        "1": "{{contact.name|you}} of {{org.name}}",
        "2": "{{voucher|none}}",
        button_0: "v/{{voucher|none}}?x=%20",
        button_1: "C-{{voucher|0}}",
      },
    });
    const rendered = render(
      to({ name: "{{org.name}}\n\tAni", variables: { voucher: "{{contact.phone}} é      1", "1": "Budi" } }),
    );
    expect(rendered).toEqual({
      message: {
        type: "template",
        replyTo: null,
        content: {
          name: "promo",
          language: "id",
          components: [
            { type: "header", parameters: [{ type: "text", text: "{{org.name}} Ani" }] },
            {
              type: "body",
              parameters: [
                { type: "text", text: "Budi" },
                { type: "text", text: "{{contact.phone}} é    1" },
              ],
            },
            {
              type: "button",
              sub_type: "url",
              index: "0",
              parameters: [{ type: "text", text: "v/%7B%7Bcontact.phone%7D%7D%20%C3%A9%20%20%20%201?x=%20" }],
            },
            {
              type: "button",
              sub_type: "copy_code",
              index: "1",
              parameters: [{ type: "coupon_code", coupon_code: "C-{{contact.phone}} é    1" }],
            },
          ],
          text: "For {{org.name}} Ani\nCode {{contact.phone}} é    1 for Budi, {{contact.phone}} é    1!\n[Open]\n[Stop]",
        },
      },
    });
  });

  it.each([
    [{}, ["header_1", "1", "2", "button_0", "button_1"]],
    [{ header_1: "a", "1": "a", "2": "  \n ", button_0: "a", button_1: "" }, ["2", "button_1"]],
    [{ header_1: "a", "1": "{{contact.name}}", "2": "a", button_0: "a", button_1: "a" }, ["contact.name", "1"]],
    [{ header_1: "a", "1": "{{voucher}}", "2": "a", button_0: "a", button_1: "a" }, ["voucher", "1"]],
    [{ header_1: "a", "1": "{{__proto__}}", "2": "a", button_0: "a", button_1: "a" }, ["__proto__", "1"]],
  ])("names what is missing: %j", async (variables, missing) => {
    const rendered = (await rendererOf(promo, { orgName: null, variables: variables as any }))(to());
    expect(rendered).toMatchObject({ failure: { code: "missing_variable", variables: missing } });
    for (const name of missing) expect((rendered as any).failure.message).toContain(`{{${name}}}`);
  });

  it("takes named parameters, files, places, offers, cards and codes of authentication", async () => {
    const contentOf = async (components: object[], variables: Record<string, string>, more: object = {}) => {
      const rendered = (await rendererOf(templateOf(components, more), { orgName: null, variables }))(to());
      return "message" in rendered ? rendered.message.content.components : rendered.failure;
    };
    const named = [{ type: "BODY", text: "Hi {{first_name}}" }];
    expect(await contentOf(named, { first_name: "Ani" }, { parameter_format: "NAMED" })).toEqual([
      { type: "body", parameters: [{ type: "text", parameter_name: "first_name", text: "Ani" }] },
    ]);
    const image = [{ type: "HEADER", format: "IMAGE" }];
    const fileOf = (link: string) => [{ type: "header", parameters: [{ type: "image", image: { link } }] }];
    expect(await contentOf(image, { header_media: "https://a.example/1.png" })).toEqual(
      fileOf("https://a.example/1.png"),
    );
    expect(await contentOf(image, {}, { header_media_url: "https://a.example/2.png" })).toEqual(
      fileOf("https://a.example/2.png"),
    );
    expect(await contentOf(image, {})).toMatchObject({ code: "missing_variable", variables: ["header_media"] });
    const place = { header_latitude: "-6.2", header_longitude: "106.8", header_name: "Toko", header_address: "Jl. 1" };
    expect(await contentOf([{ type: "HEADER", format: "LOCATION" }], place)).toMatchObject([
      { parameters: [{ location: { latitude: "-6.2", longitude: "106.8", name: "Toko", address: "Jl. 1" } }] },
    ]);
    const offer = [{ type: "LIMITED_TIME_OFFER", limited_time_offer: { text: "Sale", has_expiration: true } }];
    expect(await contentOf(offer, { offer_expires_at: "2026-12-24T00:00:00Z" })).toMatchObject([
      { parameters: [{ limited_time_offer: { expiration_time_ms: Date.parse("2026-12-24T00:00:00Z") } }] },
    ]);
    expect(await contentOf(offer, { offer_expires_at: "soon" })).toMatchObject({ code: "message_not_allowed" });
    const cards = [{ type: "CAROUSEL", cards: [{ components: [...image, { type: "BODY", text: "{{1}}" }] }] }];
    expect(await contentOf(cards, { card_0_header_media: "https://a.example/3.png", card_0_1: "Red" })).toEqual([
      {
        type: "carousel",
        cards: [
          {
            card_index: 0,
            components: [
              ...fileOf("https://a.example/3.png"),
              { type: "body", parameters: [{ type: "text", text: "Red" }] },
            ],
          },
        ],
      },
    ]);
    const code = [{ type: "BODY" }, { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE" }] }];
    expect(await contentOf(code, { "1": "1234" })).toMatchObject([
      { type: "body", parameters: [{ text: "1234" }] },
      { type: "button", sub_type: "url", parameters: [{ text: "1234" }] },
    ]);
    // A catalogue's products are no text.
    const products = [{ type: "BUTTONS", buttons: [{ type: "MPM", text: "See" }] }];
    expect(await contentOf(products, {})).toMatchObject({ code: "message_not_allowed" });
    const long = "x".repeat(40_000);
    expect(await contentOf(named, { first_name: long }, { parameter_format: "NAMED" })).toMatchObject({
      code: "message_not_allowed",
    });
  });
});

describe("a mail to a recipient", () => {
  const mailOf = async (content: object, variables: Record<string, string>, addressee: Partial<Addressee>) =>
    (
      await rendererOf(campaignMessage(JSON.stringify({ html: null, text: null, ...content }), null)!, {
        orgName: "Toko",
        variables,
      })
    )(to({ address: "ani@example.com", ...addressee }));

  it("escapes values in HTML and nowhere else, and keeps its subject on one line", async () => {
    const rendered = await mailOf(
      {
        subject: "Hi {{contact.name|you}}",
        preheader: "<{{name}}>",
        html: '<html><body class="a">{{name}} <a href="https://a.example/?n={{name}}">{{7*7}}</a></body></html>',
        text: "{{name}} {{other|x}}",
      },
      { name: "{{nick}}" },
      { name: "Ani\r\nBcc: b@example.com", variables: { nick: `"><script>'&{{org.name}}` }, unsubscribeUrl: null },
    );
    const value = "&quot;&gt;&lt;script&gt;&#39;&amp;{{org.name}}";
    expect(rendered).toEqual({
      message: {
        type: "email",
        replyTo: null,
        content: {
          subject: "Hi Ani Bcc: b@example.com",
          html: `<html><body class="a"><div style="display:none;max-height:0;overflow:hidden">&lt;${value}&gt;</div>${value} <a href="https://a.example/?n=${value}">{{7*7}}</a></body></html>`,
          text: `"><script>'&{{org.name}} x`,
        },
      },
    });
  });

  it("says how to unsubscribe, where its author has a place for it, or at its end", async () => {
    const unsubscribeUrl = "https://app.example/unsubscribe/t?a=1&b=2";
    const content = async (html: string, text: string) => {
      const rendered = await mailOf({ subject: "Hi", html, text }, {}, { unsubscribeUrl });
      return "message" in rendered ? rendered.message.content : rendered;
    };
    expect(await content("<p>A</p></body>", "A")).toEqual({
      subject: "Hi",
      html: '<p>A</p><p style="font-size:12px"><a href="https://app.example/unsubscribe/t?a=1&amp;b=2">Unsubscribe</a></p></body>',
      text: `A\n\nUnsubscribe: ${unsubscribeUrl}`,
      unsubscribe_url: unsubscribeUrl,
    });
    expect(await content('<a href="{{unsubscribe_url}}">No more</a>', "No more: {{ unsubscribe_url }}")).toMatchObject({
      html: '<a href="https://app.example/unsubscribe/t?a=1&amp;b=2">No more</a>',
      text: `No more: ${unsubscribeUrl}`,
    });
  });

  it("names what is missing or not allowed", async () => {
    expect(await mailOf({ subject: "Hi {{contact.name}}", text: "{{x}}" }, {}, {})).toMatchObject({
      failure: { code: "missing_variable", variables: ["contact.name", "x"] },
    });
    expect(await mailOf({ subject: "{{x|}}", text: "A" }, {}, {})).toMatchObject({
      failure: { code: "message_not_allowed", message: expect.stringContaining("subject") },
    });
    expect(await mailOf({ subject: "A", text: "x".repeat(600_000) }, {}, {})).toMatchObject({
      failure: { code: "message_not_allowed" },
    });
    const mail = campaignMessage(
      JSON.stringify({ subject: "{{a}} {{contact.name}}", html: "{{b|x}} {{a}} {{unsubscribe_url}}", text: null }),
      null,
    )!;
    expect((await variablesOf(mail)).map((each) => [each.component, each.name, each.is_required])).toEqual([
      ["subject", "a", true],
      ["html", "b", false],
      ["html", "a", true],
    ]);
  });
});

describe("words of consent", () => {
  it.each([
    ["STOP", "ID", "opt_out"],
    ["stop.", "ID", "opt_out"],
    ["  Berhenti!! ", "ID", "opt_out"],
    ["BERHENTI  LANGGANAN", "ID", "opt_out"],
    ["Stop 🛑", "DE", "opt_out"],
    ["Opt-out", "US", "opt_out"],
    ["Arrêt", "FR", "opt_out"],
    ["ARRET", "FR", "opt_out"],
    ["СТОП", "UA", "opt_out"],
    ["إيقاف", "SA", "opt_out"],
    ["रोकें", "IN", "opt_out"],
    ["退订", "CN", "opt_out"],
    ["หยุด", "TH", "opt_out"],
    ["Hủy đăng ký", "VN", "opt_out"],
    ["Mulai", "ID", "opt_in"],
    ["start", "ID", "opt_in"],
    ["başla", "TR", "opt_in"],
    ["berhenti", null, "opt_out"],
    ["parar", "ID", undefined],
    ["please stop", "ID", undefined],
    ["stop it", "US", undefined],
    ["stopped", "US", undefined],
    ["cancel", "US", undefined],
    ["", "US", undefined],
    ["!!!", "US", undefined],
    [undefined, "US", undefined],
    [7, "US", undefined],
    ["stop ".repeat(20), "US", undefined],
  ])("takes %j in %s for %s", (text, country, choice) => {
    expect(choiceOf(text, null, country)).toBe(choice);
  });

  it("takes an organization's own words in place of the defaults, each list for itself", () => {
    const settings = { optOutWords: ["Cukup sudah", "GO"], optInWords: null, optOutReply: null };
    expect(choiceOf("cukup, sudah!", settings, "ID")).toBe("opt_out");
    expect(choiceOf("stop", settings, "ID")).toBeUndefined();
    expect(choiceOf("mulai", settings, "ID")).toBe("opt_in");
    expect(choiceOf("go", { ...settings, optInWords: ["go"] }, "ID")).toBe("opt_out");
    expect(choiceOf("stop", { optOutWords: [], optInWords: [], optOutReply: null }, "ID")).toBeUndefined();
    expect(defaultWords("ID").optOut).toEqual(expect.arrayContaining(["stop", "berhenti"]));
  });
});

describe("prices", () => {
  const table: PriceTable = {
    currency: "USD",
    rates: [
      { effective_from: "2026-01-01", countries: ["ID"], marketing: 0.0411, utility: 0.025, service: 0 },
      { effective_from: "2026-10-01", countries: ["ID", "MY"], marketing: 0.05, service: 0.025 },
      { effective_from: "2026-01-01", countries: ["*"], marketing: 0.0604 },
    ],
  };
  const at = (day: string) => Date.parse(`${day}T12:00:00Z`);

  it("takes the newest price of the country that holds, then that of all others", () => {
    expect(priceOf(table, "MARKETING", "ID", at("2026-09-30"))).toBe(41_100);
    expect(priceOf(table, "marketing_lite", "ID", at("2026-10-01"))).toBe(50_000);
    expect(priceOf(table, "utility", "ID", at("2026-11-01"))).toBe(25_000);
    expect(priceOf(table, "marketing", "MY", at("2026-09-30"))).toBe(60_400);
    expect(priceOf(table, "marketing", undefined, at("2026-11-01"))).toBe(60_400);
    expect(priceOf(table, "utility", "MY", at("2026-11-01"))).toBeUndefined();
    expect(priceOf(table, "marketing", "ID", at("2025-12-31"))).toBeUndefined();
    expect(priceOf(table, "referral_conversion", "ID", at("2026-11-01"))).toBeUndefined();
  });

  it.each<[Pricing, string, number | undefined]>([
    [{ billable: true, category: "marketing" }, "2026-11-01", 50_000],
    [{ billable: true, category: "marketing", type: "regular" }, "2026-11-01", 50_000],
    [{ billable: false, category: "marketing" }, "2026-11-01", 0],
    [{ category: "utility", type: "free_customer_service" }, "2026-11-01", 0],
    [{ category: "marketing", type: "free_entry_point" }, "2026-11-01", 0],
    [{ billable: true, category: "service" }, "2026-09-30", 0],
    [{ billable: true, category: "service" }, "2026-11-01", 25_000],
    [{ billable: true, category: "referral_conversion" }, "2026-11-01", undefined],
    [{ billable: true }, "2026-11-01", undefined],
  ])("costs %j on %s: %s", (pricing, day, cost) => {
    expect(costOf(table, pricing, "ID", at(day))).toBe(cost);
  });

  it("has a table that is in force", async () => {
    const prices = await deploymentPrices();
    for (const category of ["marketing", "utility", "authentication", "service"])
      for (const country of ["ID", "US", "BR", "DE", undefined])
        expect(priceOf(prices, category, country, at("2026-11-30"))).toBeGreaterThan(0);
    expect(priceOf(prices, "service", "ID", at("2026-09-01"))).toBe(0);
  });
});

it("says how well a campaign did, in shares that are never above 1", () => {
  const none = { sent: 0, delivered: 0, read: 0, replied: 0, clicked: 0 };
  expect(ratesOf(none)).toEqual({ delivered: null, read: null, replied: null, clicked: null });
  expect(ratesOf({ sent: 300, delivered: 200, read: 100, replied: 30, clicked: 7 })).toEqual({
    delivered: 0.6667,
    read: 0.5,
    replied: 0.15,
    clicked: 0.035,
  });
  expect(ratesOf({ ...none, sent: 10, delivered: 0, replied: 4 })).toEqual({
    delivered: 0,
    read: 0,
    replied: 1,
    clicked: 0,
  });
});
