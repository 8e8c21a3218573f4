import { createHash } from "node:crypto";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { forgetCredentials } from "../../src/areas/access/authenticate";
import { readSurveyToken } from "../../src/areas/csat/link";
import { type Projection, project } from "../../src/effects/projection";
import { configOf } from "../../src/config";
import { everyMinute } from "../minute";
import { clock, DAY, HOUR, MINUTE } from "../../src/kit/clock";
import { dayIn } from "../../src/kit/day";
import {
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  graph,
  login,
  type Org,
  organization,
  ORIGIN,
  phone,
  projected,
} from "../harness";
import { expectProblem } from "../problem";
import { volume } from "../volume";

vi.setConfig({ testTimeout: 60_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
const later = (ms: number): void => void (clock.now = () => realNow() + ms);

let org: Org;
let number: string;
beforeAll(async () => {
  org = await organization();
  number = (await org.connect()).phoneNumberId;
});

interface Talk {
  id: string;
  from: string;
  /** The survey's path. */
  path: string;
}

async function talk(who: Org = org, phoneNumberId = number): Promise<Talk> {
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(who, from);
  return { id, from, path: `/api/conversations/${id}/csat` };
}

async function surveyOf({ id, path }: Talk, who: Caller = org): Promise<any> {
  await projected(who, id);
  return (await who.call("GET", path)).body;
}
const sentTo = (from: string): any[] => graph.state.messages.filter(({ to }) => to === from).map(({ body }) => body);

/** Asks, and waits until the channel has the question. */
async function ask(one: Talk, who: Caller = org): Promise<any> {
  const made = await who.call("POST", one.path);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  await eventually(async () => expect((await surveyOf(one, who)).status).toBe("sent"));
  return made.body;
}

async function chooses(one: Talk, surveyId: string, rating: number, phoneNumberId = number): Promise<void> {
  const reply = { id: `csat:${surveyId}:${rating}`, title: "A choice" };
  graph.customers.say({
    phoneNumberId,
    from: one.from,
    message: { type: "interactive", interactive: { type: "list_reply", list_reply: reply } },
    at: clock.now(),
  });
  await graph.settle();
}

const submit = (url: string, fields: Record<string, string>): Promise<Response> =>
  door(url.replace(ORIGIN, ""), {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  });
const open = (url: string): Promise<Response> => door(url.replace(ORIGIN, ""));

describe("asking", () => {
  it("sends a list of five ratings and a link, once a cycle", async () => {
    const one = await talk();
    const agent = await org.agent();
    await org.call("PATCH", `/api/conversations/${one.id}/assign`, { agent_id: agent.agentId });
    expectProblem(await agent.call("GET", one.path), 404, "csat_survey_not_found");
    const made = await agent.call("POST", one.path);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      conversation_id: one.id,
      agent_id: agent.agentId,
      agent_name: "Ana Agent",
      contact_name: expect.stringContaining("Customer"),
      status: "pending",
      rating: null,
      comment: null,
      cycle: 1,
      channel: "whatsapp",
      public_url: expect.stringMatching(/^http:\/\/app\.test\/csat\/[\w-]+$/),
    });
    await eventually(async () =>
      expect(await surveyOf(one)).toMatchObject({ id: made.body.id, status: "sent", sent_at: expect.any(String) }),
    );
    const [question] = sentTo(one.from);
    expect(question.type).toBe("interactive");
    expect(question.interactive.body.text).toContain(made.body.public_url);
    const rows = question.interactive.action.sections[0].rows;
    expect(rows.map((row: any) => row.id)).toEqual([5, 4, 3, 2, 1].map((rating) => `csat:${made.body.id}:${rating}`));
    expect(rows.map((row: any) => row.title)).toContain("5 – Very satisfied");

    const again = await agent.call("POST", one.path);
    expectProblem(again, 409, "csat_survey_exists");
    expect(again.body.detail).toContain(made.body.id);
    expect(sentTo(one.from)).toHaveLength(1);
    const { body: log } = await org.call(
      "GET",
      `/api/activity-logs?action=csat.requested&entity_type=conversation&entity_id=${one.id}`,
    );
    expect(log.data).toMatchObject([{ actor_id: agent.agentId, changes: { survey_id: made.body.id, cycle: 1 } }]);
  });

  it("makes one of calls at the same time, and answers the same to the same key", async () => {
    const one = await talk();
    const twins = await Promise.all(
      ["a", "a", "b", "b", ""].map((key) =>
        org.call("POST", one.path, undefined, key ? { "idempotency-key": key } : {}),
      ),
    );
    const winners = twins.filter(({ status }) => status === 201);
    expect(winners.length).toBeGreaterThan(0);
    expect(new Set(winners.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    for (const loser of twins.filter(({ status }) => status !== 201)) expectProblem(loser, 409, "csat_survey_exists");
    await eventually(async () => expect(sentTo(one.from)).toHaveLength(1));
  });

  it("neither reopens nor answers a conversation", async () => {
    const one = await talk();
    await org.call("PATCH", `/api/conversations/${one.id}/status`, { status: "resolved" });
    await ask(one);
    const { body } = await org.call("GET", `/api/conversations/${one.id}`);
    expect(body).toMatchObject({ status: "resolved", cycle: 1 });
    const { body: page } = await org.call("GET", `/api/conversations/${one.id}/messages`);
    expect(page.messages.at(-1)).toMatchObject({ direction: "outbound", type: "interactive", sender_agent_id: null });
  });

  it("fails with its reason where the window is closed, has a link all the same, and is tried again when asked", async () => {
    const one = await talk();
    later(25 * HOUR);
    const made = await org.call("POST", one.path);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      status: "failed",
      error_message: expect.stringContaining("window"),
      message_id: null,
      sent_at: null,
    });
    expect(await surveyOf(one)).toEqual(made.body);
    expect((await open(made.body.public_url)).status).toBe(200);
    expect(sentTo(one.from)).toEqual([]);
    await customerWrites(number, one.from, "I am here", { at: clock.now() });
    expect(await ask(one)).toMatchObject({ id: made.body.id, status: "pending" });
    expect(sentTo(one.from)).toHaveLength(1);
  });

  it("fails with the channel's words where it does not take the message", async () => {
    const one = await talk();
    graph.faults.set({ recipients: [{ to: one.from, as: "status", code: 131026 }] } as never);
    try {
      await ask(one);
      await graph.settle();
      await eventually(async () =>
        expect(await surveyOf(one)).toMatchObject({
          status: "failed",
          error_message: expect.stringContaining("131026"),
        }),
      );
    } finally {
      graph.faults.clear();
    }
  });

  it("is a new one in a new cycle, and of the language of the country", async () => {
    const other = await organization();
    const { phoneNumberId } = await other.connect();
    await other.tenantDb.prepare("UPDATE orgs SET country = 'ID' WHERE org_id = ?").bind(other.id).run();
    forgetCredentials();
    const one = await talk(other, phoneNumberId);
    const { body: first } = await other.call("POST", one.path);
    await eventually(async () => expect(sentTo(one.from)[0]?.interactive.action.button).toBe("Beri nilai"));
    await other.call("PATCH", `/api/conversations/${one.id}/status`, { status: "resolved" });
    await customerWrites(phoneNumberId, one.from, "Again");
    const { body: second } = await other.call("POST", one.path);
    expect(second).toMatchObject({ cycle: 2 });
    expect(second.id).not.toBe(first.id);
    expect(await surveyOf(one, other)).toMatchObject({ id: second.id });
    // The first may still be answered.
    expect((await submit(first.public_url, { rating: "2" })).status).toBe(303);
    const { body: figures } = await other.call("GET", "/api/csat/analytics");
    expect(figures).toMatchObject({ ratings: 1, average_rating: 2 });
  });

  it("is for who sees the conversation and may", async () => {
    const one = await talk();
    const [mine, stranger] = [await org.agent(), await org.agent()];
    await org.call("PATCH", `/api/conversations/${one.id}/assign`, { agent_id: mine.agentId });
    const { id } = await ask(one, mine);
    for (const who of [stranger, await organization()]) {
      expectProblem(await who.call("GET", one.path), 404, "conversation_not_found");
      expectProblem(await who.call("POST", one.path), 404, "conversation_not_found");
      expectProblem(await who.call("PATCH", `/api/csat/${id}`, { rating: 5 }), 404, "csat_survey_not_found");
    }
    expectProblem(await mine.call("GET", "/api/csat/analytics"), 403, "forbidden");
  });
});

describe("settings", () => {
  const setUp = async () => {
    const mine = await organization();
    const { phoneNumberId } = await mine.connect();
    return { mine, phoneNumberId, talks: () => talk(mine, phoneNumberId) };
  };
  const resolve = (who: Caller, { id }: Talk) =>
    who.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });

  it("ask in the organization's words, and are those of who may manage them", async () => {
    const { mine, talks } = await setUp();
    expect((await mine.call("GET", "/api/settings/csat")).body).toEqual({
      ask_after_resolve: false,
      question: null,
      default_question: expect.stringContaining("?"),
    });
    const question = "Did <we> help you?";
    const changed = await mine.call("PATCH", "/api/settings/csat", { question });
    expect([changed.status, changed.body]).toMatchObject([200, { ask_after_resolve: false, question }]);
    const one = await talks();
    const { body: survey } = await mine.call("POST", one.path);
    const { body } = await mine.call("GET", `/api/conversations/${one.id}/messages`);
    expect(JSON.stringify(body.messages.at(-1).content)).toContain(question);
    const page = await door(new URL(survey.public_url).pathname);
    expect(await page.text()).toContain("<h1>Did &lt;we&gt; help you?</h1>");
    expectProblem(await (await mine.agent()).call("PATCH", "/api/settings/csat", { question: null }), 403);
    expect((await mine.call("PATCH", "/api/settings/csat", { question: " " })).status).toBe(422);
    const { body: log } = await mine.call("GET", "/api/activity-logs");
    expect(log.data.find(({ action }: any) => action === "csat_settings.update").changes).toEqual({
      question: [null, question],
    });
  });

  it("keep both of two changes at the same time", async () => {
    const { mine } = await setUp();
    const change = (body: object) => mine.call("PATCH", "/api/settings/csat", body);
    await Promise.all([change({ ask_after_resolve: true }), change({ question: "All well?" })]);
    const { body } = await mine.call("GET", "/api/settings/csat");
    expect(body).toMatchObject({ ask_after_resolve: true, question: "All well?" });
  });

  it("ask once after a conversation was resolved by a person, and not one that is open again", async () => {
    const { mine, talks } = await setUp();
    const before = await talks();
    await resolve(mine, before);
    await projected(mine);
    await mine.call("PATCH", "/api/settings/csat", { ask_after_resolve: true });
    const [done, again, byHand] = [await talks(), await talks(), await talks()];
    for (const one of [done, again, byHand]) await resolve(mine, one);
    expect((await mine.call("POST", byHand.path)).status).toBe(201);
    await mine.call("PATCH", `/api/conversations/${again.id}/status`, { status: "open" });
    await projected(mine);
    later(MINUTE);
    await minute();
    await eventually(async () => expect(await surveyOf(done, mine)).toMatchObject({ cycle: 1, channel: "whatsapp" }));
    await eventually(async () => {
      const { results } = await mine.tenantDb.prepare("SELECT * FROM csat_asks WHERE org_id = ?").bind(mine.id).all();
      expect(results).toEqual([]);
    });
    for (const one of [before, again]) expect((await mine.call("GET", one.path)).status).toBe(404);
    const { body } = await mine.call("GET", `/api/conversations/${byHand.id}/messages`);
    expect(body.messages).toHaveLength(2);
    expect((await mine.call("GET", `/api/conversations/${done.id}`)).body.status).toBe("resolved");
  });
});

describe("rating in the channel", () => {
  it("counts once, reopens nothing, and is said live", async () => {
    const one = await talk();
    const { id } = await ask(one);
    await org.call("PATCH", `/api/conversations/${one.id}/status`, { status: "resolved" });
    const response = await door(`/api/conversations/${one.id}/live`, {
      headers: { upgrade: "websocket", authorization: `Bearer ${org.token}` },
    });
    const frames: any[] = [];
    response.webSocket!.addEventListener("message", (event) => frames.push(JSON.parse(event.data as string)));
    response.webSocket!.accept();
    await chooses(one, id, 4);
    await eventually(async () =>
      expect(await surveyOf(one)).toMatchObject({ status: "completed", rating: 4, rated_via: "reply", comment: null }),
    );
    await chooses(one, id, 1);
    await eventually(async () => {
      const { body } = await org.call("GET", `/api/conversations/${one.id}/messages`);
      expect(body.messages.filter((message: any) => message.content.kind === "list_reply")).toHaveLength(2);
    });
    expect(await surveyOf(one)).toMatchObject({ rating: 4 });
    expect((await org.call("GET", `/api/conversations/${one.id}`)).body).toMatchObject({
      status: "resolved",
      cycle: 1,
    });
    const said = frames.filter((frame) => frame.type === "csat.submitted");
    expect(said).toMatchObject([{ data: { survey_id: id, rating: 4, comment: null, via: "reply" } }]);
    response.webSocket!.close();
    // Anything else that they write is a new matter.
    await customerWrites(number, one.from, "One more thing");
    expect((await org.call("GET", `/api/conversations/${one.id}`)).body).toMatchObject({ status: "open", cycle: 2 });
  });

  it("takes no rating for a survey that is not of this conversation", async () => {
    const [one, two] = [await talk(), await talk()];
    const { id } = await ask(one);
    await chooses(two, id, 1);
    await chooses(two, crypto.randomUUID(), 1);
    expect(await surveyOf(one)).toMatchObject({ status: "sent", rating: null });
    expectProblem(await org.call("GET", two.path), 404, "csat_survey_not_found");
  });
});

describe("the page", () => {
  it("takes one rating with a comment, without a script, and shows it", async () => {
    const one = await talk();
    const { public_url: url } = await ask(one);
    const page = await open(url);
    expect(page.status).toBe(200);
    const text = await page.text();
    expect(text).toContain('<html lang="en">');
    expect(text).not.toMatch(/<script|https?:\/\//);
    expect([...text.matchAll(/type="radio" name="rating" value="(\d)"/g)].map(([, n]) => n)).toEqual([
      "5",
      "4",
      "3",
      "2",
      "1",
    ]);
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    const style = /<style>([\s\S]*)<\/style>/.exec(text)![1]!;
    expect(page.headers.get("content-security-policy")).toContain(
      `'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    );
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(page.headers.get("cache-control")).toBe("no-store");

    const done = await submit(url, { rating: "5", comment: "  Quick\r\nand <b>kind</b>\u0000  " });
    expect(done.status).toBe(303);
    expect(`${ORIGIN}${done.headers.get("location")}`).toBe(url);
    expect(await surveyOf(one)).toMatchObject({
      status: "completed",
      rating: 5,
      comment: "Quick\nand <b>kind</b>",
      rated_via: "link",
    });
    const after = await open(url);
    expect(after.status).toBe(200);
    expect(await after.text()).toContain("5 – Very satisfied");
    const second = await submit(url, { rating: "1" });
    expect(second.status).toBe(409);
    expect(await second.text()).toContain("already been answered");
    expect(await surveyOf(one)).toMatchObject({ rating: 5 });
  });

  it("says what is wrong, keeps what was written, and escapes it", async () => {
    const one = await talk();
    const { public_url: url } = await ask(one);
    for (const rating of ["", "0", "6", "4.5", "five"]) expect((await submit(url, { rating })).status).toBe(422);
    const long = await submit(url, { rating: "3", comment: `<script>alert(1)</script>${"x".repeat(1000)}` });
    expect(long.status).toBe(422);
    const text = await long.text();
    expect(text).toContain("at most 1,000 characters");
    expect(text).toContain('role="alert"');
    expect(text).toMatch(/value="3" required checked/);
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>");
    expect((await submit(url, { rating: "3", comment: "x".repeat(20_000) })).status).toBe(413);
    expect((await submit(url, { rating: "3", comment: "y".repeat(1000) })).status).toBe(303);
  });

  it("preselects nothing by itself and rates nothing by being looked at", async () => {
    const one = await talk();
    const { public_url: url } = await ask(one);
    expect(await (await open(`${url}?rating=2`)).text()).toMatch(/value="2" required checked/);
    expect(await (await open(url)).text()).not.toContain(" checked");
    expect(await surveyOf(one)).toMatchObject({ status: "sent" });
  });

  it("speaks Indonesian in Indonesia, and whatever is asked for", async () => {
    const one = await talk();
    const { public_url: url } = await ask(one);
    const indonesian = await (await open(`${url}?lang=id`)).text();
    expect(indonesian).toContain('<html lang="id">');
    expect(indonesian).toContain("Sangat puas");
    await org.tenantDb
      .prepare("UPDATE orgs SET country = 'ID', name = 'Toko \"Baju\" <b>' WHERE org_id = ?")
      .bind(org.id)
      .run();
    const home = await (await open(url)).text();
    expect(home).toContain('<html lang="id">');
    expect(home).toContain("Toko &quot;Baju&quot; &lt;b&gt;");
    expect(await (await open(`${url}?lang=en`)).text()).toContain('<html lang="en">');
    const done = await submit(`${url}?lang=en`, { rating: "4" });
    expect(done.headers.get("location")).toMatch(/\?lang=en$/);
    await org.tenantDb.prepare("UPDATE orgs SET country = NULL, name = 'Shop' WHERE org_id = ?").bind(org.id).run();
  });

  it("opens for nobody whose link we did not sign", async () => {
    const one = await talk();
    const { public_url: url } = await ask(one);
    const token = url.split("/").at(-1)!;
    expect(readSurveyToken(configOf(env), token)).toMatchObject({
      orgId: org.id,
      conversationId: one.id,
      cycle: 1,
      tenantDb: org.tenantDbName,
    });
    const bytes = Buffer.from(token, "base64url");
    const forged = Array.from({ length: bytes.length }, (_, i) => {
      const copy = Buffer.from(bytes);
      copy[i]! ^= 1;
      return copy.toString("base64url");
    });
    for (const bad of [
      ...forged,
      token.slice(0, -1),
      token.slice(1),
      `${token}AA`,
      "x",
      "%00",
      "a".repeat(5000),
      `${token}/`,
    ]) {
      const [shown, sent] = [
        await open(`${ORIGIN}/csat/${bad}`),
        await submit(`${ORIGIN}/csat/${bad}`, { rating: "1" }),
      ];
      expect([shown.status, sent.status], bad.slice(0, 100)).toEqual([404, 404]);
    }
    expect(await surveyOf(one)).toMatchObject({ rating: null });
  });

  it("is closed with its organization, and after fourteen days", async () => {
    const other = await organization();
    const { phoneNumberId } = await other.connect();
    const one = await talk(other, phoneNumberId);
    const { body } = await other.call("POST", one.path);
    await other.tenantDb.prepare("UPDATE orgs SET status = 'suspended' WHERE org_id = ?").bind(other.id).run();
    expect((await open(body.public_url)).status).toBe(404);
    expect((await submit(body.public_url, { rating: "5" })).status).toBe(404);
    await other.tenantDb.prepare("UPDATE orgs SET status = 'active' WHERE org_id = ?").bind(other.id).run();
    later(14 * DAY);
    expect((await open(body.public_url)).status).toBe(410);
    expect((await submit(body.public_url, { rating: "5" })).status).toBe(410);
    expect((await surveyOf(one, await login(other.email))).status).toBe("expired");
  });
});

describe("rating written down by an agent", () => {
  it("is once, marked as such, and within its time", async () => {
    const one = await talk();
    const { id } = await ask(one);
    expectProblem(await org.call("PATCH", `/api/csat/${id}`, { rating: 6 }), 422, "invalid_request");
    expectProblem(
      await org.call("PATCH", `/api/csat/${id}`, { rating: 3, comment: "x".repeat(1001) }),
      422,
      "invalid_request",
    );
    const done = await org.call("PATCH", `/api/csat/${id}`, { rating: 3, comment: "By telephone" });
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({
      id,
      status: "completed",
      rating: 3,
      comment: "By telephone",
      rated_via: "agent",
      rated_at: expect.any(String),
    });
    expect(await surveyOf(one)).toEqual(done.body);
    expectProblem(await org.call("PATCH", `/api/csat/${id}`, { rating: 5 }), 409, "csat_already_rated");
    const { body: log } = await org.call(
      "GET",
      `/api/activity-logs?action=csat.submitted&entity_type=conversation&entity_id=${one.id}`,
    );
    expect(log.data).toMatchObject([{ actor_id: org.agentId }]);
    const late = await talk();
    const { id: lateId } = await ask(late);
    later(14 * DAY + MINUTE);
    expectProblem(
      await (await login(org.email)).call("PATCH", `/api/csat/${lateId}`, { rating: 5 }),
      409,
      "csat_expired",
    );
  });

  it("is not by the agent whom it is about: the customer's answer stays possible", async () => {
    const one = await talk();
    const ana = await org.agent();
    await org.call("PATCH", `/api/conversations/${one.id}/assign`, { agent_id: ana.agentId });
    const { id, public_url: url } = await ask(one, ana);
    expectProblem(await ana.call("PATCH", `/api/csat/${id}`, { rating: 5 }), 403, "csat_own_work");
    // Nor after it was given to somebody else.
    await org.call("PATCH", `/api/conversations/${one.id}/assign`, { agent_id: null });
    expectProblem(await ana.call("PATCH", `/api/csat/${id}`, { rating: 5 }), 403, "csat_own_work");
    expect((await submit(url, { rating: "2" })).status).toBe(303);
    expect(await surveyOf(one)).toMatchObject({ rating: 2, rated_via: "link" });
  });

  it("is decided in the conversation where many come at once", async () => {
    const one = await talk();
    const { id, public_url: url } = await ask(one);
    const answers = await Promise.all([
      ...[1, 2].map((rating) => org.call("PATCH", `/api/csat/${id}`, { rating }).then(({ status }) => status === 200)),
      ...["3", "4"].map((rating) => submit(url, { rating }).then(({ status }) => status === 303)),
      chooses(one, id, 5).then(() => false),
    ]);
    const { rating, rated_via: via } = await eventually(async () => {
      const survey = await surveyOf(one);
      expect(survey.status).toBe("completed");
      return survey;
    });
    expect(answers.filter(Boolean)).toHaveLength(via === "reply" ? 0 : 1);
    if (via !== "reply") expect(answers[rating - 1]).toBe(true);
  });
});

describe("expiry", () => {
  it("is said by the cron once, also after an hour without one and twice at once", async () => {
    const [open1, rated] = [await talk(), await talk()];
    await ask(open1);
    const { public_url: url } = await ask(rated);
    await submit(url, { rating: "5" });
    const status = async (one: Talk) =>
      (await org.tenantDb
        .prepare("SELECT status FROM csat_surveys WHERE org_id = ? AND conversation_id = ?")
        .bind(org.id, one.id)
        .first<{ status: string }>())!.status;
    later(14 * DAY - HOUR);
    await minute();
    expect(await status(open1)).toBe("sent");
    later(14 * DAY + HOUR);
    await Promise.all([minute(), minute()]);
    await minute();
    expect(await status(open1)).toBe("expired");
    expect(await status(rated)).toBe("completed");
  });
});

describe("figures", () => {
  it("are counted once, however often they are projected, by day, channel and agent", async () => {
    const mine = await organization();
    const { phoneNumberId } = await mine.connect();
    await mine.call("PUT", "/api/settings/timezone", { timezone: "Asia/Jakarta" });
    const [ana, bob] = [await mine.agent(), await mine.agent()];
    const ratings: [Caller | null, number | null][] = [
      [ana, 5],
      [ana, 4],
      [ana, null],
      [bob, 1],
      [bob, 5],
      [null, 3],
    ];
    const talks: Talk[] = [];
    const rateOne = async ([agent, rating]: (typeof ratings)[number]): Promise<void> => {
      const one = await talk(mine, phoneNumberId);
      talks.push(one);
      if (agent) await mine.call("PATCH", `/api/conversations/${one.id}/assign`, { agent_id: agent.agentId });
      const { id, public_url: url } = await ask(one, mine);
      if (rating === null) return;
      if (rating % 2) await submit(url, { rating: String(rating) });
      else await chooses(one, id, rating, phoneNumberId);
      await eventually(async () => expect(await surveyOf(one, mine)).toMatchObject({ rating }));
    };
    await Promise.all(ratings.map(rateOne));
    const expected = {
      sent: 6,
      answered: 5,
      response_rate: 83.3,
      ratings: 5,
      average_rating: 3.6,
      satisfaction_rate: 60,
      distribution: { "1": 1, "2": 0, "3": 1, "4": 1, "5": 2 },
    };
    const look = async (query = ""): Promise<any> => (await mine.call("GET", `/api/csat/analytics${query}`)).body;
    const before = await look();
    expect(before).toMatchObject(expected);
    expect((await mine.call("GET", "/api/analytics/csat")).body).toEqual(before);
    const today = dayIn("Asia/Jakarta", Date.now());
    expect(before.to).toBe(today);
    expect(before.by_day).toEqual([{ day: today, ...expected }]);
    expect(before.by_channel).toEqual([{ channel: "whatsapp", ...expected }]);
    expect(before.by_agent.map((row: any) => [row.agent_id, row.sent, row.ratings, row.average_rating])).toEqual(
      expect.arrayContaining([
        [ana.agentId, 3, 2, 4.5],
        [bob.agentId, 2, 2, 3],
        [null, 1, 1, 3],
      ]),
    );
    expect(await look(`?from=2020-01-01&to=2020-12-31`)).toMatchObject({
      sent: 0,
      response_rate: null,
      average_rating: null,
      by_day: [],
    });

    // Everything again, out of order and at once.
    const objects = talks.map(
      ({ id }) => env.CONVERSATION.getByName(`${mine.id}:${id}`) as unknown as { inspect(): Promise<any> },
    );
    const rows = await Promise.all(objects.map((object) => object.inspect()));
    const surveys = (
      await mine.tenantDb.prepare("SELECT * FROM csat_surveys WHERE org_id = ?").bind(mine.id).all<any>()
    ).results;
    const projections = rows.map(({ row }) => ({
      orgId: mine.id,
      tenantDb: mine.tenantDbName,
      conversationId: row.id,
      version: row.version,
      upTo: 1,
      rows: {
        conversations: [row],
        surveys: surveys
          .filter((survey) => survey.conversation_id === row.id)
          .map((survey) => ({ ...survey, survey_version: survey.version })),
      },
    }));
    await Promise.all([project(env, projections), project(env, projections.toReversed())]);
    // And once as if nothing of it were there.
    await mine.tenantDb.prepare("DELETE FROM csat_daily WHERE org_id = ?").bind(mine.id).run();
    await mine.tenantDb.prepare("DELETE FROM csat_surveys WHERE org_id = ?").bind(mine.id).run();
    await Promise.all([project(env, projections), project(env, projections.toReversed())]);
    expect(await look()).toEqual(before);
  });

  it("count a rating on its own day, its answer on the day of the question, and read by the answer", async () => {
    const mine = await organization();
    const { phoneNumberId } = await mine.connect();
    const one = await talk(mine, phoneNumberId);
    const { public_url: url } = await ask(one, mine);
    const first = dayIn("UTC", clock.now());
    later(3 * DAY);
    await submit(url, { rating: "4" });
    const admin = await mine.agent("admin");
    const { body, headers } = await admin.call("GET", "/api/csat/analytics");
    expect(body.by_day.map((row: any) => [row.day, row.sent, row.answered, row.ratings])).toEqual([
      [first, 1, 1, 0],
      [dayIn("UTC", clock.now()), 0, 0, 1],
    ]);
    const read = Number(/d1_rows_read;desc="(\d+)"/.exec(headers.get("server-timing")!)![1]);
    // A range of thirty days reads its rows, and looks once for each of its weeks and the days beside them.
    expect(read).toBeLessThan(35);
    expectProblem(
      await admin.call("GET", "/api/csat/analytics?from=2026-02-01&to=2026-01-01"),
      400,
      "malformed_request",
    );
    expectProblem(
      await admin.call("GET", "/api/csat/analytics?from=2020-01-01&to=2026-01-01"),
      400,
      "malformed_request",
    );
  });

  it("are what the surveys say, for any range of a year", async () => {
    const mine = await organization();
    const agents = [
      "",
      ...(await Promise.all([mine.agent(), mine.agent(), mine.agent()])).map(({ agentId }) => agentId),
    ];
    const start = Date.parse("2026-01-01T00:00:00Z");
    let seed = 20_261_124;
    const dice = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const surveys = Array.from({ length: 300 }, (_, i) => {
      const id = crypto.randomUUID();
      const sent = dice(10) === 0 ? null : start + dice(360) * DAY + dice(24) * HOUR;
      const ratedAt = sent === null || dice(3) === 0 ? null : sent + dice(14) * DAY;
      const survey = {
        id: crypto.randomUUID(),
        cycle: 1,
        status: ratedAt === null ? "sent" : "completed",
        agent_id: agents[dice(4)]!,
        rating: ratedAt === null ? null : 1 + dice(5),
        message_id: null,
        error_message: null,
        comment: null,
        rated_via: null,
        created_at: start,
        sent_at: sent,
        rated_at: ratedAt,
        expires_at: start + 500 * DAY,
        survey_version: 5,
      };
      return { ...survey, conversation_id: id, contact_id: id, channel: i % 3 ? "whatsapp" : "email" };
    });
    const projections = surveys.map((survey): Projection => ({
      orgId: mine.id,
      tenantDb: mine.tenantDbName,
      conversationId: survey.conversation_id,
      upTo: 1,
      rows: { surveys: [survey] },
    }));
    // In parts that overlap, and some twice.
    for (let i = 0; i < 300; i += 40) await project(env, projections.slice(Math.max(0, i - 10), i + 40));
    const slow = (of: typeof surveys, from: string, to: string) => {
      const within = (at: number | null): boolean => at !== null && dayIn("UTC", at) >= from && dayIn("UTC", at) <= to;
      const sent = of.filter((one) => within(one.sent_at));
      const rated = of.filter((one) => within(one.rated_at)).map((one) => one.rating!);
      const answered = sent.filter((one) => one.rated_at !== null).length;
      return {
        sent: sent.length,
        answered,
        ratings: rated.length,
        distribution: Object.fromEntries(
          [1, 2, 3, 4, 5].map((n) => [n, rated.filter((rating) => rating === n).length]),
        ),
      };
    };
    for (let i = 0; i < 20; i++) {
      const [from, to] = [dice(360), dice(360)].sort((a, b) => a - b).map((n) => dayIn("UTC", start + n * DAY)) as [
        string,
        string,
      ];
      const { body } = await mine.call("GET", `/api/csat/analytics?from=${from}&to=${to}`);
      expect(body, `${from} ${to}`).toMatchObject(slow(surveys, from, to));
      for (const row of body.by_agent)
        expect(row, `${from} ${to}`).toMatchObject(
          slow(
            surveys.filter((one) => one.agent_id === (row.agent_id ?? "")),
            from,
            to,
          ),
        );
      for (const row of body.by_channel)
        expect(row).toMatchObject(
          slow(
            surveys.filter((one) => one.channel === row.channel),
            from,
            to,
          ),
        );
      for (const row of body.by_day) expect(row).toMatchObject(slow(surveys, row.day, row.day));
      expect(body.by_agent.reduce((sum: number, row: any) => sum + row.ratings, 0)).toBe(body.ratings);
    }
  });

  it("count a survey that was answered although it could not be sent", async () => {
    const mine = await organization();
    const { phoneNumberId } = await mine.connect();
    const one = await talk(mine, phoneNumberId);
    later(30 * HOUR);
    const admin = await mine.agent("admin");
    const { body: made } = await admin.call("POST", one.path);
    expect((await admin.call("GET", "/api/csat/analytics")).body).toMatchObject({ sent: 0, answered: 0 });
    await submit(made.public_url, { rating: "2" });
    expect((await admin.call("GET", "/api/csat/analytics")).body).toMatchObject({
      sent: 1,
      answered: 1,
      response_rate: 100,
      average_rating: 2,
    });
  });
});

describe("through a year, with two changes of the clocks and a move to another timezone", () => {
  it("each survey is answered within fourteen days or expires, and is counted on the day that it was", async () => {
    let seed = 20_261_125;
    const dice = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const mine = await organization();
    const { phoneNumberId } = await mine.connect();
    const start = realNow();
    const moveAt = start + 200 * DAY;
    const zoneAt = (at: number): string => (at < moveAt ? "Europe/Berlin" : "America/New_York");
    await mine.call("PUT", "/api/settings/timezone", { timezone: zoneAt(start) });
    interface Asked {
      askedAt: number;
      answeredAt: number;
      rating: number;
      url?: string;
      id?: string;
    }
    const surveys: Asked[] = Array.from({ length: volume(14, 8) }, () => {
      const askedAt = start + dice(360 * 24 * 60) * MINUTE;
      // Some at the very end of their time.
      const answeredAt = askedAt + (dice(3) ? dice(20 * 24 * 60) * MINUTE : 14 * DAY + (dice(2) ? 0 : -1));
      return { askedAt, answeredAt, rating: 1 + dice(5) };
    });
    const askAt = async (survey: Asked): Promise<void> => {
      // Sessions end after a week.
      const admin = await login(mine.email);
      const from = phone();
      await customerWrites(phoneNumberId, from, "Hello", { at: clock.now() });
      const { id } = await conversationWith(admin, from);
      const { body } = await admin.call("POST", `/api/conversations/${id}/csat`);
      Object.assign(survey, { url: body.public_url, id: body.id });
      // Counted before the clock goes on: a day is counted in the timezone of when it is.
      await eventually(async () => {
        await projected(admin, id);
        expect((await admin.call("GET", `/api/conversations/${id}/csat`)).body.status).toBe("sent");
      });
    };
    const happenings: [at: number, what: () => Promise<void>][] = [
      [
        moveAt,
        async () =>
          void (await (await login(mine.email)).call("PUT", "/api/settings/timezone", { timezone: zoneAt(moveAt) })),
      ],
      ...surveys.flatMap((survey): [number, () => Promise<void>][] => [
        [survey.askedAt, () => askAt(survey)],
        [
          survey.answeredAt,
          async () => {
            const { status } = await submit(survey.url!, { rating: String(survey.rating) });
            expect(status).toBe(survey.answeredAt < survey.askedAt + 14 * DAY ? 303 : 410);
          },
        ],
      ]),
      ...Array.from({ length: volume(40, 16) }, (): [number, () => Promise<void>] => [
        start + dice(380 * 24 * 60) * MINUTE,
        async () => void (await Promise.all([minute(), minute()])),
      ]),
      [start + 390 * DAY, minute],
    ];
    for (const [at, what] of happenings.toSorted(([a], [b]) => a - b)) {
      clock.now = () => at;
      await what();
    }
    const { results } = await mine.tenantDb
      .prepare("SELECT id, status, rating, sent_day FROM csat_surveys WHERE org_id = ?")
      .bind(mine.id)
      .all<any>();
    const inTime = surveys.filter(({ askedAt, answeredAt }) => answeredAt < askedAt + 14 * DAY);
    expect([inTime.length > 2, inTime.length < surveys.length]).toEqual([true, true]);
    for (const survey of surveys) {
      const expected = inTime.includes(survey)
        ? { status: "completed", rating: survey.rating }
        : { status: "expired", rating: null };
      expect(results.find((row) => row.id === survey.id)).toMatchObject(expected);
    }
    const range = (from: number, to: number): string =>
      `/api/csat/analytics?from=${dayIn("UTC", from)}&to=${dayIn("UTC", to)}`;
    const admin = await login(mine.email);
    const days = [
      await admin.call("GET", range(start - 2 * DAY, start + 180 * DAY)),
      await admin.call("GET", range(start + 181 * DAY, start + 390 * DAY)),
    ].flatMap(({ body }) => body.by_day as any[]);
    const perDay = (times: number[]): Record<string, number> =>
      Object.fromEntries([...Map.groupBy(times, (at) => dayIn(zoneAt(at), at))].map(([day, all]) => [day, all.length]));
    const counted = (column: string): Record<string, number> =>
      Object.fromEntries(days.filter((row) => row[column] > 0).map((row) => [row.day, row[column]]));
    expect(counted("sent")).toEqual(perDay(surveys.map(({ askedAt }) => askedAt)));
    expect(counted("ratings")).toEqual(perDay(inTime.map(({ answeredAt }) => answeredAt)));
    expect(days.reduce((sum, row) => sum + row.answered, 0)).toBe(inTime.length);
  }, 180_000);
});
