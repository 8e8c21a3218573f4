import { describe, expect, it, vi } from "vitest";
import { render, unknownVariables } from "../../src/domain/variables";
import { conversationWith, customerWrites, door, eventually, graph, type Org, organization, phone } from "../harness";
import { expectProblem } from "../problem";

// Many calls in one test, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const create = async (org: Org, body: object): Promise<any> => {
  const answer = await org.call("POST", "/api/quick-replies", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
};
const importCsv = (org: Org, text: string, headers: Record<string, string> = {}) =>
  org.call("POST", "/api/quick-replies/import", text, { "content-type": "text/csv", ...headers });
const exported = async (org: Org): Promise<string> => (await org.call("GET", "/api/quick-replies/export")).body;
const cost = (headers: Headers, name: string): number =>
  Number(new RegExp(`${name};desc="(\\d+)"`).exec(headers.get("server-timing")!)![1]);
const log = async (org: Org, id: string): Promise<any[]> =>
  (await org.call("GET", `/api/activity-logs?entity_type=quick_reply&entity_id=${id}`)).body.data.map((row: any) => [
    row.action,
    row.changes,
  ]);

describe("quick replies", () => {
  it("are created, changed and deleted, and the log says so", async () => {
    const org = await organization();
    const made = await create(org, {
      title: " Greeting ",
      content: "Hello {{contact.name}}",
      shortcut: "/Hello",
      category: "Start",
    });
    expect(made).toMatchObject({
      title: "Greeting",
      shortcut: "/hello",
      category: "Start",
      created_by: org.agentId,
      usage_count: 0,
      is_favorite: false,
    });
    const changed = await org.call("PATCH", `/api/quick-replies/${made.id}`, { content: "Hi", category: null });
    expect(changed).toMatchObject({
      status: 200,
      body: { title: "Greeting", content: "Hi", shortcut: "/hello", category: null },
    });
    expect((await org.call("PATCH", `/api/quick-replies/${made.id}`, { content: "Hi" })).status).toBe(200);
    expect((await org.call("DELETE", `/api/quick-replies/${made.id}`)).body).toEqual({
      message: "quick reply deleted",
      quick_reply_id: made.id,
    });
    expect((await org.call("PATCH", `/api/quick-replies/${made.id}`, { content: "x" })).body.code).toBe(
      "quick_reply_not_found",
    );
    expect((await org.call("DELETE", `/api/quick-replies/${made.id}`)).status).toBe(404);
    expect(await log(org, made.id)).toEqual([
      ["quick_reply.delete", { title: ["Greeting", null], content: ["Hi", null], shortcut: ["/hello", null] }],
      ["quick_reply.update", { content: ["Hello {{contact.name}}", "Hi"], category: ["Start", null] }],
      [
        "quick_reply.create",
        {
          title: [null, "Greeting"],
          content: [null, "Hello {{contact.name}}"],
          shortcut: [null, "/hello"],
          category: [null, "Start"],
        },
      ],
    ]);
  });

  it("have a shortcut of their own, also when many ask for it at once", async () => {
    const [org, other] = [await organization(), await organization()];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        org.call("POST", "/api/quick-replies", { title: `T${n}`, content: "x", shortcut: n % 2 ? "/SAME" : "/same" }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.find((answer) => answer.status === 409)!.body.code).toBe("quick_reply_shortcut_taken");
    await create(other, { title: "T", content: "x", shortcut: "/same" });
    const [one, two] = [
      await create(org, { title: "No shortcut", content: "x" }),
      await create(org, { title: "No shortcut", content: "x", shortcut: null }),
    ];
    expect((await org.call("PATCH", `/api/quick-replies/${two.id}`, { shortcut: "/same" })).body.code).toBe(
      "quick_reply_shortcut_taken",
    );
    expect((await org.call("PATCH", `/api/quick-replies/${one.id}`, { shortcut: "/other" })).status).toBe(200);
  });

  it("answer the same to the same Idempotency-Key", async () => {
    const org = await organization();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        org.call("POST", "/api/quick-replies", { title: "Once", content: "x" }, { "idempotency-key": "k" }),
      ),
    );
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect((await org.call("GET", "/api/quick-replies")).body.data).toHaveLength(1);
  });

  it("are refused with the name of the field", async () => {
    const org = await organization();
    const bad: [object, string][] = [
      [{ title: "", content: "x" }, "title"],
      [{ title: "x".repeat(201), content: "x" }, "title"],
      [{ title: "x", content: " \n " }, "content"],
      [{ title: "x", content: "x".repeat(4097) }, "content"],
      [{ title: "x", content: "Hi {{contact.nmae}}" }, "content"],
      [{ title: "x", content: "Hi {{имя}}" }, "content"],
      [{ title: "x", content: "Hi {{contact name|there}}" }, "content"],
      [{ title: "x", content: "x", shortcut: "two words" }, "shortcut"],
      [{ title: "x", content: "x", shortcut: "" }, "shortcut"],
      [{ title: "x", content: "x", category: "c".repeat(101) }, "category"],
      [{ title: "x", content: "x", tag: "x" }, "tag"],
      [{ title: "x" }, "content"],
    ];
    for (const [body, field] of bad) {
      const answer = await org.call("POST", "/api/quick-replies", body);
      expect([answer.status, answer.body.errors?.[0].field]).toEqual([422, field]);
    }
    expect((await org.call("GET", "/api/quick-replies")).body.data).toEqual([]);
  });

  it("are counted and marked by each agent for himself", async () => {
    const org = await organization();
    const [ana, bob] = [await org.agent(), await org.agent()];
    const { id } = await create(org, { title: "T", content: "x" });
    await Promise.all(
      [...Array.from({ length: 5 }, () => ana), bob].map((who) => who.call("POST", `/api/quick-replies/${id}/use`)),
    );
    const retried = await Promise.all(
      [1, 2].map(() => bob.call("POST", `/api/quick-replies/${id}/use`, undefined, { "idempotency-key": "u" })),
    );
    expect(retried.map((answer) => answer.status)).toEqual([200, 200]);
    for (let n = 0; n < 2; n++)
      expect((await ana.call("POST", `/api/quick-replies/${id}/favorite`)).body.is_favorite).toBe(true);
    const seenBy = async (who: typeof ana): Promise<any> => (await who.call("GET", "/api/quick-replies")).body.data[0];
    expect(await seenBy(ana)).toMatchObject({ usage_count: 7, own_usage_count: 5, is_favorite: true });
    expect(await seenBy(bob)).toMatchObject({ usage_count: 7, own_usage_count: 2, is_favorite: false });
    expect(await seenBy(org as never)).toMatchObject({ usage_count: 7, own_usage_count: 0, own_last_used_at: null });
    expect((await ana.call("GET", "/api/quick-replies?favorite=true")).body.data).toHaveLength(1);
    expect((await bob.call("GET", "/api/quick-replies?favorite=true")).body.data).toEqual([]);
    await org.call("PATCH", `/api/quick-replies/${id}`, { title: "Changed" });
    expect((await ana.call("DELETE", `/api/quick-replies/${id}/favorite`)).body).toMatchObject({
      title: "Changed",
      is_favorite: false,
      own_usage_count: 5,
    });
    expect((await ana.call("DELETE", `/api/quick-replies/${id}/favorite`)).status).toBe(200);
    await org.call("DELETE", `/api/quick-replies/${id}`);
    expect((await ana.call("POST", `/api/quick-replies/${id}/use`)).status).toBe(404);
    // Nothing of it is left for the next.
    const next = await create(org, { title: "Next", content: "x" });
    expect((await seenBy(ana)).id).toBe(next.id);
    expect(await seenBy(ana)).toMatchObject({ usage_count: 0, own_usage_count: 0 });
  });
});

describe("the list", () => {
  it("is found by its category in any case of letters and any form of accents", async () => {
    const org = await organization();
    const summer = await create(org, { title: "Summer", content: "Hot", category: "\u00c9t\u00e9" });
    await importCsv(org, "title,content,category\nImported,x,e\u0301te\u0301\nSummer,Hot,e\u0301T\u00c9\n");
    for (const form of ["\u00e9t\u00e9", "\u00c9T\u00c9", "E\u0301te\u0301"]) {
      const found = async (more = ""): Promise<unknown> =>
        (await org.call("GET", `/api/quick-replies?category=${encodeURIComponent(form)}${more}`)).body.data.map(
          ({ title }: any) => title,
        );
      expect([await found(), await found("&q=hot")]).toEqual([["Imported", "Summer"], ["Summer"]]);
    }
    await org.call("PATCH", `/api/quick-replies/${summer.id}`, { category: "\u00d1and\u00fa" });
    expect((await org.call("GET", "/api/quick-replies?category=%C3%B1AND%C3%9A")).body.data).toHaveLength(1);
    await org.call("PATCH", `/api/quick-replies/${summer.id}`, { category: null });
    expect((await org.call("GET", "/api/quick-replies?category=%C3%B1and%C3%BA")).body.data).toEqual([]);
    await create(org, { title: "Short", content: "x", shortcut: "/e\u0301te\u0301" });
    expect((await org.call("GET", "/api/quick-replies?shortcut=/%C3%89t%C3%A9")).body.data).toHaveLength(1);
  });

  it("is found by words, category, shortcut and favorites, page by page, and stays stable", async () => {
    const org = await organization();
    for (let n = 0; n < 25; n++) {
      await create(org, {
        title: `Title ${n}`,
        content: n % 2 ? "Opening hours" : "Delivery time",
        shortcut: `/s${n}`,
        category: n % 5 ? "Info" : "Greeting",
      });
    }
    const titles = (body: any): number[] => body.data.map((row: any) => Number(row.title.split(" ")[1]));
    const all = Array.from({ length: 25 }, (_, n) => 24 - n);
    const walk = async (query: string): Promise<number[]> => {
      const found: number[] = [];
      let cursor = "";
      do {
        const { body } = await org.call("GET", `/api/quick-replies?limit=4${query}${cursor && `&cursor=${cursor}`}`);
        found.push(...titles(body));
        cursor = body.next_cursor ?? "";
        expect(body.has_more).toBe(cursor !== "");
      } while (cursor);
      return found;
    };
    for (const n of [3, 10, 21]) {
      const { body } = await org.call("GET", `/api/quick-replies?shortcut=/S${n}`);
      await org.call("POST", `/api/quick-replies/${body.data[0].id}/favorite`);
    }
    expect(await walk("")).toEqual(all);
    expect(await walk("&q=open")).toEqual(all.filter((n) => n % 2));
    expect(await walk("&q=hours+OPENING")).toEqual(all.filter((n) => n % 2));
    expect(await walk("&q=title+1")).toEqual(all.filter((n) => String(n).startsWith("1")));
    expect(await walk("&category=greeting")).toEqual(all.filter((n) => n % 5 === 0));
    expect(await walk("&category=Greeting&q=delivery")).toEqual(all.filter((n) => n % 10 === 0));
    expect(await walk("&category=greeting&category=INFO&category=none")).toEqual(all);
    expect(await walk("&category=Greeting&category=none&q=delivery")).toEqual(all.filter((n) => n % 10 === 0));
    expect(await walk("&category=info&category=none&favorite=true")).toEqual([21, 3]);
    expect(await walk("&favorite=true")).toEqual([21, 10, 3]);
    expect(await walk("&favorite=true&q=opening")).toEqual([21, 3]);
    expect(await walk("&favorite=true&category=Greeting")).toEqual([10]);
    expect(await walk("&shortcut=/s7")).toEqual([7]);
    expect(await walk("&shortcut=/none")).toEqual([]);
    const odd = await create(org, { title: "Odd", content: "Opening", category: 'Ünï "x" – ★' });
    expect(
      (await org.call("GET", `/api/quick-replies?q=odd&category=${encodeURIComponent(odd.category)}`)).body.data,
    ).toHaveLength(1);
    await org.call("PATCH", `/api/quick-replies/${odd.id}`, { category: "★" });
    expect((await org.call("GET", "/api/quick-replies?q=odd&category=★")).body.data).toHaveLength(1);
    expect((await org.call("GET", "/api/quick-replies?q=odd&category=Info&category=★")).body.data).toHaveLength(1);
    expect((await org.call("GET", "/api/quick-replies?q=odd&category=☆")).body.data).toEqual([]);
    await org.call("DELETE", `/api/quick-replies/${odd.id}`);
    // A reply that is created meanwhile moves nothing.
    const first = (await org.call("GET", "/api/quick-replies?limit=10")).body;
    await create(org, { title: "Title 99", content: "x" });
    const rest = (await org.call("GET", `/api/quick-replies?limit=100&cursor=${first.next_cursor}`)).body;
    expect([...titles(first), ...titles(rest)]).toEqual(all);
    expect((await org.call("GET", "/api/quick-replies?cursor=forged")).status).toBe(400);
  });

  it("takes a search for text, whatever stands in it", async () => {
    const [org, other] = [await organization(), await organization()];
    await create(org, { title: "100% off_now", content: "Say 'hi' \"there\"", shortcut: "a*b" });
    await create(other, { title: "Secret", content: "Hidden" });
    const found = async (query: string): Promise<number> => {
      const { status, body } = await org.call("GET", `/api/quick-replies?${query}`);
      expect(status, query).toBe(200);
      return body.data.length;
    };
    const hostile = [
      "'",
      '"',
      "%",
      "_",
      "*",
      "' OR '1'='1",
      "1) UNION SELECT * FROM agents --",
      "title : x",
      "NEAR(a b)",
      "a AND OR NOT",
      "^",
      "{",
      "-x",
      "\\",
      "；",
      "' AND randomblob(500000000) --",
      "1; SELECT 1",
    ];
    for (const words of hostile)
      for (const name of ["q", "category", "shortcut"])
        expect(await found(`${name}=${encodeURIComponent(words)}`)).toBe(0);
    for (const words of ["100%", "off_now", '"hi"', "'there'", "a*b"])
      expect(await found(`q=${encodeURIComponent(words)}`), words).toBe(1);
    expect(await found("shortcut=a*b")).toBe(1);
    expect(await found("shortcut=a%25")).toBe(0);
    for (const words of ["secret", "hidden", "org_token"]) expect(await found(`q=${words}`)).toBe(0);
  });

  it("reads what it shows and not what there is", async () => {
    const org = await organization();
    const rows = Array.from(
      { length: 3000 },
      (_, n) => `Title ${n},Common words ${n},/c${n},${n % 100 ? "Many" : "Few"}`,
    );
    expect((await importCsv(org, `title,content,shortcut,category\n${rows.join("\n")}`)).body.created).toBe(3000);
    const { body } = await org.call("GET", "/api/quick-replies?limit=30&category=few");
    for (const row of body.data) await org.call("POST", `/api/quick-replies/${row.id}/favorite`);
    for (const query of [
      "",
      "&category=many",
      "&category=few",
      "&category=few&category=many",
      "&favorite=true",
      "&q=common",
      "&q=com",
      "&shortcut=/c7",
      "&q=common&category=few",
      "&q=com&category=FEW",
      "&q=common&favorite=true",
    ]) {
      const answer = await org.call("GET", `/api/quick-replies?limit=20${query}`);
      expect(cost(answer.headers, "d1_queries"), query).toBe(1);
      expect(cost(answer.headers, "d1_rows_read"), query).toBeLessThanOrEqual(100);
    }
  });
});

describe("variables", () => {
  const values = {
    "contact.name": "Budi",
    "contact.phone": null,
    "agent.name": "{{contact.name}} {{org.name}}",
    "org.name": "$& Shop",
  };

  it("are put in once, and nothing else is", () => {
    expect(render("Hi {{contact.name}} and {{ contact.name }}", values)).toBe("Hi Budi and Budi");
    expect(render("{{agent.name}} of {{org.name}}", values)).toBe("{{contact.name}} {{org.name}} of $& Shop");
    expect(render("[{{contact.phone}}] [{{contact.phone|none}}] [{{contact.name|you}}]", values)).toBe(
      "[] [none] [Budi]",
    );
    for (const text of [
      "{{7*7}}",
      "${7*7}",
      "{{1}}",
      "{{constructor}}",
      "{{__proto__.x}}",
      "{{contact}}",
      "{{ contact . name }}",
      "{contact.name}",
      "{{{{",
    ]) {
      expect(render(text, values)).toBe(text);
    }
    expect(render("{{{contact.name}}}", values)).toBe("{Budi}");
    expect(unknownVariables("{{contact.name}} {{1}} {{name}} {{7*7}}")).toEqual(["1", "name"]);
    expect(
      unknownVariables(
        "{{имя}} {{ contact name }} {{prénom|you}} {{客户}} {{client's name}} {{नाम}} {{contact.name }}",
      ),
    ).toEqual(["имя", "contact name", "prénom", "客户", "client's name", "नाम"]);
  });

  it("are filled in when a message is sent, by whichever way", async () => {
    const org = await organization();
    const { phoneNumberId } = await org.connect();
    const from = phone();
    await customerWrites(phoneNumberId, from, "Hello", { name: "{{agent.name}} Budi" });
    const { id } = await conversationWith(org, from);
    const reply = await create(org, {
      title: "T",
      content: "Hi {{contact.name}} ({{contact.phone}}), {{agent.name}} of {{org.name}} here",
    });
    const me = (await org.call("GET", "/api/auth/me")).body;
    const agentName = (me.agent ?? me).full_name as string;
    const orgName = (await org.tenantDb
      .prepare("SELECT name FROM orgs WHERE org_id = ?")
      .bind(org.id)
      .first<{ name: string }>())!.name;
    const send = (body: object, headers = {}) => org.call("POST", `/api/conversations/${id}/messages`, body, headers);
    const named = await send({ type: "text", content: {}, quick_reply_id: reply.id });
    const conversation = (await org.call("GET", `/api/conversations/${id}`)).body;
    const expected = `Hi {{agent.name}} Budi (${conversation.contact_phone}), ${agentName} of ${orgName} here`;
    expect(named).toMatchObject({ status: 201, body: { content: { text: expected } } });
    expect((await send({ type: "text", content: { text: reply.content } })).body.content).toEqual({ text: expected });
    // It is the rendered text that leaves, and that is found.
    await eventually(async () =>
      expect(
        graph.state.messages.filter((message) => JSON.stringify(message).includes(`of ${orgName} here`)).length,
      ).toBeGreaterThanOrEqual(2),
    );
    // Unknown names, and what is none, stay.
    expect((await send({ type: "text", content: { text: "{{1}} {{contact.nmae}} {{7*7}}" } })).body.content).toEqual({
      text: "{{1}} {{contact.nmae}} {{7*7}}",
    });
    const image = await send({
      type: "image",
      content: { url: "https://x.test/{{contact.name}}.png", caption: "For {{contact.phone}}" },
    });
    expect(image.body.content).toEqual({
      url: "https://x.test/{{contact.name}}.png",
      caption: `For ${conversation.contact_phone}`,
    });
    const button = { type: "reply", reply: { id: "{{org.name}}", title: "{{contact.name}}" } };
    const interactive = (text: string) => ({ type: "button", body: { text }, action: { buttons: [button] } });
    const asked = await send({
      type: "interactive",
      content: { interactive: { ...interactive("{{contact.phone|?}}, {{nombre}}"), footer: { text: "{{org.name}}" } } },
    });
    expect(asked.body.content.interactive).toEqual({
      ...interactive(`${conversation.contact_phone}, {{nombre}}`),
      footer: { text: orgName },
      action: { buttons: [{ type: "reply", reply: { id: "{{org.name}}", title: "{{agent.name}} Budi" } }] },
    });
    const template = (text: string, url: string) => ({
      name: "hello",
      language: "en",
      components: [
        { type: "body", parameters: [{ type: "text", parameter_name: "name", text }] },
        { type: "header", parameters: [{ type: "image", image: { link: url } }] },
      ],
    });
    const url = "https://x.test/{{contact.name}}.png";
    expect((await send({ type: "template", content: template("{{agent.name}}", url) })).body.content).toEqual(
      template(agentName, url),
    );
    await eventually(async () =>
      expect(graph.state.messages.map(({ body }) => body)).toContainEqual(
        expect.objectContaining({ template: { ...template(agentName, url), language: { code: "en" } } }),
      ),
    );
    // A parameter is checked with its value.
    expect((await send({ type: "template", content: template("{{nobody.name}}", url) })).status).toBe(201);
    for (const text of ["", "a\nb", "{{contact.name}}     x"])
      expectProblem(await send({ type: "template", content: template(text, url) }), 422, "message_not_allowed");
    // The channel's limit is that of the text with its values.
    const long = await send({ type: "text", content: { text: `${"x".repeat(4090)}{{contact.name}}` } });
    expect([long.status, long.body.code]).toEqual([422, "message_not_allowed"]);
    // Sent once, and read from what was sent then.
    const twice = [1, 2].map(() =>
      send({ type: "text", content: {}, quick_reply_id: reply.id }, { "idempotency-key": "once" }),
    );
    expect(new Set((await Promise.all(twice)).map((answer) => answer.body._id)).size).toBe(1);
    expect(
      (await send({ type: "image", content: { url: "https://x.test/a.png" }, quick_reply_id: reply.id })).status,
    ).toBe(422);
    const unknown = await send({ type: "text", content: {}, quick_reply_id: id });
    expect([unknown.status, unknown.body.code]).toEqual([422, "quick_reply_unknown"]);
  });

  it("cost an ordinary send nothing", async () => {
    const org = await organization();
    const { phoneNumberId } = await org.connect();
    const from = phone();
    await customerWrites(phoneNumberId, from);
    const { id } = await conversationWith(org, from);
    const sent = await org.call("POST", `/api/conversations/${id}/messages`, {
      type: "text",
      content: { text: "Hi {{contact.name}}" },
    });
    expect(cost(sent.headers, "d1_queries")).toBeLessThanOrEqual(1);
  });
});

describe("import and export", () => {
  it("give back what was there, and neither runs a formula", async () => {
    const [org, other] = [await organization(), await organization()];
    const hostile = [
      "=1+1",
      "+62812",
      "-5 %",
      "@here",
      "\t=x",
      "'=quoted",
      '=HYPERLINK("http://evil.test","x")',
      'say "hi", ok',
      "two\r\nlines",
      "plain",
      " blanks ",
    ];
    for (const [n, content] of hostile.entries())
      await create(org, {
        title: n === 0 ? "=cmd|' /C calc'!A0" : `T${n}`,
        content,
        shortcut: n % 3 ? `=s${n}` : null,
      });
    const response = await door("/api/quick-replies/export", { headers: { authorization: `Bearer ${org.token}` } });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": expect.stringMatching(/^text\/csv/),
      "content-disposition": 'attachment; filename="quick-replies.csv"',
      "x-content-type-options": "nosniff",
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const text = new TextDecoder().decode(bytes);
    expect(text.startsWith("title,content,shortcut,category\r\n")).toBe(true);
    // Read as a spreadsheet reads it: no cell begins as a formula does.
    const cells = [...text.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^,\r\n]*))/g)].map(
      (cell) => cell[1] ?? cell[2] ?? "",
    );
    expect(cells.filter((cell) => /^\s*[=+\-@]/.test(cell))).toEqual([]);
    expect((await importCsv(org, text)).body).toMatchObject({
      total: hostile.length,
      unchanged: hostile.length,
      failed: 0,
    });
    expect((await importCsv(other, text)).body).toMatchObject({ created: hostile.length, failed: 0 });
    expect(await exported(other)).toBe(text);
    const listed = (await other.call("GET", "/api/quick-replies")).body.data.map((row: any) => row.content);
    expect(listed.toReversed().toSorted()).toEqual(hostile.toSorted());
  });

  it("skip rows of separators only, also before the header", async () => {
    const org = await organization();
    const file = ';;;\n\ntitle;content;shortcut;category\n;;;\nGood;x;;\n ; ;\t;\n;;;;;;\n"";;;\n';
    const { status, body } = await importCsv(org, file);
    expect([status, body.total, body.lines]).toEqual([
      200,
      1,
      [{ line: 5, outcome: "created", id: expect.any(String) }],
    ]);
  });

  it("report each line, and one that is bad stops no other", async () => {
    const org = await organization();
    const known = await create(org, { title: "Old", content: "Old", shortcut: "/old", category: "C" });
    await create(org, { title: "Same", content: "Same", shortcut: "/same" });
    const file = [
      "Content;Title;Extra;SHORTCUT;category",
      "New;Old;;/OLD;C",
      "Same;Same;;/same;",
      "Fresh;Fresh;x;/fresh;D",
      ";No content;;;",
      "Hi {{nobody}};Variable;;;",
      "Bad;Shortcut;;two words;",
      "Again;Again;;/FRESH;",
      '"never closed;x',
      "No shortcut;Loose;;;",
      "No shortcut;Loose;;;",
      "a;b;c;d;e;f",
      "",
      '"Two',
      'lines";Multi;;/multi;',
      "Last;Last",
    ].join("\r\n");
    const { status, body } = await importCsv(org, `\uFEFF${file}`);
    expect(status).toBe(200);
    const outcomes = body.lines.map((line: any) => [line.line, line.outcome, line.errors?.[0].field]);
    expect(outcomes).toEqual([
      [2, "updated", undefined],
      [3, "unchanged", undefined],
      [4, "created", undefined],
      [5, "failed", "content"],
      [6, "failed", "content"],
      [7, "failed", "shortcut"],
      [8, "failed", "shortcut"],
      [9, "failed", ""],
      [10, "created", undefined],
      [11, "failed", ""],
      [12, "failed", ""],
      [14, "created", undefined],
      [16, "created", undefined],
    ]);
    expect(body).toMatchObject({ total: 13, created: 4, updated: 1, unchanged: 1, failed: 7 });
    expect(body.lines[0].id).toBe(known.id);
    expect(body.lines[6].errors[0].message).toBe("the same as on line 4");
    expect(body.lines[3].errors).toEqual([{ field: "content", message: "is missing" }]);
    expect(await log(org, known.id)).toEqual([
      ["quick_reply.update", { content: ["Old", "New"] }],
      ["quick_reply.create", expect.anything()],
    ]);
    expect(await log(org, body.lines[2].id)).toEqual([
      [
        "quick_reply.create",
        { title: [null, "Fresh"], content: [null, "Fresh"], shortcut: [null, "/fresh"], category: [null, "D"] },
      ],
    ]);
    expect((await org.call("GET", "/api/quick-replies?shortcut=/multi")).body.data[0].content).toBe("Two\r\nlines");
    // Again: nothing more happens.
    expect((await importCsv(org, file)).body).toMatchObject({ created: 0, updated: 0, unchanged: 6, failed: 7 });
    expect((await org.call("GET", "/api/quick-replies")).body.data).toHaveLength(6);
  });

  it("are taken as spreadsheets write them: with a separator named, in UTF-16", async () => {
    const org = await organization();
    const named = await importCsv(org, "\uFEFFsep=;\r\ntitle;content\r\nComma, in it;x\r\n");
    expect(named.body).toMatchObject({ created: 1, lines: [{ line: 3, outcome: "created" }] });
    const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();
    const text = (title: string): Buffer => Buffer.from(`\uFEFFtitle\tcontent\r\n${title} – é\tx\r\n`, "utf16le");
    for (const [bytes, title] of [
      [text("Little"), "Little – é"],
      [swapped(text("Big")), "Big – é"],
    ] as const) {
      const response = await door("/api/quick-replies/import", {
        method: "POST",
        headers: { authorization: `Bearer ${org.token}`, "content-type": "text/csv" },
        body: new Uint8Array(bytes),
      });
      expect(await response.json()).toMatchObject({ created: 1, failed: 0 });
      expect((await org.call("GET", "/api/quick-replies?limit=1")).body.data[0].title).toBe(title);
    }
  });

  it("leave what the file has no column for", async () => {
    const org = await organization();
    const made = await create(org, { title: "T", content: "x", shortcut: "/s", category: "Kept" });
    const loose = await create(org, { title: "Loose", content: "x", category: "Kept" });
    expect((await importCsv(org, "title,content,shortcut\nT,new,/s\nLoose,x,\n")).body).toMatchObject({
      updated: 1,
      unchanged: 1,
    });
    const rows = async () =>
      (await org.call("GET", "/api/quick-replies")).body.data.map((row: any) => [row.id, row.content, row.category]);
    expect(await rows()).toEqual([
      [loose.id, "x", "Kept"],
      [made.id, "new", "Kept"],
    ]);
    expect((await log(org, made.id))[0]).toEqual(["quick_reply.update", { content: ["x", "new"] }]);
    // A column that the file has and leaves blank is taken away.
    expect((await importCsv(org, "title,content,shortcut,category\nT,new,/s,\n")).body.updated).toBe(1);
    expect((await rows())[1]).toEqual([made.id, "new", null]);
  });

  it("answer the same to the same Idempotency-Key, whatever the length of the report, and refuse another file", async () => {
    const org = await organization();
    const file = `title,content\n${Array.from({ length: 10_000 }, (_, n) => (n === 0 ? "Good,x" : `Bad ${n},{{a}}{{b}}{{c}}`)).join("\n")}`;
    const key = { "idempotency-key": "import" };
    const first = await importCsv(org, file, key);
    expect(first).toMatchObject({ status: 200, body: { created: 1, failed: 9999 } });
    const form = new FormData();
    form.set("file", new File([file], "replies.csv", { type: "text/csv" }));
    const again = await door("/api/quick-replies/import", {
      method: "POST",
      headers: { authorization: `Bearer ${org.token}`, ...key },
      body: form,
    });
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    expect(await again.json()).toEqual(first.body);
    expect((await importCsv(org, "title,content\nOther,x", key)).body.code).toBe("idempotency_key_reused");
    const twins = await Promise.all(
      [1, 2, 3].map(() => importCsv(org, "title,content\nTwin,x", { "idempotency-key": "twins" })),
    );
    expect(new Set(twins.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await org.call("GET", "/api/quick-replies?q=twin")).body.data).toHaveLength(1);
  });

  it("take a form as well, and refuse what is no such file", async () => {
    const org = await organization();
    const form = new FormData();
    form.set("file", new File(["title,content\nA,B\n"], "replies.csv", { type: "text/csv" }));
    const response = await door("/api/quick-replies/import", {
      method: "POST",
      headers: { authorization: `Bearer ${org.token}` },
      body: form,
    });
    expect([response.status, ((await response.json()) as any).created]).toEqual([200, 1]);
    for (const text of ["", "\n\n", "name,text\nA,B", "title\nA", "title,content,TITLE\nA,B,C"]) {
      expect((await importCsv(org, text)).body.code, text).toBe("quick_reply_file_unreadable");
    }
    const json = await importCsv(org, "title,content\nA,B", { "content-type": "application/json" });
    expect([json.status, json.body.detail]).toEqual([415, "the body must be text/csv or multipart/form-data"]);
    expect((await importCsv(org, "x", { "content-type": "multipart/form-data; boundary=x" })).status).toBe(400);
    const latin = new Uint8Array([...new TextEncoder().encode("title,content\nA,"), 0xe9]);
    const refused = await door("/api/quick-replies/import", {
      method: "POST",
      headers: { authorization: `Bearer ${org.token}`, "content-type": "text/csv" },
      body: latin,
    });
    expect([refused.status, ((await refused.json()) as any).detail]).toEqual([
      400,
      'the file is not UTF-8: save it as "CSV UTF-8"',
    ]);
    expect((await importCsv(org, `title,content\n${"A,B\n".repeat(10_001)}`)).body.detail).toContain(
      "nothing was imported",
    );
    expect((await importCsv(org, `title,content\nA,${"x".repeat(11 * 1024 * 1024)}`)).status).toBe(413);
    expect((await org.call("GET", "/api/quick-replies")).body.data).toHaveLength(1);
  });

  it("take 10,000 lines in a few transactions, twice at once, without a double", async () => {
    const org = await organization();
    const text = `title,content,shortcut\n${Array.from({ length: 10_000 }, (_, n) => `Title ${n},Content ${n},${n % 2 ? `/k${n}` : ""}`).join("\n")}`;
    const [one, two] = await Promise.all([importCsv(org, text), importCsv(org, text)]);
    for (const answer of [one, two]) {
      expect(answer.body).toMatchObject({ total: 10_000, failed: 0 });
      expect(cost(answer.headers, "d1_queries")).toBeLessThanOrEqual(10);
    }
    expect(one.body.created + two.body.created).toBe(10_000);
    const { n } = (await org.tenantDb
      .prepare("SELECT count(*) AS n FROM quick_replies WHERE org_id = ?")
      .bind(org.id)
      .first<{ n: number }>())!;
    expect(n).toBe(10_000);
    expect((await exported(org)).split("\r\n")).toHaveLength(10_002);
  });
});
