import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { forgetCredentials } from "../../src/areas/access/authenticate";
import { clock, HOUR, MINUTE } from "../../src/kit/clock";
import { type Answer, conversationWith, customerWrites, door, eventually, graph, type Org, phone } from "../harness";
import { expectProblem } from "../problem";
import { BODY, minute, type Shop, shop } from "./wa-templates";

vi.setConfig({ testTimeout: 60_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));
const later = (ms: number): void => void (clock.now = () => realNow() + ms);
const inTime = (ms: number): string => new Date(realNow() + ms).toISOString();

let at: Shop;
let org: Org;
/** Its body has {{1}} and {{2}}. */
let templateId: string;
/** Has no variables. */
let plainId: string;
beforeAll(async () => {
  at = await shop();
  org = at.org;
  at.has({ name: "shipped", components: [BODY] });
  at.has({ name: "plain", components: [{ type: "BODY", text: "The shop is open again." }] });
  at.has({ name: "refused", status: "REJECTED" });
  await at.sync();
  templateId = (await at.named("shipped")).id;
  plainId = (await at.named("plain")).id;
  await org.tenantDb.prepare("UPDATE orgs SET country = 'ID' WHERE org_id = ?").bind(org.id).run();
  forgetCredentials();
});

const NAMES = { "1": "Ani", "2": "A-17" };
async function draft(more: object = {}): Promise<string> {
  const made = await org.call("POST", "/api/campaigns", { name: "Sale", template_id: templateId, ...more });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return `/api/campaigns/${made.body.id}`;
}
/** A draft that can be sent. */
async function ready(more: object = {}): Promise<string> {
  const path = await draft({ template_id: plainId, ...more });
  expect((await add(path, { phone_numbers: [`+${phone()}`] })).body.added).toBe(1);
  return path;
}
const add = (path: string, body: object): Promise<Answer> => org.call("POST", `${path}/recipients`, body);
const send = (path: string, body: object = {}): Promise<Answer> => org.call("POST", `${path}/send`, body);
const get = async (path: string): Promise<any> => (await org.call("GET", path)).body;
const recipients = async (path: string, query = ""): Promise<any[]> => (await get(`${path}/recipients${query}`)).data;
const upload = (path: string, body: string | Uint8Array, type = "text/csv"): Promise<Response> =>
  door(`${path}/recipients/csv`, {
    method: "POST",
    headers: { authorization: `Bearer ${org.token}`, "content-type": type },
    body: body as string,
  });
const imported = (path: string): Promise<any> =>
  eventually(async () => {
    const [newest] = await get(`${path}/imports`);
    expect(newest.status).not.toBe("running");
    return newest;
  }, 30);
async function importedFrom(path: string, body: string | Uint8Array): Promise<any> {
  const response = await upload(path, body);
  expect(response.status, await response.clone().text()).toBe(202);
  return imported(path);
}
const refusedBy = async (path: string, id: string): Promise<any[]> => (await get(`${path}/imports/${id}/refused`)).data;

describe("a draft", () => {
  it("is made, read, listed, changed, copied and deleted", async () => {
    const path = await draft({ variables: NAMES, scheduled_at: inTime(HOUR) });
    const made = await get(path);
    expect(made).toMatchObject({
      name: "Sale",
      channel: "whatsapp",
      template_id: templateId,
      template_name: "shipped",
      template_language: "en_US",
      status: "draft",
      total_recipients: 0,
      created_by: org.agentId,
    });
    const changed = await org.call("PATCH", path, { name: "Harvest sale", scheduled_at: null });
    expect(changed.body).toMatchObject({ name: "Harvest sale", scheduled_at: null, variables: NAMES });
    const page = await get("/api/campaigns?q=harvest&status=draft&per_page=1");
    expect(page).toMatchObject({ total: 1, page: 1, per_page: 1, total_pages: 1 });
    expect(page.data[0].id).toBe(made.id);
    const copy = await org.call("POST", `${path}/duplicate`, {});
    expect(copy.body).toMatchObject({ name: "Harvest sale (copy)", template_id: templateId, variables: NAMES });
    expect((await org.call("DELETE", path)).status).toBe(200);
    expectProblem(await org.call("GET", path), 404, "campaign_not_found");
    const logged = await get("/api/activity-logs?limit=100");
    const actions = logged.data.filter((row: any) => row.entity_id === made.id).map((row: any) => row.action);
    expect(actions.toSorted()).toEqual(["campaign.create", "campaign.delete", "campaign.update"]);
  });

  it("names a template and an account that fit", async () => {
    const refused = (body: object) => org.call("POST", "/api/campaigns", { name: "Sale", ...body });
    expectProblem(await refused({ template_id: crypto.randomUUID() }), 422, "campaign_template_unknown");
    expectProblem(await refused({ template_id: (await at.named("refused")).id }), 422, "template_not_approved");
    expectProblem(
      await refused({ template_id: templateId, integration_account_id: crypto.randomUUID() }),
      422,
      "campaign_account_unknown",
    );
    expectProblem(await refused({ channel: "email", template_id: templateId }), 422, "invalid_request");
    expectProblem(await refused({ template_id: templateId, scheduled_at: inTime(-HOUR) }), 422, "scheduled_at_past");
    expectProblem(await refused({ template_id: templateId, colour: "red" }), 422, "invalid_request");
  });
});

describe("recipients", () => {
  it("are one for each number, however it is written, with their own variables", async () => {
    const path = await draft();
    const answer = await add(path, {
      phone_numbers: [
        "+62 812-3456-7890",
        "0812 3456 7890",
        "6281234567890",
        "+55 11 6123-4567",
        "55 11 96123 4567",
        "12",
        "6.28E+12",
      ],
      variables: { "0812-3456-7890": NAMES, "+628999999999": NAMES },
    });
    expect(answer.body).toMatchObject({ added: 2, duplicates: 3, refused: 3, total_recipients: 2, import: null });
    expect(answer.body.reasons.map(({ value }: any) => value)).toEqual(["12", "6.28E+12", "+628999999999"]);
    for (const { reason } of answer.body.reasons) expect(reason).toMatch(/\w+ \w+/);
    expect(await recipients(path)).toMatchObject([
      { phone_number: "+6281234567890", variables: NAMES, status: "pending", email: null, error_code: null },
      { phone_number: "+5511961234567", variables: {} },
    ]);
    expect((await get(path)).total_recipients).toBe(2);
    expect((await add(path, { phone_numbers: ["+6281234567890"] })).body).toMatchObject({ added: 0, duplicates: 1 });
  });

  it("are contacts, by id or by tag, in the background", async () => {
    const numbers = [phone(), phone(), phone()];
    const ids: string[] = [];
    for (const [i, number] of numbers.entries()) {
      await customerWrites(at.phoneNumberId, number);
      const { contact_id: id } = await conversationWith(org, number);
      ids.push(id);
      if (i > 0) await org.call("PATCH", `/api/contacts/${id}`, { tags: ["VIP"] });
    }
    const path = await draft();
    const answer = await add(path, {
      contact_ids: [ids[0], crypto.randomUUID()],
      tags: ["vip"],
      phone_numbers: [numbers[1]!],
      variables: { [ids[0]!]: NAMES },
    });
    expect(answer.body).toMatchObject({ added: 2, refused: 1, import: { kind: "contacts" } });
    expect(await imported(path)).toMatchObject({ status: "done", processed: 2, added: 1, duplicates: 1, refused: 0 });
    const all = await recipients(path);
    expect(all.map(({ phone_number: number }) => number)).toEqual(numbers.map((number) => `+${number}`));
    expect(all[0]).toMatchObject({ contact_id: ids[0], variables: NAMES });
  });

  it("are mail addresses in a campaign by email", async () => {
    const path = await draft({ channel: "email", template_id: null, content: { subject: "News", text: "Hello" } });
    const answer = await add(path, { emails: ["Ani@Example.com", "ani@example.com", "nobody"] });
    expect(answer.body).toMatchObject({ added: 1, duplicates: 1, refused: 1 });
    expect(await recipients(path)).toMatchObject([{ email: "ani@example.com", phone_number: null }]);
    expectProblem(await add(path, { phone_numbers: ["+6281234567890"] }), 422, "invalid_request");
    expectProblem(await add(path, {}), 422, "invalid_request");
  });

  it("are cleared while the campaign is a draft", async () => {
    const path = await ready();
    await importedFrom(path, "phone\n+6281234567890\n");
    expect((await org.call("DELETE", `${path}/recipients`)).body.removed).toBe(2);
    expect(await get(path)).toMatchObject({ total_recipients: 0 });
    expect(await get(`${path}/imports`)).toEqual([]);
    expect((await add(path, { phone_numbers: ["+6281234567890"] })).body.added).toBe(1);
  });
});

describe("a file of recipients", () => {
  it("is read with any separator, with a header or without", async () => {
    const files: [string | Uint8Array, object][] = [
      ["phone,1,2\r\n+62 812 3456 7890,Ani,A-17\r\n", NAMES],
      ["sep=;\nName;Nomor HP;kota\nAni;081234567890;Bogor", { Name: "Ani", kota: "Bogor" }],
      ["1\tPhone Number\t2\nAni\t6281234567890\tA-17\n", NAMES],
      ["\uFEFF081234567890|Ani|A-17", NAMES],
      ['phone,1\n+6281234567890,"Ani\n""the"" best, =1+1"\n', { "1": 'Ani\n"the" best, =1+1' }],
      [new Uint8Array(Buffer.from("\uFEFFphone\t1\n+6281234567890\tÁni\n", "utf16le")), { "1": "Áni" }],
    ];
    for (const [file, variables] of files) {
      const path = await draft();
      expect(await importedFrom(path, file)).toMatchObject({ status: "done", processed: 1, added: 1, refused: 0 });
      expect(await recipients(path)).toMatchObject([{ phone_number: "+6281234567890", variables }]);
    }
  });

  it("refuses lines with their reasons, and adds the rest", async () => {
    const path = await draft();
    const done = await importedFrom(
      path,
      `phone,1\n12,A\n+6281234567890,"B\nB"\n\n=cmd(),C\n+6281234567891,D,E\n"+6281234567892"x,F\n081234567890,G\n+6281234567893,${"x".repeat(2000)}\n`,
    );
    expect(done).toMatchObject({ status: "done", processed: 7, added: 1, duplicates: 1, refused: 5, error: null });
    const lines = await refusedBy(path, done.id);
    expect(lines.map(({ line }) => line)).toEqual([2, 6, 7, 8, 10]);
    expect(lines.map(({ reason }) => reason)).toEqual([
      "is no phone number",
      "is no phone number",
      "the line has 3 fields, and the first line 2",
      "text behind a closing quote",
      "the value of 1 is longer than 1024 characters",
    ]);
    const page = await get(`${path}/imports/${done.id}/refused?limit=2`);
    expect(page).toMatchObject({ has_more: true, data: [{ line: 2 }, { line: 6 }] });
    const next = await get(`${path}/imports/${done.id}/refused?limit=2&cursor=${page.next_cursor}`);
    expect(next.data.map(({ line }: any) => line)).toEqual([7, 8]);
    const csv = await org.call("GET", `${path}/imports/${done.id}/refused/export`);
    expect(csv.body).toContain("6,'=cmd(),is no phone number\r\n");
  });

  it("is turned away as a whole if it is none", async () => {
    const path = await draft();
    const problemOf = async (body: string | Uint8Array, type?: string): Promise<[number, string]> => {
      const response = await upload(path, body, type);
      return [response.status, ((await response.json()) as any).code];
    };
    expect(await problemOf("name,city\nAni,Bogor\n")).toEqual([422, "campaign_file_unreadable"]);
    expect(await problemOf("")).toEqual([422, "campaign_file_unreadable"]);
    expect(await problemOf("phone,1,1\n")).toEqual([422, "campaign_file_unreadable"]);
    expect(await problemOf(Uint8Array.from([0x70, 0xff, 0x0a, 0x31]))).toEqual([400, "malformed_request"]);
    expect(await problemOf("phone\n\0\n")).toEqual([400, "malformed_request"]);
    expect(await problemOf("{}", "application/json")).toEqual([415, "unsupported_media_type"]);
    expect(await problemOf(`phone\n${"1\n".repeat(100_003)}`)).toEqual([422, "campaign_file_unreadable"]);
    expect(await problemOf(new Uint8Array(33 * 1024 * 1024).fill(0x31))).toEqual([413, "body_too_large"]);
    expect(await get(`${path}/imports`)).toEqual([]);
  });

  it("is read to its end if it has many lines, and no campaign is sent before", async () => {
    const path = await draft({ template_id: plainId });
    const file = ["phone,note"];
    for (let n = 0; n < 100_000; n++) file.push(`+62812${String(n).padStart(8, "0")},"note ${n}, ü"`);
    const response = await upload(path, file.join("\n"));
    expect(response.status).toBe(202);
    expectProblem(await send(path), 409, "campaign_import_running");
    expect(await imported(path)).toMatchObject({ processed: 100_000, added: 100_000, refused: 0 });
    expect((await get(path)).total_recipients).toBe(100_000);
    const [last] = await recipients(path, "?page=100000&per_page=1");
    expect(last).toMatchObject({ phone_number: "+6281200099999", variables: { note: "note 99999, ü" } });
  }, 60_000);
});

describe("the export", () => {
  it("has all recipients, and no formula", async () => {
    const path = await draft();
    await importedFrom(path, "phone,1\n+6281234567890,=1+1\n");
    const { body, headers } = await org.call("GET", `${path}/recipients/export`);
    expect(headers.get("content-type")).toContain("text/csv");
    const [header, line] = String(body).replace("\uFEFF", "").split("\r\n");
    expect(header).toMatch(/^phone_number,email,status,/);
    expect(line).toMatch(/^'\+6281234567890,,pending,/);
    expect((await org.call("GET", `${path}/recipients/export?status=sent`)).body).not.toContain("6281234567890");
  });
});

describe("the preview", () => {
  it("shows the message of a recipient, or what is missing", async () => {
    const path = await draft({ variables: { "2": "A-17" } });
    expectProblem(await org.call("POST", `${path}/preview`, {}), 404, "campaign_recipient_not_found");
    await add(path, { phone_numbers: ["+6281234567890"], variables: { "+6281234567890": { "1": "Ani" } } });
    const shown = await org.call("POST", `${path}/preview`, {});
    expect(shown.body).toMatchObject({ to: "+6281234567890", failure: null });
    expect(shown.body.content.text).toBe("Hello Ani, your order A-17 is on its way.");
    const missing = await org.call("POST", `${path}/preview`, { to: "081234567891" });
    expect(missing.body).toMatchObject({ content: null, failure: { code: "missing_variable", variables: ["1"] } });
  });
});

describe("sending", () => {
  it("needs recipients, a template that is approved, an active account and values", async () => {
    const empty = await draft({ template_id: plainId });
    expectProblem(await send(empty), 422, "no_recipients");
    const without = await draft();
    await add(without, { phone_numbers: ["+6281234567890"] });
    const missing = await send(without);
    expectProblem(missing, 422, "campaign_variables_missing");
    expect(missing.body.detail).toContain("{{1}}");
    const path = await ready();
    const setActive = (isActive: boolean) =>
      org.call("PATCH", `/api/integrations/accounts/${at.id}`, { is_active: isActive });
    await setActive(false);
    expectProblem(await send(path), 422, "account_inactive");
    await setActive(true);
    expectProblem(await send(path, { scheduled_at: inTime(-MINUTE) }), 422, "scheduled_at_past");
    expect((await get(path)).status).toBe("draft");
  });

  it("is done once, however many ask at once", async () => {
    const path = await ready();
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(path, { scheduled_at: inTime(HOUR) })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(99);
    expectProblem(
      answers.find(({ status }) => status === 409)!,
      409,
      "campaign_not_draft",
    );
    expect(await get(path)).toMatchObject({ status: "scheduled", integration_account_id: at.id });
  });

  it("with an Idempotency-Key is answered as before", async () => {
    const path = await ready();
    const key = { "idempotency-key": crypto.randomUUID() };
    const body = { scheduled_at: inTime(HOUR) };
    const first = await org.call("POST", `${path}/send`, body, key);
    const second = await org.call("POST", `${path}/send`, body, key);
    expect([second.status, second.body]).toEqual([first.status, first.body]);
  });

  it("leaves nothing to change", async () => {
    const path = await ready();
    await send(path, { scheduled_at: inTime(HOUR) });
    for (const [method, to, body] of [
      ["PATCH", path, { name: "Other" }],
      ["DELETE", path, undefined],
      ["POST", `${path}/recipients`, { phone_numbers: ["+6281234567890"] }],
      ["DELETE", `${path}/recipients`, undefined],
      ["POST", `${path}/send`, {}],
    ] as const)
      expectProblem(await org.call(method, to, body), 409, "campaign_not_draft");
    expect((await upload(path, "phone\n+6281234567890\n")).status).toBe(409);
    expect((await get(path)).total_recipients).toBe(1);
  });

  it("begins at its time, by itself", async () => {
    const path = await ready({ scheduled_at: inTime(HOUR) });
    expect((await send(path)).body).toMatchObject({ status: "scheduled", started_at: null });
    await minute();
    expect((await get(path)).status).toBe("scheduled");
    later(HOUR + MINUTE);
    await minute();
    const started = await get(path);
    expect(["sending", "completed"]).toContain(started.status);
    expect(started.started_at).not.toBeNull();
  });

  it("is paused with words if the template is no longer approved at its time", async () => {
    at.has({ name: "fickle", components: [{ type: "BODY", text: "Hello" }] });
    await at.sync();
    const { id } = await at.named("fickle");
    const path = await ready({ template_id: id });
    await send(path, { scheduled_at: inTime(HOUR) });
    await org.tenantDb.prepare("UPDATE wa_templates SET status = 'PAUSED' WHERE id = ?").bind(id).run();
    later(HOUR + MINUTE);
    await minute();
    expect(await get(path)).toMatchObject({ status: "paused", status_reason: "template_not_approved" });
    expect((await get(path)).status_detail).toContain("PAUSED");
    expectProblem(await org.call("POST", `${path}/resume`), 422, "template_not_approved");
  });
});

describe("a campaign that was sent", () => {
  const act = (path: string, verb: string): Promise<Answer> => org.call("POST", `${path}/${verb}`);

  it("is paused, resumed and cancelled", async () => {
    const path = await ready();
    for (const verb of ["pause", "cancel"]) expectProblem(await act(path, verb), 409, "campaign_not_running");
    expectProblem(await act(path, "resume"), 409, "campaign_not_paused");
    expectProblem(await act(path, "retry"), 409, "campaign_not_started");
    await send(path, { scheduled_at: inTime(HOUR) });
    expect((await act(path, "pause")).body).toMatchObject({ status: "paused", status_reason: "by_agent" });
    expectProblem(await act(path, "pause"), 409, "campaign_not_running");
    expect((await act(path, "resume")).body).toMatchObject({ status: "scheduled", status_reason: null });
    expect((await act(path, "cancel")).body).toMatchObject({ status: "cancelled" });
    for (const verb of ["pause", "cancel"]) expectProblem(await act(path, verb), 409, "campaign_not_running");
    later(2 * HOUR);
    await minute();
    expect(await get(path)).toMatchObject({ status: "cancelled", started_at: null, sent_count: 0 });
  });

  it("that was paused past its time goes on at once", async () => {
    const path = await ready();
    await send(path, { scheduled_at: inTime(HOUR) });
    await act(path, "pause");
    later(2 * HOUR);
    await minute();
    expect((await get(path)).status).toBe("paused");
    expect((await act(path, "resume")).body).toMatchObject({ status: "sending" });
  });

  it("has nobody to send to again if nobody failed", async () => {
    const path = await ready();
    await send(path, { scheduled_at: inTime(HOUR) });
    await act(path, "pause");
    expectProblem(await act(path, "retry"), 422, "nothing_to_retry");
  });
});

describe("a test", () => {
  it("is the message, in a conversation, and nobody's of the campaign", async () => {
    const number = phone();
    const path = await draft({ variables: { "1": "{{contact.name|there}}" } });
    expectProblem(await org.call("POST", `${path}/test`, { to: `+${number}` }), 422, "campaign_variables_missing");
    const sent = await org.call("POST", `${path}/test`, { to: `+${number}`, variables: { "2": "A-17" } });
    expect(sent.status, JSON.stringify(sent.body)).toBe(201);
    expect(sent.body.content.text).toBe("Hello there, your order A-17 is on its way.");
    await eventually(async () => {
      const { to } = graph.state.messages.find((message) => message.to === number)!;
      expect(to).toBe(number);
    });
    const shown = await conversationWith(org, number);
    expect(shown.id).toBe(sent.body.conversation_id);
    expect(await get(path)).toMatchObject({ status: "draft", total_recipients: 0 });
  });
});

describe("a campaign under way", () => {
  const finished = (path: string): Promise<any> =>
    eventually(async () => {
      const row = await get(path);
      expect(row.status).toBe("completed");
      return row;
    }, 30);

  it("writes to everyone once, and its report adds up", async () => {
    const path = await draft({ variables: { "2": "A-17" } });
    const numbers = Array.from({ length: 20 }, () => `+${phone()}`);
    await add(path, {
      phone_numbers: numbers,
      // The last has no value for {{1}}.
      variables: Object.fromEntries(numbers.slice(0, -1).map((number, i) => [number, { "1": `Ani ${i}` }])),
    });
    expect((await send(path)).body).toMatchObject({ status: "sending" });
    const row = await finished(path);
    expect(row).toMatchObject({ total_recipients: 20, failed_count: 1, skipped_count: 0, pending_count: 0 });
    expect(row.sent_count).toBe(19);
    expect(
      (await recipients(path, "?status=failed")).map(({ error_code: code, phone_number: number }) => [code, number]),
    ).toEqual([["missing_variable", numbers.at(-1)]]);
    const texts = graph.state.messages.filter(({ to }) => numbers.includes(`+${to}`));
    expect(new Set(texts.map(({ to }) => to)).size).toBe(19);
    expect(texts).toHaveLength(19);
    expectProblem(await org.call("POST", `${path}/retry`), 422, "nothing_to_retry");
    const report = await org.call("GET", `${path}/recipients/export?status=failed`);
    expect(report.body).toContain("missing_variable");
  });

  it("is sent again to whom it failed", async () => {
    const path = await draft({ template_id: plainId });
    const [good, gone, unlucky] = [phone(), phone(), phone()];
    await add(path, { phone_numbers: [good, gone, unlucky].map((number) => `+${number}`) });
    graph.faults.set({
      recipients: [
        { to: gone!, code: 131026, as: "answer" },
        { to: unlucky!, code: 131008, as: "answer" },
      ],
    });
    await send(path);
    expect(await finished(path)).toMatchObject({ failed_count: 2 });
    graph.faults.clear();
    expect((await org.call("POST", `${path}/retry`)).body).toMatchObject({ status: "sending", retried: 1 });
    expect(await finished(path)).toMatchObject({ failed_count: 1, sent_count: 2, total_recipients: 3 });
    expect((await recipients(path, "?status=failed"))[0].phone_number).toBe(`+${gone}`);
  });
});
