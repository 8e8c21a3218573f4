import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { GraphFaults } from "../../simulators/graph/faults.ts";
import { clock } from "../../src/kit/clock";
import { door, eventually, eventuallyListed, graph, type Org, organization } from "../harness";
import { newPage } from "../login";
import {
  begin,
  connected,
  conversation,
  type Page,
  personId,
  send,
  sentTo,
  thread,
  untilNamed,
  untilStatus,
  uploaded,
} from "../messaging";

vi.setConfig({ testTimeout: 30_000 });

let org: Org;
let shop: Page;
beforeAll(async () => {
  org = await organization();
  shop = await connected(org, "instagram");
});
const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

const begun = (on = shop, text?: string) => begin(on, text);
const GIF = new Uint8Array([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0]);

it("takes a message in each envelope, answers it, and shows that it was read", async () => {
  const person = personId();
  for (const envelope of ["messaging", "changes", "flat"] as const)
    await shop.act(person, { text: envelope, envelope });
  const id = shop.conversationOf(person);
  expect((await thread(org, id)).map(({ content }) => content.text)).toEqual(["messaging", "changes", "flat"]);
  const first = await send(org, id, "text", { text: "One" });
  const second = await send(org, id, "text", { text: "Two" });
  await untilStatus(org, id, second.body._id, "read");
  await untilStatus(org, id, first.body._id, "read");
  // Instagram's own login has a host of its own.
  expect(graph.state.requests.some(({ path }) => path === `/graph.instagram.com/v24.0/${shop.account}/messages`)).toBe(
    true,
  );
  expect(await thread(org, id)).toHaveLength(5);
});

it("shows that all messages up to the one that was seen are read", async () => {
  const { person, id } = await begun();
  const messages = [await send(org, id, "text", { text: "One" }), await send(org, id, "text", { text: "Two" })];
  await untilStatus(org, id, messages[1]!.body._id, "read");
  const late = await send(org, id, "text", { text: "Three" });
  await untilStatus(org, id, late.body._id, "read");
  expect(sentTo(person)).toHaveLength(3);
  expect(
    (await thread(org, id)).filter(({ direction }) => direction === "outbound").map(({ status }) => status),
  ).toEqual(["read", "read", "read"]);
});

it("sends through the page where the account is linked by Facebook", async () => {
  const pageId = personId();
  const linked = await connected(org, "instagram", { login: "facebook", page_id: pageId });
  const { id, person } = await begun(linked);
  graph.state.messaging.accounts.set(pageId, { id: pageId, platform: "instagram", name: "Page", profile: {} });
  const { body } = await send(org, id, "text", { text: "Through the page" });
  await untilStatus(org, id, body._id, "sent");
  expect(sentTo(person)).toMatchObject([{ account: pageId, text: "Through the page" }]);
  const { status, body: refused } = await org.call("POST", "/api/integrations/accounts", {
    channel: "instagram",
    display_name: "No page",
    config: { instagram_id: personId(), access_token: "t", login: "facebook" },
  });
  expect([status, refused.errors?.[0]?.field]).toEqual([422, "config.page_id"]);
});

it("leaves Messenger's webhooks of the page that an account is linked to", async () => {
  const { id: pageId } = newPage();
  await org.call("POST", "/api/integrations/accounts", {
    channel: "messenger",
    display_name: "Page",
    config: { page_id: pageId, access_token: `token-${pageId}` },
  });
  const fields = [...graph.state.logins.pages.get(pageId)!.subscribedFields!];
  await connected(org, "instagram", { login: "facebook", page_id: pageId });
  expect(graph.state.logins.pages.get(pageId)!.subscribedFields).toEqual(expect.arrayContaining(fields));
});

it("keeps the story that a person mentions or answers", async () => {
  const person = personId();
  const story = await graph.customers.uploadAsCustomer(GIF, "image/gif");
  await shop.act(person, { text: "So nice!", story: { id: "18000000000000001", media_id: story } });
  await shop.act(person, { attachments: [{ type: "story_mention", payload: { media_id: story } }] });
  await shop.act(person, {
    attachments: [{ type: "ig_reel", payload: { media_id: story, title: "A reel", reel_video_id: 7 } }],
  });
  await shop.act(person, { attachments: [{ type: "like_heart", payload: {} }] });
  await shop.act(person, { attachments: [{ type: "ephemeral" }] });
  const id = shop.conversationOf(person);
  const shown = await eventually(async () => {
    const found = await thread(org, id);
    for (const each of found.slice(0, 3)) expect(each.content.url).toEqual(expect.any(String));
    return found;
  });
  expect(shown).toMatchObject([
    {
      type: "story_reply",
      content: { text: "So nice!", story: { id: "18000000000000001" }, policy: "story", mime_type: "image/gif" },
    },
    { type: "story_mention", content: { policy: "story", mime_type: "image/gif" } },
    { type: "share", content: { share: "ig_reel", text: "A reel", id: "7" } },
    { type: "sticker", content: { text: "❤️" } },
    { type: "unsupported", content: { original_type: "ephemeral" } },
  ]);
  const file = await eventuallyListed(org, async () => {
    const response = await door(shown[0].content.url, { headers: { authorization: `Bearer ${org.token}` } });
    expect(response.status).toBe(200);
    return response;
  });
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(GIF);
});

it("keeps the advertisement at the message and at the cycle", async () => {
  const person = personId();
  const ad = {
    source: "ADS",
    type: "OPEN_THREAD",
    ad_id: "6045246247433",
    ads_context_data: { ad_title: "Blue shirts" },
  };
  await shop.act(person, { text: "How much?", referral: ad });
  const id = shop.conversationOf(person);
  expect((await thread(org, id))[0].content.referral).toEqual(ad);
  expect((await conversation(org, id)).referral).toEqual(ad);
  const listed = await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", "/api/conversations?channel=instagram&limit=100");
    const row = body.data.find((each: any) => each.id === id);
    expect(row).toBeDefined();
    return row;
  });
  expect(listed.referral).toEqual(ad);
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  await shop.act(person, { text: "Me again" });
  expect(await conversation(org, id)).toMatchObject({ cycle: 2, referral: null });
});

it("finds the username of the person", async () => {
  const person = personId();
  await shop.act(person, { text: "Hi", name: "Budi", username: `budi.${person}` });
  const { contact_id: contactId } = await untilNamed(shop, person);
  await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", `/api/contacts/${contactId}`);
    expect(body).toMatchObject({ name: "Budi", username: `budi.${person}`, user_id: person });
  });
});

it("counts bytes, and takes only the files that Instagram takes", async () => {
  const { id } = await begun();
  expect((await send(org, id, "text", { text: "é".repeat(500) })).status).toBe(201);
  const images = Array.from({ length: 11 }, (_, i) => ({ url: `https://example.com/${i}.jpg` }));
  for (const [type, content, field] of [
    ["text", { text: "é".repeat(501) }, "content.text"],
    ["image", { images }, "content.images"],
    ["image", { images: [{ media_id: crypto.randomUUID() }, images[0]!] }, "content.images.0.media_id"],
    ["image", { images: [{ media_id: 7 }, images[0]!] }, "content.images.0.media_id"],
    ["image", { images: [{ media_id: "", url: "" }, images[0]!] }, "content.images.0"],
    ["image", { images: ["x", null] }, "content.images.0"],
    ["image", { images: images.slice(0, 2), url: "https://example.com/1.jpg" }, "content.images"],
    ["video", { images: images.slice(0, 2) }, "content.images"],
    ["image", { url: "https://example.com/a.png", mime_type: "image/webp" }, "content.mime_type"],
    ["document", { url: "https://example.com/a.doc", mime_type: "application/msword" }, "content.mime_type"],
    ["image", { url: "https://example.com/a.png", file_size: 9 * 1024 * 1024 }, "content.file_size"],
    ["location", { latitude: 1, longitude: 1 }, "type"],
  ] as const) {
    const { status, body } = await send(org, id, type, content);
    expect([status, body.errors?.[0]?.field], type).toEqual([422, field]);
  }
});

it("sends several images in one message, a heart, and reactions", async () => {
  const { id, person, mid } = await begun();
  const [own, wrong] = [await uploaded(org, "image/png"), await uploaded(org, "image/gif")];
  const images = [{ media_id: own }, { url: "https://example.com/2.jpg" }, { media_id: own }];
  const refused = await send(org, id, "image", { images: [images[1], { media_id: wrong }] });
  expect([refused.status, refused.body.errors[0].field]).toEqual([422, "content.images.1.mime_type"]);
  for (const [type, content] of [
    ["image", { images }],
    ["sticker", {}],
  ] as const) {
    const { status, body } = await send(org, id, type, content);
    expect(status).toBe(201);
    await untilStatus(org, id, body._id, "read");
  }
  const [first, second] = sentTo(person);
  const ours = { type: "image", payload: { url: expect.stringContaining("http://app.test/files/") } };
  expect(first?.attachments).toEqual([ours, { type: "image", payload: { url: images[1]!.url } }, ours]);
  expect(second?.attachments).toEqual([{ type: "like_heart" }]);
  // The echo of several images is no message of its own.
  expect(await thread(org, id)).toHaveLength(3);
  const [received] = await thread(org, id);
  expect((await send(org, id, "reaction", { message_id: received._id, emoji: "❤️" })).status).toBe(201);
  await eventually(async () =>
    expect(graph.state.messaging.messages.find((each) => each.mid === mid)?.reactions).toEqual([
      { by: "app", reaction: "love" },
    ]),
  );
});

const passing: [name: string, faults: GraphFaults][] = [
  ["loses the answer", { answerLost: { mode: "reset", times: 1 } }],
  ["does not answer", { answerLost: { mode: "hang", times: 1 } }],
  ["says 1/1357046 although it sent", { unknownError: { times: 1 } }],
  ["reports twice and backwards", { duplicateWebhooks: true, reverseStatuses: true }],
];
it.each(passing)("sends each message once while Graph %s, although no reference comes back", async (_, faults) => {
  const { person, id } = await begun();
  graph.faults.set(faults);
  const messages = [await send(org, id, "text", { text: "Same" }), await send(org, id, "text", { text: "Same" })];
  for (const { body } of messages) await untilStatus(org, id, body._id, "read");
  expect(sentTo(person).map(({ text }) => text)).toEqual(["Same", "Same"]);
  expect((await thread(org, id)).map(({ content }) => content.text)).toEqual(["Hello", "Same", "Same"]);
});

it("asks whether a message went out, if nothing reports it", async () => {
  const { person, id } = await begun();
  // Neither the echo nor the read receipt arrives.
  graph.state.subscriptions.set(shop.account, { subscribed: false });
  graph.faults.set({ unknownError: { times: 1 } });
  const { body } = await send(org, id, "text", { text: "Did it go?" });
  await untilStatus(org, id, body._id, "sent");
  expect(sentTo(person)).toHaveLength(1);
  expect(graph.state.requests.some(({ path }) => path.endsWith(`/${shop.account}/conversations`))).toBe(true);
  graph.state.subscriptions.delete(shop.account);
});
