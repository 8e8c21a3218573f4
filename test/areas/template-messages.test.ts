import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { clock, DAY, HOUR, MINUTE } from "../../src/kit/clock";
import { type Answer, conversationWith, customerWrites, eventually, eventuallyListed, graph, phone } from "../harness";
import { expectProblem } from "../problem";
import { minute, type Shop, shop } from "./wa-templates";

vi.setConfig({ testTimeout: 60_000 });

const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

let mine: Shop;
beforeAll(async () => {
  mine = await shop();
  mine.has({ name: "order_shipped" });
  mine.has({
    name: "order_shipped",
    language: "id",
    components: [{ type: "BODY", text: "Halo {{1}}, {{2}} dikirim." }],
  });
  mine.has({ name: "paused_one", status: "PAUSED" });
  mine.has({
    name: "sale",
    category: "MARKETING",
    components: [
      { type: "HEADER", format: "IMAGE" },
      { type: "BODY", text: "Our sale has begun!" },
      { type: "BUTTONS", buttons: [{ type: "URL", text: "Shop", url: "https://example.com/{{1}}" }] },
    ],
  });
  await mine.sync();
});

async function thread(): Promise<{ id: string; path: string; from: string }> {
  const from = phone();
  await customerWrites(mine.phoneNumberId, from);
  const { id } = await conversationWith(mine.org, from);
  return { id, from, path: `/api/conversations/${id}/messages` };
}
const text = (...values: string[]) => values.map((value) => ({ type: "text", text: value }));
const order = (...values: string[]) => ({
  name: "order_shipped",
  language: "en_US",
  components: [{ type: "body", parameters: text(...values) }],
});
const send = (path: string, content: object, headers: Record<string, string> = {}): Promise<Answer> =>
  mine.org.call("POST", path, { type: "template", content }, headers);
const atMeta = (from: string) => graph.state.messages.filter(({ to }) => to === from);

it("shows and finds the text that the customer got, also after the window has closed", async () => {
  const { path, from } = await thread();
  await mine.org.call("PATCH", `/api/contacts/${(await conversationWith(mine.org, from)).contact_id}`, {
    name: "Siti",
  });
  clock.now = () => realNow() + 2 * DAY;
  const sent = await send(path, order("{{contact.name}}", "A-17"));
  expect(sent).toMatchObject({
    status: 201,
    body: { type: "template", content: { text: "Hello Siti, your order A-17 is on its way." } },
  });
  await eventually(async () => expect(atMeta(from)).toHaveLength(1));
  expect(atMeta(from)[0]!.body.template).toEqual({
    ...order("Siti", "A-17"),
    language: { code: "en_US" },
  });
  const list = await mine.org.call("GET", path);
  expect(list.body.messages.at(-1).content.text).toBe("Hello Siti, your order A-17 is on its way.");
  const found = await eventuallyListed(mine.org, async () => {
    const { body } = await mine.org.call("GET", "/api/messages/search?q=siti+order");
    expect(body.data).toHaveLength(1);
    return body.data[0];
  });
  expect(found).toMatchObject({ type: "template", snippet: expect.stringContaining("«Siti»") });
  expect((await conversationWith(mine.org, from)).last_message).toBe("Hello Siti, your order A-17 is on its way.");
});

it("refuses before anything leaves what Meta would refuse", async () => {
  const { path, from } = await thread();
  const refused = async (content: object, code: string, field: string): Promise<string> => {
    const answer = await send(path, content);
    expectProblem(answer, 422, code);
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    return answer.body.detail;
  };
  const parameters = "content.components.0.parameters";
  expect(await refused(order("Siti"), "message_not_allowed", parameters)).toContain("takes 2: {{1}}, {{2}}; it has 1");
  expect(await refused({ ...order("a", "b"), name: "no_such" }, "template_not_found", "content.name")).toContain(
    "sync",
  );
  expect(await refused({ ...order("a", "b"), language: "fr" }, "template_not_found", "content.language")).toBe(
    "the template exists in en_US, id",
  );
  expect(await refused({ ...order("a", "b"), name: "paused_one" }, "template_not_approved", "content.name")).toBe(
    "the template is PAUSED",
  );
  await refused({ name: "sale", language: "en_US" }, "message_not_allowed", "content.components");
  expect(atMeta(from)).toEqual([]);
  expect((await mine.org.call("GET", path)).body.messages).toHaveLength(1);
  // Another spelling of the language is the same.
  expect((await send(path, { ...order("a", "b"), language: "en-us" })).body.content.language).toBe("en_US");
});

it("sends the template's own file in the header, and any other that the message brings", async () => {
  const { path, from } = await thread();
  const { id } = await mine.named("sale");
  const url = "https://example.com/sale.png";
  await mine.org.call("PATCH", `/api/wa-templates/${id}/header-media`, { header_media_url: url });
  const button = { type: "button", sub_type: "url", index: "0", parameters: text("today") };
  const sent = await send(path, { name: "sale", language: "en_US", components: [button] });
  expect(sent).toMatchObject({ status: 201, body: { content: { text: "Our sale has begun!\n[Shop]" } } });
  const own = { type: "header", parameters: [{ type: "image", image: { link: "https://example.com/own.png" } }] };
  expect((await send(path, { name: "sale", language: "en_US", components: [own, button] })).status).toBe(201);
  await eventually(async () => expect(atMeta(from)).toHaveLength(2));
  const links = atMeta(from).map(({ body }: any) => body.template.components[0].parameters[0].image.link);
  expect(links).toEqual([url, "https://example.com/own.png"]);
});

it("answers a repetition as the first call, though the template was paused since", async () => {
  const shopOfOne = mine;
  mine.has({ name: "short_lived" });
  await mine.sync();
  const { path, from } = await thread();
  const content = { ...order("a", "b"), name: "short_lived" };
  const first = await send(path, content, { "idempotency-key": "again" });
  expect(first.status).toBe(201);
  graph.actOnTemplate({ wabaId: shopOfOne.wabaId, name: "short_lived", do: "pause" });
  await graph.settle();
  const again = await send(path, content, { "idempotency-key": "again" });
  expect([again.status, again.body._id]).toEqual([201, first.body._id]);
  expectProblem(await send(path, content, { "idempotency-key": "new" }), 422, "template_not_approved");
  await eventually(async () => expect(atMeta(from)).toHaveLength(1));
});

it("checks a scheduled template when it is scheduled, and again when it is due", async () => {
  mine.has({ name: "reminder" });
  await mine.sync();
  const { id, path } = await thread();
  const schedule = (content: object) =>
    mine.org.call("POST", `/api/conversations/${id}/scheduled-messages`, {
      type: "template",
      content,
      scheduled_at: new Date(realNow() + HOUR).toISOString(),
    });
  expectProblem(await schedule({ ...order("a"), name: "reminder" }), 422, "message_not_allowed");
  expectProblem(await schedule({ ...order("a", "b"), name: "nothing" }), 422, "template_not_found");
  const made = await schedule({ ...order("a", "b"), name: "reminder" });
  expect(made.status).toBe(201);
  graph.actOnTemplate({ wabaId: mine.wabaId, name: "reminder", do: "disable" });
  await graph.settle();
  clock.now = () => realNow() + HOUR + MINUTE;
  await minute();
  const { body } = await mine.org.call("GET", `/api/conversations/${id}/scheduled-messages`);
  expect(body.data ?? body).toEqual([
    expect.objectContaining({ status: "failed", error_message: expect.stringContaining("DISABLED") }),
  ]);
  expect((await mine.org.call("GET", path)).body.messages).toHaveLength(1);
});

it("lets Meta decide where the account was never synced", async () => {
  const { org, phoneNumberId } = await shop();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  const content = { name: "whatever", language: "en", components: [{ type: "body", parameters: text("Siti") }] };
  const { status, body } = await org.call("POST", `/api/conversations/${id}/messages`, { type: "template", content });
  expect(status).toBe(201);
  expect(body.content.text).toBeUndefined();
  await eventually(async () => expect(atMeta(from)).toHaveLength(1));
});

it("syncs again after Meta has refused a template", async () => {
  mine.has({ name: "changed_at_meta" });
  await mine.sync();
  const { path } = await thread();
  graph.actOnTemplate({ wabaId: mine.wabaId, name: "changed_at_meta", do: "pause", webhook: false });
  const sent = await send(path, { ...order("a", "b"), name: "changed_at_meta" });
  expect(sent.status).toBe(201);
  await eventuallyListed(mine.org, async () => {
    const { messages } = (await mine.org.call("GET", path)).body;
    expect(messages.at(-1)).toMatchObject({ status: "failed", failure: { code: "132015" } });
  });
  clock.now = () => realNow() + 3 * MINUTE;
  await minute();
  expect((await mine.named("changed_at_meta")).status).toBe("PAUSED");
});

it("sends no marketing to a contact who takes none, whatever was sent before", async () => {
  const { path, from } = await thread();
  const { contact_id: contact } = await conversationWith(mine.org, from);
  await mine.org.call("PATCH", `/api/contacts/${contact}`, { marketing_opted_out: true });
  const button = { type: "button", sub_type: "url", index: "0", parameters: text("today") };
  const own = { type: "header", parameters: [{ type: "image", image: { link: "https://example.com/own.png" } }] };
  const sale = { name: "sale", language: "en_US", components: [own, button] };
  expectProblem(await send(path, sale), 422, "contact_opted_out");
  expect((await send(path, order("Siti", "A-17"))).status).toBe(201);
  await mine.org.call("PATCH", `/api/contacts/${contact}`, { marketing_opted_out: false });
  expect((await send(path, sale)).status).toBe(201);
});

const many = (components: object[]) => ({ name: "order_shipped", language: "en_US", components });

it("names the first of very many faults", async () => {
  const { path } = await thread();
  const wrong = await send(path, many(Array.from({ length: 300 }, () => ({ parameters: Array(800).fill(1) }))));
  expectProblem(wrong, 422, "message_not_allowed");
  expect(wrong.body.errors).toHaveLength(20);
  expect(wrong.body.detail.length).toBeLessThanOrEqual(1000);
});

it("refuses a short call of which the template would make a text of megabytes", async () => {
  const { path, from } = await thread();
  mine.has({ name: "echo", components: [{ type: "BODY", text: `So ${"{{1}} ".repeat(150)}it is.` }] });
  await mine.sync();
  const echo = (value: string) => ({
    ...many([{ type: "body", parameters: text(value) }]),
    name: "echo",
  });
  const { contact_id: contact } = await conversationWith(mine.org, from);
  await mine.org.call("PATCH", `/api/contacts/${contact}`, { name: "n".repeat(200) });
  for (const value of ["x".repeat(30_000), "{{contact.name}}".repeat(25)])
    expectProblem(await send(path, echo(value)), 422, "message_not_allowed");
  expect((await send(path, echo("x".repeat(400)))).status).toBe(201);
  await eventually(async () => expect(atMeta(from)).toHaveLength(1));
});
