import { expect, inject, it, vi } from "vitest";
import { door, eventuallyListed, type Org, organization } from "../harness";

/** Mails that others wrote, through the door: each is taken, and twice or shuffled they end in the same threads. */

vi.setConfig({ testTimeout: 300_000 });

const mails = Object.entries((inject("corpus") ?? {})["email"] ?? {}).filter(([name]) => name.endsWith(".eml"));

async function deliver(org: Org, order: readonly (readonly [string, string])[]): Promise<string[][]> {
  const { address, inboundSecret } = await org.connectMail();
  const waiting = order.values();
  const worker = async (): Promise<void> => {
    for (const [name, raw] of waiting) {
      const response = await door(`/webhook/email?account=${address}&secret=${inboundSecret}`, {
        method: "POST",
        body: Buffer.from(raw, "latin1"),
        headers: { "content-type": "message/rfc822" },
      });
      expect(response.status, name).toBe(200);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  return threadsOf(org);
}

async function threadsOf(org: Org): Promise<string[][]> {
  const ids = (
    await org.tenantDb
      .prepare("SELECT DISTINCT conversation_id AS id FROM mail_names WHERE org_id = ?")
      .bind(org.id)
      .all<{ id: string }>()
  ).results;
  const threads = await Promise.all(
    ids.map(async ({ id }) => {
      const { messages } = (await org.call("GET", `/api/conversations/${id}/messages?limit=100`)).body;
      return (messages as any[]).map(({ content }) => `${content.subject} ${content.text}`).toSorted();
    }),
  );
  return threads.toSorted((a, b) => a[0]!.localeCompare(b[0]!));
}

it.skipIf(mails.length === 0)("end in the same threads, twice and shuffled", async () => {
  const [one, two] = [await organization(), await organization()];
  const first = await deliver(one, [...mails, ...mails]);
  // Many of them have one Message-ID, and are different mails; a few are the same mail twice.
  expect(first.flat().length).toBeGreaterThan(mails.length * 0.8);
  const shuffled = mails.toSorted(([a], [b]) =>
    [...a]
      .reverse()
      .join("")
      .localeCompare([...b].reverse().join("")),
  );
  expect(await deliver(two, shuffled.toReversed())).toEqual(first);
  await eventuallyListed(one, async () => {
    const { body } = await one.call("GET", "/api/conversations?limit=100");
    expect(body.data.length).toBe(Math.min(first.length, 100));
  });
});
