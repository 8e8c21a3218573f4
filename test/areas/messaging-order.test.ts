import { env } from "cloudflare:workers";
import { beforeAll, expect, inject, it, vi } from "vitest";
import type { Platform } from "../../simulators/graph/messaging-state.ts";
import { signatureOf } from "../../simulators/graph/webhook.ts";
import { conversationIdOf } from "../../src/domain/ids";
import { door, graph, type Org, organization, projected } from "../harness";
import { connected, type Page } from "../messaging";

/** Deliveries of an account end in the same threads, in whatever order and however often they come. */

vi.setConfig({ testTimeout: 60_000 });

// oxlint-disable-next-line typescript/no-explicit-any -- payloads
type Loose = any;

let org: Org;
beforeAll(async () => {
  org = await organization();
});

const SECRETS = { messenger: () => env.META_APP_SECRET, instagram: () => "test-instagram-secret" };
const ACCOUNT = "1234500000000001";
const T0 = 1_700_000_000_000;

/** A person's life in a thread, one event a second. */
function story(platform: Platform): string[] {
  const person = "900000000000000001";
  const sides = { sender: { id: person }, recipient: { id: ACCOUNT } };
  const from = (event: object, n: number): object => ({ ...sides, timestamp: T0 + n * 1000, ...event });
  const seen = platform === "messenger" ? { watermark: T0 + 60_000 } : { mid: "ours" };
  const events = [
    { message: { mid: "m1", text: "First" } },
    { message: { mid: "m2", text: "Second", reply_to: { mid: "m1" } } },
    { reaction: { mid: "m1", action: "react", emoji: "👍" } },
    { reaction: { mid: "m1", action: "react", emoji: "❤️" } },
    { reaction: { mid: "m1", action: "unreact" } },
    { reaction: { mid: "m2", action: "react", emoji: "😮" } },
    { message_edit: { mid: "m2", text: "Second, better", num_edit: "1" } },
    { message_edit: { mid: "m2", text: "Second, best", num_edit: "2" } },
    { message: { mid: "m3", text: "Gone" } },
    { message: { mid: "m3", is_deleted: true } },
    { postback: { mid: "p1", title: "Start", payload: "START" } },
    { message: { mid: "m4", text: "Red", quick_reply: { payload: "red" } } },
    { referral: { ref: "poster", source: "SHORTLINK", type: "OPEN_THREAD" } },
    { take_thread_control: { previous_owner_app_id: "1" } },
    { pass_thread_control: { new_owner_app_id: "1" } },
    { read: seen },
  ];
  return events.map((event, n) =>
    JSON.stringify({
      object: platform === "messenger" ? "page" : "instagram",
      entry: [{ id: ACCOUNT, time: T0, messaging: [from(event, n)] }],
    }),
  );
}

/** Deliveries that others wrote, where they are at hand, as if they were all of one account. */
const foreign = (platform: Platform): string[] =>
  Object.values((inject("corpus") ?? {})[platform] ?? {}).flatMap((text, n) => {
    const delivery = JSON.parse(text) as Loose;
    if (!Array.isArray(delivery.entry)) return [];
    for (const entry of delivery.entry) {
      for (const { sender, recipient, message } of entry.messaging ?? [])
        // Some name both sides alike.
        if (sender?.id === recipient?.id && sender) (message?.is_echo ? recipient : sender).id = "900000000000000002";
      if (`${entry.id}` !== "0") entry.id = ACCOUNT;
    }
    // Different messages have the same id.
    return [JSON.stringify(delivery, (key, value: unknown) => (key === "mid" ? `${value as string}-${n}` : value))];
  });

/** The threads without times and ids that are derived from them. */
const endOf = async (page: Page): Promise<unknown> => {
  await projected(org);
  const { results } = await org.tenantDb
    .prepare("SELECT DISTINCT thread_key AS person FROM contact_aliases WHERE org_id = ?1 AND channel = ?2")
    .bind(org.id, page.platform)
    .all<{ person: string }>();
  const threads = await Promise.all(
    results.map(async ({ person }) => {
      const id = conversationIdOf(org.id, page.id, person);
      const { status, body } = await org.call("GET", `/api/conversations/${id}/messages`);
      if (status !== 200) return undefined;
      const { body: conversation } = await org.call("GET", `/api/conversations/${id}`);
      const idOf = new Map<string, string>(body.messages.map((each: Loose) => [each._id, each.external_id]));
      const messages = body.messages.map((each: Loose) => ({
        id: each.external_id,
        type: each.type,
        direction: each.direction,
        text: each.content.text ?? each.content.caption,
        reactions: each.reactions.map(({ emoji, by }: Loose) => `${by} ${emoji}`),
        replyTo: each.reply_to && idOf.get(each.reply_to),
        isEdited: each.edited_at !== null,
        isGone: each.revoked_at !== null,
      }));
      return {
        person,
        unread: conversation.unread_count,
        control: conversation.thread_control,
        referral: conversation.referral,
        messages: messages.toSorted((a: Loose, b: Loose) => a.id.localeCompare(b.id)),
      };
    }),
  );
  return threads.filter((each) => each !== undefined).toSorted((a, b) => a.person.localeCompare(b.person));
};

/** A shuffle that a seed repeats. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return list
    .map((each) => ({ each, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

it.each(["messenger", "instagram"] as const)("%s: in order, shuffled, and each twice", async (platform) => {
  const deliveries = [...story(platform), ...foreign(platform)];
  const ends: unknown[] = [];
  for (const seed of [0, 7, 77]) {
    const page = await connected(org, platform);
    const order = seed === 0 ? deliveries : shuffled([...deliveries, ...deliveries], seed);
    for (const text of order) {
      const body = text.replaceAll(ACCOUNT, page.account);
      const headers = { "x-hub-signature-256": await signatureOf(body, SECRETS[platform]()) };
      const response = await door(`/webhook/${platform}`, { method: "POST", body, headers });
      expect(response.status).toBe(200);
    }
    ends.push(JSON.parse(JSON.stringify(await endOf(page)).replaceAll(page.account, ACCOUNT)));
  }
  const [first, ...others] = ends as Loose[];
  const own = first.find(({ person }: Loose) => person === "900000000000000001");
  expect(own).toMatchObject({
    unread: 5,
    control: "ours",
    referral: { ref: "poster" },
    messages: expect.arrayContaining([
      expect.objectContaining({ id: "m1", text: "First", reactions: [] }),
      expect.objectContaining({
        id: "m2",
        text: "Second, best",
        reactions: ["customer 😮"],
        replyTo: "m1",
        isEdited: true,
      }),
      expect.objectContaining({ id: "m3", isGone: true }),
      expect.objectContaining({ id: "m4", type: "quick_reply" }),
      expect.objectContaining({ id: "p1", type: "postback" }),
    ]),
  });
  for (const other of others) expect(other).toEqual(first);
  graph.state.requests.length = 0;
});
