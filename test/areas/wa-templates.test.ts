import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { systemContext } from "../../src/areas/access/authenticate";
import { addTemplate } from "../../simulators/graph/templates.ts";
import { setHeaderMedia } from "../../src/areas/wa-templates/header-media";
import { syncDueAccounts } from "../../src/areas/wa-templates/sync-due";
import { clock, MINUTE } from "../../src/kit/clock";
import { door, graph } from "../harness";
import { expectProblem } from "../problem";
import { BODY, minute, picture, shop, uploaded } from "./wa-templates";

vi.setConfig({ testTimeout: 60_000 });

const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

const order = {
  name: "order_shipped",
  language: "en_US",
  category: "UTILITY",
  components: [
    {
      type: "BODY",
      text: "Hello {{1}}, your order {{2}} is on its way.",
      example: { body_text: [["Ani", "A-17"]] },
    },
    { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Stop updates" }] },
  ],
};

it("submits a template to Meta, and shows what becomes of it", async () => {
  const { org, wabaId, named } = await shop();
  const made = await org.call("POST", "/api/wa-templates", order, { "idempotency-key": "one" });
  expect(made).toMatchObject({
    status: 201,
    body: {
      ...order,
      waba_id: wabaId,
      status: "PENDING",
      status_reason: null,
      quality: null,
      parameter_format: "POSITIONAL",
      meta_template_id: expect.stringMatching(/^\d+$/),
      header_media_url: null,
    },
  });
  const again = await org.call("POST", "/api/wa-templates", order, { "idempotency-key": "one" });
  expect(again).toMatchObject({ status: 201, body: { id: made.body.id } });
  expect([...graph.state.templates.values()].filter((one) => one.wabaId === wabaId)).toHaveLength(1);
  expectProblem(await org.call("POST", "/api/wa-templates", order), 409, "wa_template_exists");

  graph.actOnTemplate({ wabaId, name: "order_shipped" });
  await graph.settle();
  const path = `/api/wa-templates/${made.body.id}`;
  expect(await org.call("GET", path)).toMatchObject({
    status: 200,
    body: { status: "APPROVED", name: "order_shipped" },
  });
  expect(await named("order_shipped")).toMatchObject({ status: "APPROVED" });
  const log = await org.call("GET", `/api/activity-logs?entity_type=wa_template`);
  expect(log.body.data.map((entry: any) => [entry.action, entry.changes.status])).toEqual([
    ["wa_template.status_changed", ["PENDING", "APPROVED"]],
    ["wa_template.create", [null, "PENDING"]],
  ]);
});

it("refuses by the field what Meta would refuse, and passes on what only Meta knows", async () => {
  const { org, wabaId, has, named } = await shop();
  const create = (more: object) => org.call("POST", "/api/wa-templates", { ...order, ...more });
  const body = (text: string) => ({ components: [{ type: "BODY", text }] });
  for (const [more, field] of [
    [{ name: "Order" }, "name"],
    [{ language: "english" }, "language"],
    [body("Hi {{1}}!"), "components.0.example.body_text"],
    [body("x".repeat(1025)), "components.0.text"],
    [{ components: [order.components[1]] }, "components"],
  ] as const) {
    const refused = await create(more);
    expectProblem(refused, 422, "wa_template_invalid");
    expect(refused.body.errors[0].field).toBe(field);
  }
  expectProblem(await create({ category: "OTHER" }), 422, "invalid_request");
  expectProblem(await create({ integration_account_id: wabaId }), 422, "invalid_request");
  expect(
    graph.state.requests.some(({ path, method }) => method === "POST" && path.endsWith(`${wabaId}/message_templates`)),
  ).toBe(false);

  const header = { type: "HEADER", format: "IMAGE", example: { header_handle: ["4::simnothing"] } };
  const unknown = await create({ components: [header, { type: "BODY", text: "Hi!" }] });
  expectProblem(unknown, 422, "wa_template_refused");
  expect(unknown.body.detail).toBe(
    "2388043: Message Template Is Missing Expected Field(s): The header needs a sample.",
  );
  has({ name: "made_at_meta" });
  // As after an answer that was lost.
  expectProblem(await create({ name: "made_at_meta" }), 409, "wa_template_exists");
  clock.now = () => realNow() + 2000;
  await minute();
  const known = await named("made_at_meta");
  expect(known).toMatchObject({ status: "APPROVED" });
  await org.call("DELETE", `/api/wa-templates/${known.id}`);
  graph.faults.set({ outage: { mode: "500" } });
  expectProblem(await create({ name: "later" }), 503, "channel_unavailable");
  expect((await org.call("GET", "/api/wa-templates")).body.data).toEqual([]);
  graph.faults.clear();
  expect((await create({ name: "later", language: "en-US" })).body.language).toBe("en_US");
});

it("has no account to create for, and no other organization's", async () => {
  const [mine, other] = [await shop(), await shop()];
  const refused = await mine.org.call("POST", "/api/wa-templates", { ...order, integration_account_id: other.id });
  expectProblem(refused, 404, "whatsapp_account_not_found");
  expectProblem(await mine.sync({ integration_account_id: other.id }), 404, "whatsapp_account_not_found");
});

it("uploads a header's sample to Meta, and goes on where the connection broke", async () => {
  const { org, wabaId } = await shop();
  const bytes = picture(50_000);
  const { media_id } = await uploaded(org, bytes, "sale.png");
  const create = (name: string, id: string) =>
    org.call("POST", "/api/wa-templates", {
      ...order,
      name,
      category: "MARKETING",
      components: [
        { type: "HEADER", format: "IMAGE", example: { media_id: id } },
        { type: "BODY", text: "Our sale has begun!" },
      ],
    });
  graph.faults.set({ sampleLost: { times: 2 } });
  const made = await create("sale", media_id);
  expect(made.status).toBe(201);
  const session = [...graph.state.uploads.values()].at(-1)!;
  expect([session.type, Buffer.from(session.received).equals(Buffer.from(bytes))]).toEqual(["image/png", true]);
  expect(made.body.components[0].example).toEqual({ header_handle: [session.handle] });

  graph.faults.set({ sampleLost: {} });
  expectProblem(await create("sale_two", media_id), 503, "channel_unavailable");
  expect([...graph.state.templates.values()].filter((one) => one.wabaId === wabaId)).toHaveLength(1);
  graph.faults.clear();
  const { media_id: text } = await uploaded(org, new TextEncoder().encode("%PDF-1.7 no picture"), "a.pdf");
  for (const id of [text, "11111111-1111-4111-8111-111111111111", "no id"]) {
    const refused = await create("sale_three", id);
    expectProblem(refused, 422, "wa_template_invalid");
    expect(refused.body.errors[0].field).toBe("components.0.example.media_id");
  }
});

it("takes over all of Meta's templates, page by page, and marks those that vanished", async () => {
  const { org, id, wabaId, has, sync, named } = await shop();
  for (let i = 0; i < 230; i++) has({ name: `template_${i}` });
  has({ name: "template_7", language: "id", status: "REJECTED", rejectedReason: "SCAM" });
  expect(await sync()).toMatchObject({ status: 200, body: { total_from_meta: 231, synced: 231, errors: [] } });
  expect(await named("template_7", "id")).toMatchObject({ status: "REJECTED", status_reason: "SCAM", waba_id: wabaId });
  expect((await sync()).body).toMatchObject({ total_from_meta: 231, synced: 0 });

  const page = await org.call("GET", "/api/wa-templates?limit=100&status=approved&q=TEMPLATE_1&language=en_US");
  expect([page.body.data.length, page.body.has_more]).toEqual([100, true]);
  const rest = await org.call(
    "GET",
    `/api/wa-templates?limit=100&status=approved&q=TEMPLATE_1&cursor=${page.body.next_cursor}`,
  );
  const names = [...page.body.data, ...rest.body.data].map(({ name }: { name: string }) => name);
  expect([names.length, new Set(names).size]).toEqual([111, 111]);
  for (const [query, count] of [
    ["category=utility", 50],
    ["category=MARKETING", 0],
    [`waba_id=${wabaId}`, 50],
    ["waba_id=1", 0],
    [`integration_account_id=${id}`, 50],
    ["name=template_7", 2],
    ["q=template_7&language=id", 1],
    ["q=50%25", 0],
  ] as const)
    expect([query, (await org.call("GET", `/api/wa-templates?${query}`)).body.data.length]).toEqual([query, count]);

  // Meta breaks off after the first page: templates that were not read have not vanished.
  graph.faults.set({ serverError: { probability: 0.6, seed: 3 } as never });
  await sync();
  graph.faults.clear();
  expect(await named("template_200")).toMatchObject({ status: "APPROVED" });

  const before = await named("template_3");
  clock.now = () => realNow() + 5 * MINUTE;
  for (const template of graph.state.templates.values())
    if (template.wabaId === wabaId && template.name === "template_3")
      graph.state.templates.delete(`${wabaId}|${template.id}`);
  expect((await sync()).body).toMatchObject({ total_from_meta: 230, synced: 0 });
  expect(await named("template_3")).toMatchObject({ id: before.id, status: "DELETED" });
  clock.now = () => realNow() + 6 * MINUTE;
  has({ name: "template_3", components: [{ type: "BODY", text: "Another text." }] });
  await sync();
  expect(await named("template_3")).toMatchObject({
    id: before.id,
    status: "APPROVED",
    components: [{ type: "BODY", text: "Another text." }],
  });
});

it("syncs what it can of several accounts, and says what not", async () => {
  const { org, id, has, sync, wabaId } = await shop({ access_token: "token-that-lives" });
  has({ name: "mine" });
  const second = await org.connect({ waba_id: wabaId });
  const dead = await org.connect({ access_token: "token-that-died" });
  graph.faults.set({ deadTokens: ["token-that-died"] });
  const answer = await sync();
  expect(answer).toMatchObject({ status: 200, body: { total_from_meta: 1, synced: 1 } });
  expect(answer.body.errors).toEqual([expect.stringMatching(new RegExp(`^account ${dead.id}: 190: `))]);
  expect(JSON.stringify(answer.body)).not.toContain("token-that-died");
  expectProblem(await sync({ integration_account_id: dead.id }), 422, "channel_refused");
  expect((await org.call("GET", `/api/integrations/accounts/${dead.id}`)).body.health).toBe("needs_reauth");
  for (const account of [id, second.id])
    expect((await org.call("GET", `/api/wa-templates?integration_account_id=${account}`)).body.data).toHaveLength(1);

  // They stay as long as an account has them.
  await org.call("DELETE", `/api/integrations/accounts/${id}`);
  expect((await org.call("GET", "/api/wa-templates")).body.data).toHaveLength(1);
  await org.call("DELETE", `/api/integrations/accounts/${second.id}`);
  expect((await org.call("GET", "/api/wa-templates")).body.data).toEqual([]);
});

it("forgets the templates of a business account that an account has left", async () => {
  const { org, id, wabaId, phoneNumberId, has, sync, named } = await shop();
  has({ name: "old" });
  await sync();
  const moved = `${wabaId}9`;
  graph.state.numbers.get(phoneNumberId)!.wabaId = moved;
  addTemplate(graph.state, { name: "new", language: "en_US", category: "UTILITY", components: [BODY], wabaId: moved });
  const patched = await org.call("PATCH", `/api/integrations/accounts/${id}`, { config: { waba_id: moved } });
  expect(patched.status).toBe(200);
  clock.now = () => realNow() + 2000;
  await minute();
  expect(await named("new")).toMatchObject({ waba_id: moved, status: "APPROVED" });
  expect(await named("old")).toBeUndefined();
});

it("syncs the other accounts although one cannot be read", async () => {
  const { org, id, has, sync, named } = await shop();
  const others = [await org.connect(), await org.connect()];
  await sync();
  const broken = others[0]!.id;
  const due = "UPDATE wa_template_accounts SET due_at = 1 WHERE org_id = ?1";
  await org.tenantDb.prepare(due).bind(org.id).run();
  await org.tenantDb
    .prepare("UPDATE integration_accounts SET config = json_set(config, '$.access_token', 'enc:9:AAAA') WHERE id = ?1")
    .bind(broken)
    .run();
  has({ name: "late" });
  const failed = syncDueAccounts(
    systemContext(
      publicContext(env, () => {}),
      { id: org.id, tenantDb: org.tenantDbName },
    ),
    [broken, id, others[1]!.id],
  );
  await expect(failed).rejects.toThrow();
  expect(await named("late")).toMatchObject({ status: "APPROVED" });
});

it("deletes a template here only, and fetches soon what Meta made of a new one", async () => {
  const { org, has, sync, named } = await shop();
  has({ name: "promo" });
  await sync();
  const path = `/api/wa-templates/${(await named("promo")).id}`;
  expect((await org.call("DELETE", path)).body).toMatchObject({ template_id: path.split("/").at(-1) });
  expectProblem(await org.call("DELETE", path), 404, "wa_template_not_found");
  expectProblem(await org.call("GET", path), 404, "wa_template_not_found");
  await sync();
  expect((await org.call("GET", path)).status).toBe(200);

  const code = {
    name: "login_code",
    language: "en_US",
    category: "AUTHENTICATION",
    components: [
      { type: "BODY", add_security_recommendation: true },
      { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE", text: "Copy code" }] },
    ],
  };
  expect((await org.call("POST", "/api/wa-templates", code)).status).toBe(201);
  clock.now = () => realNow() + 2000;
  await minute();
  expect((await named("login_code")).components[0].text).toContain("is your verification code");
});

it("gives a template the file that its messages have in the header", async () => {
  const { org, has, sync, named } = await shop();
  has({
    name: "sale",
    components: [
      { type: "HEADER", format: "IMAGE" },
      { type: "BODY", text: "Sale!" },
    ],
  });
  has({ name: "plain" });
  await sync();
  const path = `/api/wa-templates/${(await named("sale")).id}/header-media`;
  const set = (body: object, at = path) => org.call("PATCH", at, body);
  expect(await set({ header_media_url: "https://example.com/a.png" })).toMatchObject({
    status: 200,
    body: { name: "sale", header_media_url: "https://example.com/a.png" },
  });
  expectProblem(
    await set(
      { header_media_url: "https://example.com/a.png" },
      `/api/wa-templates/${(await named("plain")).id}/header-media`,
    ),
    422,
    "wa_template_without_media",
  );
  for (const url of ["http://example.com/a.png", "https://localhost/a.png", "https://10.0.0.1/a.png", "no address"])
    expectProblem(await set({ header_media_url: url }), 422, "wa_template_invalid");
  expectProblem(await set({}), 422, "invalid_request");
  const { media_id: own } = await uploaded(org, picture(100), "a.png");
  const refused = await set({ media_id: own });
  expectProblem(refused, 422, "wa_template_invalid");
  expect(refused.body.detail).toContain("public upload");
  // Meta could not fetch it from this deployment, which has no public address.
  const { media_id: lasting } = await uploaded(org, picture(100), "a.png", "/api/media/upload");
  expectProblem(await set({ media_id: lasting }), 422, "wa_template_invalid");
  const ctx = systemContext(
    publicContext(env, () => {}),
    { id: org.id, tenantDb: org.tenantDbName },
  );
  const atHome = { ...ctx, config: { ...ctx.config, PUBLIC_URL: "https://shop.example.com" } };
  const { header_media_url: link } = await setHeaderMedia(atHome, (await named("sale")).id, { media_id: lasting });
  expect(link).toMatch(/^https:\/\/shop\.example\.com\/files\//);
  const opened = await door(new URL(link!).pathname);
  expect([opened.status, (await opened.arrayBuffer()).byteLength]).toEqual([200, 100]);
  await set({ header_media_url: "https://example.com/a.png" });
  // A sync keeps it.
  await sync();
  expect((await named("sale")).header_media_url).toBe("https://example.com/a.png");
  expect((await set({ header_media_url: null })).body.header_media_url).toBeNull();
});
