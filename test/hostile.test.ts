import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { whatsapp } from "../src/channels/whatsapp/index";
import { clock, MINUTE } from "../src/kit/clock";
import { encodeCursor } from "../src/kit/page";
import {
  type Answer,
  call,
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  graph,
  login,
  type Org,
  organization,
  PASSWORD,
  phone,
} from "./harness";
import { NOBODY } from "./areas/fixture";
import { expectProblem } from "./problem";
import { atRest, dump, type Tenant, tenant } from "./tenant";

/** Requests of somebody who means no good. */

// Many calls in one test, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function signed(body: Uint8Array | string, secret = "test-app-secret"): Promise<string> {
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `sha256=${Buffer.from(await crypto.subtle.sign("HMAC", key, typeof body === "string" ? bytesOf(body) : body)).toString("hex")}`;
}

async function deliver(
  body: Uint8Array | string | ReadableStream,
  signature?: string,
  more: Record<string, string> = {},
): Promise<Answer> {
  const response = await door("/webhook", {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      ...(signature !== undefined && { "x-hub-signature-256": signature }),
      ...more,
    },
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const delivery = (phoneNumberId: string, from: string, text: string, id = `wamid.${crypto.randomUUID()}`): string =>
  JSON.stringify({
    object: "whatsapp_business_account",
    entry: [
      {
        id: "1",
        changes: [
          {
            field: "messages",
            value: {
              messaging_product: "whatsapp",
              metadata: { display_phone_number: "1", phone_number_id: phoneNumberId },
              contacts: [{ wa_id: from, profile: { name: "Hostile" } }],
              messages: [
                { from, id, timestamp: String(Math.floor(Date.now() / 1000)), type: "text", text: { body: text } },
              ],
            },
          },
        ],
      },
    ],
  });

/** Reads the rows that are parked or counted for nobody. */
const parkedRows = async (): Promise<unknown> =>
  (
    await env.CONTROL_DB.batch([
      env.CONTROL_DB.prepare("SELECT * FROM parked_updates ORDER BY id"),
      env.CONTROL_DB.prepare("SELECT * FROM counters ORDER BY name, day"),
    ])
  ).map((r) => r.results);

/** A seeded source, so that a failure can be seen again. */
function random(seed: number): (below: number) => number {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

let t: Tenant;
beforeAll(async () => {
  t = await tenant();
}, 60_000);

describe("a webhook's signature", () => {
  const body = (): string => delivery(t.phoneNumberId, t.customer, "Not signed by Meta");

  it("is needed, whole and right; without it nothing is kept", async () => {
    const text = body();
    const good = await signed(text);
    const other = await organization();
    const others = await other.connect({ app_secret: "another-tenants-app-secret" });
    const hex = good.slice(7);
    const bad: (string | undefined)[] = [
      undefined,
      "",
      "sha256=",
      "sha1=0000000000000000000000000000000000000000",
      hex,
      `sha256=${hex.slice(0, -2)}`,
      `sha256=${hex}00`,
      `sha256=${hex.slice(0, -1)}g`,
      `sha256= ${hex}`,
      `SHA256=${hex}`,
      `sha256=${"0".repeat(64)}`,
      `sha256=${hex.split("").toReversed().join("")}`,
      `sha256=${Buffer.from(hex, "hex").toString("base64")}`,
      `${good}, ${good}`,
      await signed(text, "another-tenants-app-secret"),
      await signed(text, "test-verify-token"),
      await signed(`${text} `),
      await signed(""),
    ];
    const [before, parked] = [await dump(t), await parkedRows()];
    for (const signature of bad) {
      expectProblem(await deliver(text, signature), 401, "webhook_signature_wrong", String(signature));
      // The older header, and one of another spelling, are no way round.
      expectProblem(await deliver(text, signature, { "x-hub-signature": good }), 401, "webhook_signature_wrong");
    }
    // A tenant's own secret speaks for its own account, also in one delivery with another's.
    const mixed = JSON.parse(text);
    mixed.entry.push(...JSON.parse(delivery(others.phoneNumberId, t.customer, "Mine")).entry);
    expectProblem(
      await deliver(JSON.stringify(mixed), await signed(JSON.stringify(mixed), "another-tenants-app-secret")),
      401,
      "webhook_signature_wrong",
    );
    expect(await dump(t)).toEqual(before);
    expect(await parkedRows()).toEqual(parked);
    // And their own, alone, is taken.
    const own = delivery(others.phoneNumberId, t.customer, "Mine");
    expect((await deliver(own, await signed(own, "another-tenants-app-secret"))).status).toBe(200);
  });

  it("does not outlive one changed byte, anywhere", async () => {
    const text = bytesOf(body());
    const good = await signed(text);
    const pick = random(15);
    const [before, parked] = [await dump(t), await parkedRows()];
    let accepted = 0;
    const tries = 1000;
    for (let i = 0; i < tries; i += 20) {
      const batch = Array.from({ length: 20 }, () => {
        const changed = text.slice();
        // A bit of the body, or of the signature; a byte less, a byte more.
        const how = pick(10);
        if (how === 0) return deliver(changed.slice(0, pick(changed.length)), good);
        if (how === 1) return deliver(new Uint8Array([...changed, pick(256)]), good);
        if (how < 5) {
          const at = 7 + pick(64);
          const digit = (Number.parseInt(good[at]!, 16) ^ (1 + pick(15))).toString(16);
          return deliver(changed, good.slice(0, at) + digit + good.slice(at + 1));
        }
        changed[pick(changed.length)]! ^= 1 << pick(8);
        return deliver(changed, good);
      });
      for (const answer of await Promise.all(batch)) {
        if (answer.status !== 401) accepted++;
      }
    }
    expect([accepted, tries]).toEqual([0, tries]);
    expect(await dump(t)).toEqual(before);
    expect(await parkedRows()).toEqual(parked);
    expect((await deliver(text, good)).status).toBe(200);
    await atRest(t);
  }, 60_000);

  it("the handshake answers to the right token only, and as plain text", async () => {
    const ask = (token: string, challenge = "12345"): Promise<Response> =>
      door(
        `/webhook?${new URLSearchParams({ "hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge }).toString()}`,
      );
    for (const token of [
      "wrong",
      "test-verify-toke",
      "test-verify-token ",
      "TEST-VERIFY-TOKEN",
      "%",
      "' OR 1=1 --",
      "\u0000",
    ])
      expect((await ask(token)).status, token).toBe(403);
    const html = await ask("test-verify-token", "<script>alert(1)</script>");
    expect([html.status, html.headers.get("content-type"), html.headers.get("x-content-type-options")]).toEqual([
      200,
      "text/plain; charset=utf-8",
      "nosniff",
    ]);
  });
});

describe("a webhook's body", () => {
  const parkedBefore = (): Promise<unknown> => parkedRows();

  it("is 413 above 3 MB, whatever it says of its length", async () => {
    const parked = await parkedBefore();
    const big = JSON.stringify({ object: "whatsapp_business_account", entry: [], x: "x".repeat(3 * 1024 * 1024) });
    expectProblem(await deliver(big, await signed(big)), 413, "body_too_large");
    const part = new Uint8Array(256 * 1024);
    let parts = 0;
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          if (parts++ > 400) controller.close();
          else controller.enqueue(part);
        },
      });
    // Nothing is read for what can be no signature, beyond what the stream holds ready.
    expectProblem(await deliver(endless(), "sha256=00"), 401, "webhook_signature_wrong");
    expect(parts).toBeLessThan(5);
    expectProblem(await deliver(endless(), `sha256=${"0".repeat(64)}`), 413, "body_too_large");
    expect(parts, "it is not read to its end").toBeLessThan(100);
    expect(await parkedRows()).toEqual(parked);
  });

  it.each([
    ["not JSON", "{", 400],
    ["empty", "", 400],
    ["too deep", `{"object":"whatsapp_business_account","entry":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 400],
    ["not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), 400],
    ["latin1", Uint8Array.from(`{"object":"caf\xe9"}`, (c) => c.charCodeAt(0)), 400],
  ] as const)("that is %s is refused, signed as it may be", async (_, raw, status) => {
    const parked = await parkedBefore();
    expectProblem(await deliver(raw as Uint8Array, await signed(raw as Uint8Array)), status, "malformed_request");
    expectProblem(await deliver(raw as Uint8Array, "sha256=00"), 401, "webhook_signature_wrong");
    expect(await parkedRows()).toEqual(parked);
  });

  it.each([
    "null",
    "[]",
    "1",
    '"x"',
    "{}",
    '{"object":1}',
    '{"object":"whatsapp_business_account"}',
    '{"object":"whatsapp_business_account","entry":{}}',
    '{"object":"__proto__"}',
    '{"object":"whatsapp_business_account","entry":[null,{"id":null,"changes":[null,{"field":"messages","value":null}]}]}',
  ])("that is signed but no delivery (%s) is answered 200 and harms nobody", async (text) => {
    const before = await dump(t);
    expect((await deliver(text, await signed(text))).status).toBe(200);
    expect(await dump(t)).toEqual(before);
  });

  it("with hostile words in it is shown as it was written, everywhere", async () => {
    const words = [
      "a\u0000b",
      "\ud83d",
      `${"x".repeat(119)}💩 cut in half by a preview`,
      "<script>alert(1)</script>",
      "'; DROP TABLE messages; --",
      "{{contact.name}} ${7*7}",
      "\u202egnp.exe",
    ];
    for (const word of words) {
      const from = phone();
      const text = delivery(t.phoneNumberId, from, word);
      // A lone half of a character cannot go to the reporter as it is.
      const hint = JSON.stringify(word);
      expect((await deliver(text, await signed(text))).status, hint).toBe(200);
      const conversation = await conversationWith(t.org, from);
      const { status, body } = await t.org.call("GET", `/api/conversations/${conversation.id}/messages`);
      expect([status, body.messages.length], hint).toEqual([200, 1]);
      expect([hint, JSON.stringify(body.messages[0].content.text.toWellFormed())]).toEqual([
        hint,
        JSON.stringify(word.toWellFormed()),
      ]);
      expect((await t.org.call("GET", `/api/conversations/${conversation.id}`)).status, hint).toBe(200);
    }
  }, 60_000);
});

describe("a request's body", () => {
  it("is refused with 10,000 elements, and its answer is short", async () => {
    const ids = Array.from({ length: 10_000 }, () => NOBODY);
    const tags = Array.from({ length: 10_000 }, (_, i) => `t${i}`);
    const conversation = `/api/conversations/${t.conversationId}`;
    for (const answer of [
      await t.org.call("POST", "/api/conversations/bulk", { conversation_ids: ids, action: "resolve" }),
      await t.org.call("PATCH", `${conversation}/tags`, { tags }),
      await t.org.call("PATCH", `/api/contacts/${t.contactId}`, { tags }),
      await call("POST", "/operator/dead-letters/replay", { ids }, { authorization: `Bearer ${env.OPERATOR_TOKEN}` }),
      await t.org.call("PATCH", `${conversation}/tags`, Object.fromEntries(tags.map((tag) => [tag, 1]))),
    ]) {
      expectProblem(answer, 422, "invalid_request");
      expect(JSON.stringify(answer.body).length).toBeLessThan(8000);
    }
  });

  it("with a text that only shows \\u0000 is not taken for one with a NUL", async () => {
    const answer = await t.org.call("PATCH", `/api/contacts/${t.contactId}`, { name: "back\\u0000slash" });
    expect([answer.status, answer.body.name]).toEqual([200, "back\\u0000slash"]);
  });
});

describe("words that a database could mistake for its own", () => {
  const FTS = [
    '"',
    '""',
    "*",
    "a*",
    "NEAR(",
    "NEAR(a b, 2)",
    "AND",
    "OR",
    "NOT",
    "a AND",
    "AND a",
    "NOT a",
    "(",
    ")",
    "a OR b",
    "body:x",
    "org_token:o",
    "org_token : *",
    "^a",
    "{a b}: c",
    "-a",
    "+a",
    "a - b",
    "'",
    "\\",
    "col:*",
    "terms : *",
    "a NEAR/2 b",
  ];
  const SQL = [
    "'",
    "''",
    "' OR '1'='1",
    "' OR 1=1 --",
    "') OR ('1'='1",
    "1; DROP TABLE conversations",
    "' UNION SELECT * FROM agents --",
    "' AND sleep(5) --",
    "1' AND randomblob(500000000) --",
    "%",
    "_",
    "%%%%",
    "a%' --",
    "\\' OR 1=1 --",
    "?1",
    ":x",
    "@x",
    "$x",
    "x'00'",
    "/*",
    "--",
    "0 OR 1=1",
    "NULL",
  ];

  let plain: Tenant;
  let marked: string;
  beforeAll(async () => {
    plain = await tenant();
    marked = phone();
    await customerWrites(plain.phoneNumberId, marked, "Fifty percent off AND more near the NOT so old harbour");
    const conversation = await conversationWith(plain.org, marked);
    await plain.org.call("PATCH", `/api/conversations/${conversation.id}/tags`, { tags: ["%", "' OR '1'='1", "a_b"] });
  }, 60_000);

  const total = async (path: string): Promise<number> => {
    const { status, body } = await plain.org.call("GET", path);
    expect(status, path).toBe(200);
    return body.data.length;
  };

  it("in a search are words, or nothing", async () => {
    for (const path of ["/api/conversations", "/api/contacts", "/api/messages/search"]) {
      for (const word of [...FTS, ...SQL]) {
        const padded = `  ${word}  `.padEnd(4, " ");
        const { status, body } = await plain.org.call("GET", `${path}?q=${encodeURIComponent(padded)}`);
        if (status === 400) expect(word.trim().length, `${path} ${word}`).toBeLessThan(2);
        else {
          expect(status, `${path} ${JSON.stringify(word)}`).toBe(200);
          // As the plain words that are in it, each of them needed.
          const words = word.match(/[\p{L}\p{N}]+/gu) ?? [];
          if (words.length === 0) expect(body.data, `${path} ${word}`).toEqual([]);
          else
            expect(body.data, `${path} ${word}`).toEqual(
              (await plain.org.call("GET", `${path}?q=${encodeURIComponent(`${words.join(" ")} .`)}`)).body.data,
            );
        }
      }
    }
    // Operators are words like others: they are in the text, so they are found, and in another order too.
    expect(await total("/api/messages/search?q=AND")).toBe(1);
    expect(await total("/api/messages/search?q=NOT%20near")).toBe(1);
    expect(await total("/api/messages/search?q=percent%20OR%20nowhere")).toBe(0);
    expect(await total("/api/messages/search?q=perc*")).toBe(await total("/api/messages/search?q=perc"));
    expect(
      await total(`/api/messages/search?q=${encodeURIComponent(`org_token:${t.org.id.replaceAll("-", "")}`)}`),
    ).toBe(0);
  });

  it("in a filter are the literal value", async () => {
    const everything = await total("/api/conversations");
    expect(everything).toBe(2);
    for (const word of [...SQL, ...FTS]) {
      const tag = encodeURIComponent(word);
      expect(await total(`/api/conversations?tag=${tag}`), word).toBe(["%", "' OR '1'='1"].includes(word) ? 1 : 0);
      for (const filter of [
        "status",
        "channel",
        "assigned_agent_id",
        "division_id",
        "unread",
        "updated_since",
        "limit",
        "cursor",
      ]) {
        expectProblem(
          await plain.org.call("GET", `/api/conversations?${filter}=${tag}`),
          400,
          "malformed_request",
          `${filter} ${word}`,
        );
      }
      expectProblem(await plain.org.call("GET", `/api/contacts?channel=${tag}`), 400);
      expectProblem(await plain.org.call("GET", `/api/integrations/accounts?channel=${tag}`), 400);
      expectProblem(await plain.org.call("GET", `/api/messages/search?q=harbour&conversation_id=${tag}`), 400);
    }
    expect(await total("/api/conversations?tag=ab")).toBe(0);
    expect(await total("/api/conversations?tag=A_B")).toBe(1);
    // The same parameter twice is one of them, and never a list that slips through.
    expect([200, 400]).toContain(
      (await plain.org.call("GET", "/api/conversations?status=open&status=' OR 1=1")).status,
    );
    expectProblem(await plain.org.call("GET", "/api/conversations?status[$ne]=open&status=x"), 400);
  });

  it("in a value are kept as they are", async () => {
    for (const word of SQL.filter((w) => w.trim().length > 0)) {
      const { body } = await plain.org.call("PATCH", `/api/contacts/${plain.contactId}`, { name: word, tags: [word] });
      expect([body.name, body.tags]).toEqual([word, [word]]);
      expect((await plain.org.call("GET", `/api/contacts/${plain.contactId}`)).body).toEqual(body);
    }
    expect(await total("/api/conversations")).toBe(2);
  });

  it("in a cursor are 400, and so is every cursor that is not ours", async () => {
    const good = encodeCursor({ at: Date.now(), id: plain.conversationId });
    const raw = (text: string): string => Buffer.from(text).toString("base64url");
    const forged = [
      "",
      "x",
      "null",
      "%00",
      "0",
      "-1",
      `${good}=`,
      `${good}A`,
      good.slice(0, -1),
      raw(""),
      raw("1"),
      raw("1.2"),
      raw("x.y"),
      raw(`-1.${plain.conversationId}`),
      raw(`1e5.${plain.conversationId}`),
      raw(`01.${plain.conversationId}`),
      raw(`9999999999999999.${plain.conversationId}`),
      raw(`1.${plain.conversationId}' OR 1=1`),
      raw(`1.${plain.conversationId.toUpperCase()}`),
      raw('{"at":1}'),
      raw("1.' OR '1'='1"),
      "a".repeat(513),
    ];
    for (const path of [
      "/api/conversations?",
      "/api/contacts?",
      `/api/contacts/${plain.contactId}/conversations?`,
      "/api/messages/search?q=harbour&",
      `/api/conversations/${plain.conversationId}/messages?`,
    ]) {
      for (const cursor of forged)
        expectProblem(
          await plain.org.call("GET", `${path}cursor=${encodeURIComponent(cursor)}`),
          400,
          "malformed_request",
          `${path}${cursor}`,
        );
      for (const limit of ["0", "-1", "101", "1e9", "1.5", "x", "", "9007199254740993"])
        expectProblem(
          await plain.org.call("GET", `${path}limit=${limit}`),
          400,
          "malformed_request",
          `${path}${limit}`,
        );
    }
    expect((await plain.org.call("GET", `/api/conversations?cursor=${good}`)).status).toBe(200);
  });
});

describe("too often", () => {
  const tryLogin = (email: string, from: string): Promise<Answer> =>
    call("POST", "/api/auth/login", { email, password: "wrong-password" }, { "cf-connecting-ip": from });

  it("ten logins a minute for an address, from wherever, and the right password does not help", async () => {
    const org = await organization();
    // Not over the edge of a minute: the next one, and in it the clock stands.
    const { now } = clock;
    const next = Math.ceil(now() / MINUTE) * MINUTE;
    clock.now = () => next;
    onTestFinished(() => void (clock.now = now));
    const from = crypto.randomUUID();
    for (let i = 0; i < 10; i++)
      expectProblem(await tryLogin(org.email, `${from}-${i}`), 401, "auth_wrong_credentials");
    const refused = await tryLogin(org.email, `${from}-x`);
    expectProblem(refused, 429, "too_many_requests");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expectProblem(
      await call(
        "POST",
        "/api/auth/login",
        { email: org.email.toUpperCase(), password: PASSWORD },
        { "cf-connecting-ip": `${from}-y` },
      ),
      429,
    );
    // Another address is not held up.
    expectProblem(await tryLogin(`other-${from}@example.test`, from), 401);
    // A session that is open stays open.
    expect((await org.call("GET", "/api/auth/me")).status).toBe(200);
  }, 90_000);

  it("does not tell by its answer whether an address exists", async () => {
    const org = await organization();
    const [known, unknown] = [await tryLogin(org.email, "10.1.1.1"), await tryLogin(`nobody-${org.email}`, "10.1.1.1")];
    const { request_id: _, ...one } = known.body;
    const { request_id: __, ...two } = unknown.body;
    expect(one).toEqual(two);
  });
});

describe("an Idempotency-Key, a hundred times at once", () => {
  const TWINS = 100;
  async function twins(who: Caller, path: string, body: unknown): Promise<Answer[]> {
    const key = { "idempotency-key": crypto.randomUUID() };
    const answers = await Promise.all(Array.from({ length: TWINS }, () => who.call("POST", path, body, key)));
    const done = answers.filter((answer) => answer.status === 201);
    const running = answers.filter((answer) => answer.status === 409);
    expect(
      done.length + running.length,
      JSON.stringify(answers.find((a) => ![201, 409].includes(a.status))?.body),
    ).toBe(TWINS);
    expect(done.length).toBeGreaterThan(0);
    for (const answer of done) expect(answer.body).toEqual(done[0]!.body);
    const later = await who.call("POST", path, body, key);
    expect([later.status, later.body]).toEqual([201, done[0]!.body]);
    expect(later.headers.get("idempotency-replayed")).toBe("true");
    expectProblem(
      await who.call(
        "POST",
        path,
        {
          ...(body as object),
          ...(path.endsWith("messages")
            ? { content: { text: "Another" } }
            : {
                display_name: "Another",
                full_name: undefined,
                ...("full_name" in (body as object) && { display_name: undefined, full_name: "Another" }),
              }),
        },
        key,
      ),
      409,
      "idempotency_key_reused",
    );
    return done;
  }

  it("makes one agent, who can log in", async () => {
    const email = `twin-${crypto.randomUUID()}@example.test`;
    const [made] = await twins(t.org, "/api/agents", { email, password: PASSWORD, full_name: "Twin" });
    const { results } = await t.org.tenantDb
      .prepare("SELECT id FROM agents WHERE org_id = ? AND email = ?")
      .bind(t.org.id, email)
      .all();
    expect(results).toEqual([{ id: made!.body.id }]);
    expect(
      (await env.CONTROL_DB.prepare("SELECT agent_id FROM identities WHERE email = ?").bind(email).all()).results,
    ).toEqual([{ agent_id: made!.body.id }]);
    const session = await login(email);
    expect((await session.call("GET", "/api/auth/me")).body.id).toBe(made!.body.id);
  }, 120_000);

  it("makes one account, whose deliveries find it", async () => {
    const org: Org = await organization();
    const phoneNumberId = String(Math.floor(1e14 + Math.random() * 8e14));
    const [made] = await twins(org, "/api/integrations/accounts", {
      channel: "whatsapp",
      display_name: "Shop",
      config: {
        phone_number_id: phoneNumberId,
        waba_id: "123456",
        access_token: "token-token",
        app_secret: "a-secret-of-our-own",
      },
    });
    expect((await org.call("GET", "/api/integrations/accounts")).body).toHaveLength(1);
    const route = await env.CONTROL_DB.prepare(
      "SELECT org_id, account_id, verify_token FROM channel_routes WHERE external_id = ?",
    )
      .bind(phoneNumberId)
      .all();
    expect(route.results).toEqual([
      { org_id: org.id, account_id: made!.body.id, verify_token: made!.body.verify_token },
    ]);
    const from = phone();
    const text = delivery(phoneNumberId, from, "Hello");
    expect((await deliver(text, await signed(text, "a-secret-of-our-own"))).status).toBe(200);
    await conversationWith(org, from);
  }, 60_000);

  it("sends one message", async () => {
    const from = phone();
    await customerWrites(t.phoneNumberId, from, "Hi");
    const { id } = await conversationWith(t.org, from);
    await twins(t.org, `/api/conversations/${id}/messages`, { type: "text", content: { text: "Once" } });
    await eventually(async () => {
      await graph.settle();
      expect(graph.state.messages.filter((message) => message.to === from)).toHaveLength(1);
    });
    expect(
      (await t.org.call("GET", `/api/conversations/${id}/messages`)).body.messages.filter(
        (m: any) => m.direction === "outbound",
      ),
    ).toHaveLength(1);
  }, 60_000);

  it("is each caller's own: another agent's equal key is another message", async () => {
    const from = phone();
    await customerWrites(t.phoneNumberId, from, "Hi");
    const { id } = await conversationWith(t.org, from);
    const send = (who: Caller, text: string): Promise<Answer> =>
      who.call(
        "POST",
        `/api/conversations/${id}/messages`,
        { type: "text", content: { text } },
        { "idempotency-key": "same" },
      );
    const [one, two] = [await send(t.org, "From the admin"), await send(t.ana, "From Ana")];
    expect([one.status, two.status, one.body._id === two.body._id]).toEqual([201, 201, false]);
  });
});

describe("somebody else's number", () => {
  it("cannot be claimed with a token that the channel refuses: its messages would come to the wrong tenant", async () => {
    const [thief, owner] = [await organization(), await organization()];
    const phoneNumberId = String(Math.floor(1e14 + Math.random() * 8e14));
    const account = (token: string): unknown => ({
      channel: "whatsapp",
      display_name: "Shop",
      config: { phone_number_id: phoneNumberId, waba_id: "123456", access_token: token },
    });
    graph.faults.add({ deadTokens: ["a-stolen-token"] });
    try {
      expectProblem(
        await thief.call("POST", "/api/integrations/accounts", account("a-stolen-token")),
        422,
        "channel_refused",
      );
    } finally {
      graph.faults.clear("deadTokens");
    }
    const from = phone();
    const text = delivery(phoneNumberId, from, "For the owner");
    expect((await deliver(text, await signed(text))).status).toBe(200);
    expect((await owner.call("POST", "/api/integrations/accounts", account("the-owners-token"))).status).toBe(201);
    await conversationWith(owner, from);
    expect((await thief.call("GET", `/api/conversations?q=${from}`)).body.data).toEqual([]);
  });
});

// That no pattern of ours can be driven to backtrack is proven by `npm run check` (scripts/regexes.ts).
describe("long hostile strings", () => {
  it("the whole way through the door stays quick for a megabyte of one letter", async () => {
    for (const unit of ["a", "@", " ", "\\\\", "💩", "a@", "-"]) {
      const long = unit.repeat(Math.floor(900_000 / Buffer.byteLength(unit)));
      const start = Date.now();
      expectProblem(
        await call("POST", "/api/auth/login", `{"email":"${long}","password":"x"}`, { "cf-connecting-ip": "10.3.3.3" }),
        422,
        "invalid_request",
      );
      expectProblem(await t.org.call("PATCH", `/api/agents/${t.org.agentId}`, `{"full_name":"${long}"}`), 422);
      expect([200, 400]).toContain(
        (await t.org.call("GET", `/api/contacts?q=${encodeURIComponent(unit.repeat(50))}`)).status,
      );
      expect(Date.now() - start, unit).toBeLessThan(5000);
    }
  }, 60_000);

  it("the channel's mapping never throws, whatever it is given", () => {
    const seeds: unknown[] = [
      null,
      1,
      "x",
      [],
      {},
      { entry: null },
      { entry: [{ changes: [{ value: { messages: [{}], statuses: [{}], contacts: [null] } }] }] },
    ];
    for (const seed of seeds) expect(Array.isArray(whatsapp.parse(seed))).toBe(true);
  });
});
