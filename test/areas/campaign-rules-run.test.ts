import { expect, it, vi } from "vitest";
import { clock, HOUR } from "../../src/kit/clock";
import { door, eventually, eventuallyListed, graph, mail, type Org, organization, phone, projected } from "../harness";
import { shop } from "./wa-templates";

/** The rules at work: mails to many with the link to unsubscribe, hours of the organization, its cap and its prices. */

vi.setConfig({ testTimeout: 60_000 });

const completed = async (org: Org, path: string): Promise<any> =>
  eventually(async () => {
    await graph.settle();
    const { body } = await org.call("GET", path);
    expect([body.status, body.status_detail]).toEqual(["completed", null]);
    return body;
  }, 30);
const recipientsOf = async (org: Org, path: string): Promise<any[]> =>
  (await org.call("GET", `${path}/recipients`)).body.data;

async function started(org: Org, content: object, recipients: object): Promise<string> {
  const made = await org.call("POST", "/api/campaigns", { name: "News", ...content });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const path = `/api/campaigns/${made.body.id}`;
  const added = await org.call("POST", `${path}/recipients`, recipients);
  expect(added.body.added, JSON.stringify(added.body)).toBeGreaterThan(0);
  const sent = await org.call("POST", `${path}/send`, {});
  expect(sent.status, JSON.stringify(sent.body)).toBe(200);
  return path;
}

it("sends mails with each recipient's own values and link, and skips who has unsubscribed", async () => {
  const org = await organization();
  const account = await org.connectMail();
  const content = {
    channel: "email",
    content: {
      subject: "News for {{name|you}}",
      html: "<p>Hello <b>{{name|friend}}</b></p>",
      text: "Hello {{name|friend}}",
    },
  };
  const people = ["rina@customer.test", "budi@customer.test"];
  const variables = { "rina@customer.test": { name: "Rina <3 & co" } };
  const path = await started(org, content, { emails: people, variables });
  await completed(org, path);
  const mailsTo = (address: string) =>
    mail.state.sent.filter(({ from, to }) => from === account.address && to.includes(address));
  const [toRina] = mailsTo(people[0]!);
  expect(toRina).toMatchObject({
    subject: "News for Rina <3 & co",
    html: expect.stringContaining("<b>Rina &lt;3 &amp; co</b>"),
    text: expect.stringContaining("Hello Rina <3 & co"),
  });
  expect(mailsTo(people[1]!)).toMatchObject([{ subject: "News for you" }]);
  const headers = JSON.stringify(toRina);
  expect(headers).toContain("List-Unsubscribe=One-Click");
  const link = /<(http:\/\/app\.test\/unsubscribe\/[\w-]+)>/.exec(headers)![1]!;
  expect(toRina!.html).toContain(link);
  const [rina] = await recipientsOf(org, path);
  await projected(org, rina.conversation_id);
  expect((await door(new URL(link).pathname, { method: "POST", body: "List-Unsubscribe=One-Click" })).status).toBe(200);
  const { contact_id: contactId } = (await org.call("GET", `/api/conversations/${rina.conversation_id}`)).body;
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", `/api/contacts/${contactId}`)).body.marketing_opted_out_at).not.toBeNull(),
  );
  const second = await started(org, content, { emails: people, variables });
  await completed(org, second);
  expect((await recipientsOf(org, second)).map(({ status, error_message }) => [status, error_message])).toEqual([
    ["skipped", expect.stringContaining("no marketing")],
    [expect.stringMatching(/sent|delivered|read/), null],
  ]);
  expect(mailsTo(people[0]!)).toHaveLength(1);
  expect(mailsTo(people[1]!)).toHaveLength(2);
});

it("keeps the organization's cap, and adds up what was charged by its prices", async () => {
  const at = await shop();
  at.has({ name: "sale", category: "MARKETING", components: [{ type: "BODY", text: "Our sale has begun!" }] });
  await at.sync();
  const template_id = (await at.named("sale")).id;
  const rates = [{ effective_from: "2026-01-01", countries: ["ID"], marketing: 0.05, utility: 0.01, service: 0.01 }];
  await at.org.call("PATCH", "/api/settings/campaigns", {
    prices: { currency: "USD", rates },
    frequency_cap: { max: 1, days: 7 },
  });
  const phone_numbers = [`+${phone()}`, `+${phone()}`];
  const first = await started(at.org, { template_id }, { phone_numbers, variables: {} });
  await completed(at.org, first);
  await eventually(async () => {
    await graph.settle();
    // The channel reports that it charged the template as one of utility.
    expect((await at.org.call("GET", first)).body).toMatchObject({ delivered_count: 2, cost: 0.02 });
  }, 20);
  const second = await started(at.org, { template_id }, { phone_numbers, variables: {} });
  expect(await completed(at.org, second)).toMatchObject({ skipped_count: 2, cost: 0 });
  expect((await recipientsOf(at.org, second)).map(({ status }) => status)).toEqual(["skipped", "skipped"]);
});

it("keeps the cap of mails, also of two campaigns at the same time", async () => {
  const org = await organization();
  const account = await org.connectMail();
  await org.call("PATCH", "/api/settings/campaigns", { frequency_cap: { max: 1, days: 7 } });
  const content = { channel: "email", content: { subject: "News", text: "Hello" } };
  const emails = Array.from({ length: 6 }, (_, i) => `capped${i}@customer.test`);
  // Loads the modules of sending, which two objects cannot do at once in tests.
  await completed(org, await started(org, content, { emails: ["first@customer.test"] }));
  const paths = await Promise.all([1, 2].map(() => started(org, content, { emails })));
  const done = await Promise.all(paths.map((path) => completed(org, path)));
  const third = await completed(org, await started(org, content, { emails }));
  expect(done.map(({ skipped_count }) => skipped_count).reduce((a, b) => a + b)).toBe(6);
  expect(third).toMatchObject({ skipped_count: 6, sent_count: 0 });
  for (const email of emails)
    expect(mail.state.sent.filter(({ from, to }) => from === account.address && to.includes(email))).toHaveLength(1);
});

it("waits for the organization's hours where the recipient is", async () => {
  const at = await shop();
  at.has({ name: "sale", category: "MARKETING", components: [{ type: "BODY", text: "Our sale has begun!" }] });
  await at.sync();
  const template_id = (await at.named("sale")).id;
  // In Jakarta it is seven hours later than in UTC, in New York four or five earlier.
  const local = (offset: number) => new Date(clock.now() + offset * HOUR).toISOString().slice(11, 13);
  const start = `${local(6)}:00`;
  const end = `${local(9)}:00`;
  if (start >= end) return;
  await at.org.call("PATCH", "/api/settings/campaigns", { sending_hours: { start, end } });
  const numbers = ["622112345678", "12125550199"];
  const path = await started(at.org, { template_id }, { phone_numbers: numbers.map((n) => `+${n}`), variables: {} });
  await eventually(async () => {
    await graph.settle();
    const statuses = (await recipientsOf(at.org, path)).map(({ phone_number, status }) => [phone_number, status]);
    expect(new Map(statuses as [string, string][]).get("+622112345678")).toMatch(/sent|delivered|read/);
  }, 20);
  const found = new Map((await recipientsOf(at.org, path)).map((each) => [each.phone_number, each.status]));
  expect(found.get("+12125550199")).toBe("pending");
  expect((await at.org.call("GET", path)).body.status).toBe("sending");
  await at.org.call("POST", `${path}/cancel`, {});
});
