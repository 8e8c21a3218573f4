import { describe, expect, it, vi } from "vitest";
import {
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  type Org,
  organization,
  phone,
} from "../harness";
import { agentWith, allBut } from "../tenant";

// Sockets, many calls, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

interface Listener {
  frames: any[];
  closed?: number;
  socket: WebSocket;
}

async function listen(who: Caller, path = "/api/live"): Promise<Listener> {
  const { webSocket } = await door(path, { headers: { upgrade: "websocket", authorization: `Bearer ${who.token}` } });
  const listener: Listener = { frames: [], socket: webSocket! };
  listener.socket.addEventListener("message", ({ data }) => void listener.frames.push(JSON.parse(data as string)));
  listener.socket.addEventListener("close", ({ code }) => void (listener.closed = code));
  listener.socket.accept();
  await eventually(async () => expect(listener.frames[0]?.type).toBe("hello"));
  return listener;
}
const typesOf = (listener: Listener): string[] =>
  listener.frames.map((frame) => frame.type).filter((type) => type.startsWith("note."));
const heard = (listener: Listener, types: string[]): Promise<void> =>
  eventually(async () => expect(typesOf(listener)).toEqual(types));

async function begun(): Promise<{ org: Org; id: string; path: string; phoneNumberId: string }> {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  return { org, id, path: `/api/conversations/${id}/notes`, phoneNumberId };
}
const cost = (headers: Headers, name: string): number =>
  Number(new RegExp(`${name};desc="(\\d+)"`).exec(headers.get("server-timing")!)![1]);
const at = (name: string, agentId: string): string => `@[${name}](${agentId})`;

describe("notes", () => {
  it("are written, changed and deleted, and the log keeps what they said", async () => {
    const { org, id, path } = await begun();
    const ana = await org.agent();
    const made = await ana.call("POST", path, { content: "Wants a refund\n— call him" });
    expect(made).toMatchObject({
      status: 201,
      body: {
        conversation_id: id,
        agent_id: ana.agentId,
        agent_name: "Ana Agent",
        content: "Wants a refund\n— call him",
        mentions: [],
      },
    });
    const changed = await ana.call("PATCH", `${path}/${made.body.id}`, { content: "Got a refund" });
    expect(changed).toMatchObject({
      status: 200,
      body: { id: made.body.id, content: "Got a refund", created_at: made.body.created_at, agent_name: "Ana Agent" },
    });
    expect((await ana.call("PATCH", `${path}/${made.body.id}`, { content: "Got a refund" })).body).toEqual(
      changed.body,
    );
    expect((await org.call("GET", path)).body).toEqual({ data: [changed.body], has_more: false, next_cursor: null });
    expect((await ana.call("DELETE", `${path}/${made.body.id}`)).body).toEqual({
      message: "note deleted",
      note_id: made.body.id,
    });
    for (const again of [
      await ana.call("DELETE", `${path}/${made.body.id}`),
      await ana.call("PATCH", `${path}/${made.body.id}`, { content: "x" }),
    ]) {
      expect([again.status, again.body.code]).toEqual([404, "note_not_found"]);
    }
    expect((await org.call("GET", path)).body.data).toEqual([]);
    const { body: log } = await org.call("GET", `/api/activity-logs?entity_type=note&entity_id=${made.body.id}`);
    expect(Object.fromEntries(log.data.map((row: any) => [row.action, row.changes]))).toEqual({
      "note.create": { conversation_id: [null, id], content: [null, "Wants a refund\n— call him"] },
      "note.update": { conversation_id: [id, id], content: ["Wants a refund\n— call him", "Got a refund"] },
      "note.delete": { conversation_id: [id, null], content: ["Got a refund", null] },
    });
    expect(new Set(log.data.map((row: any) => row.actor_id))).toEqual(new Set([ana.agentId]));
    // The customer hears nothing, and it is no message.
    expect((await org.call("GET", `/api/conversations/${id}/messages`)).body.messages).toHaveLength(1);
  });

  it("have words, and not too many", async () => {
    const { org, path } = await begun();
    const bad = [
      { content: "" },
      { content: " \n" },
      { content: "x".repeat(5001) },
      {},
      { content: "x", agent_id: "x" },
      { content: 1 },
    ];
    for (const body of bad) expect((await org.call("POST", path, body)).status).toBe(422);
    expect((await org.call("POST", path, { content: "x".repeat(5000) })).status).toBe(201);
    expect((await org.call("GET", path)).body.data).toHaveLength(1);
  });

  it("are listed newest first, page by page, at the cost of the page", async () => {
    const { org, path } = await begun();
    for (let n = 0; n < 25; n++) expect((await org.call("POST", path, { content: `Note ${n}` })).status).toBe(201);
    const found: string[] = [];
    let cursor = "";
    do {
      const answer = await org.call("GET", `${path}?limit=10${cursor && `&cursor=${cursor}`}`);
      found.push(...answer.body.data.map((note: any) => note.content));
      expect(["d1_queries", "d1_rows_read", "object_calls"].map((name) => cost(answer.headers, name))).toEqual([
        1,
        expect.toSatisfy((n) => n <= 5),
        1,
      ]);
      cursor = answer.body.next_cursor ?? "";
    } while (cursor);
    expect(found).toEqual(Array.from({ length: 25 }, (_, n) => `Note ${24 - n}`));
    expect((await org.call("GET", `${path}?cursor=forged`)).status).toBe(400);
  });

  it("answer the same to the same Idempotency-Key, and make one", async () => {
    const { org, path } = await begun();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => org.call("POST", path, { content: "Once" }, { "idempotency-key": "k" })),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await org.call("GET", path)).body.data).toHaveLength(1);
    expect((await org.call("POST", path, { content: "Other" }, { "idempotency-key": "k" })).body.code).toBe(
      "idempotency_key_reused",
    );
  });

  it("are their author's, and a moderator's", async () => {
    const { org, path } = await begun();
    const [ana, bob, supervisor] = [await org.agent(), await org.agent(), await org.agent("supervisor")];
    const { body: note } = await ana.call("POST", path, { content: "Mine" });
    for (const answer of [
      await bob.call("PATCH", `${path}/${note.id}`, { content: "Yours" }),
      await bob.call("DELETE", `${path}/${note.id}`),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([403, "note_not_own"]);
    }
    const moderated = await supervisor.call("PATCH", `${path}/${note.id}`, { content: "Ours" });
    expect(moderated).toMatchObject({
      status: 200,
      body: { agent_id: ana.agentId, agent_name: "Ana Agent", content: "Ours" },
    });
    expect((await supervisor.call("DELETE", `${path}/${note.id}`)).status).toBe(200);
    // One's own key writes in one's name.
    const developer = await agentWith(org, ["developer.access", "conversations.view", "notes.view", "notes.manage"]);
    const key = await org.apiKey(developer.agentId);
    const { body: own } = await developer.call("POST", path, { content: "Mine" });
    expect((await key.call("PATCH", `${path}/${own.id}`, { content: "By key" })).status).toBe(200);
  });

  it("are not found by another conversation's address", async () => {
    const { org, path, phoneNumberId } = await begun();
    const from = phone();
    await customerWrites(phoneNumberId, from);
    const other = await conversationWith(org, from);
    const { body: note } = await org.call("POST", path, { content: "Here" });
    expect(
      (await org.call("PATCH", `/api/conversations/${other.id}/notes/${note.id}`, { content: "There" })).body.code,
    ).toBe("note_not_found");
    expect((await org.call("DELETE", `/api/conversations/${other.id}/notes/${note.id}`)).status).toBe(404);
    expect((await org.call("GET", `/api/conversations/${crypto.randomUUID()}/notes`)).body.code).toBe(
      "conversation_not_found",
    );
  });

  it("changed and deleted at the same moment have one history", async () => {
    const { org, id, path } = await begun();
    const { body: note } = await org.call("POST", path, { content: "0" });
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, (_, n) => org.call("PATCH", `${path}/${note.id}`, { content: `${n + 1}` })),
      org.call("DELETE", `${path}/${note.id}`),
      org.call("DELETE", `${path}/${note.id}`),
    ]);
    const done = answers.filter((answer) => answer.status === 200);
    expect(answers.every((answer) => [200, 404].includes(answer.status))).toBe(true);
    expect((await org.call("GET", path)).body.data).toEqual([]);
    await eventually(async () => {
      const { body } = await org.call("GET", `/api/activity-logs?entity_type=note&entity_id=${note.id}`);
      expect(body.data).toHaveLength(done.length + 1);
      const said = Object.fromEntries(body.data.map((row: any) => row.changes.content));
      let [last, n] = ["0", 0];
      for (; said[last] !== null && n < 20; n++) last = said[last];
      expect(n).toBe(done.length - 1);
    });
    expect((await org.call("GET", `/api/conversations/${id}`)).status).toBe(200);
  });
});

describe("live", () => {
  it("says what happens to notes to those who may read them, on both sockets", async () => {
    const { org, id, path } = await begun();
    const deaf = await agentWith(org, allBut("notes.view"));
    const [inbox, open, deafInbox, deafOpen] = await Promise.all([
      listen(org),
      listen(org, `/api/conversations/${id}/live`),
      listen(deaf),
      listen(deaf, `/api/conversations/${id}/live`),
    ]);
    const { body: note } = await org.call("POST", path, { content: "Psst" });
    await org.call("PATCH", `${path}/${note.id}`, { content: "Shh" });
    await org.call("DELETE", `${path}/${note.id}`);
    await org.call("PATCH", `/api/conversations/${id}/tags`, { tags: ["end"] });
    for (const listener of [inbox, open]) {
      await heard(listener, ["note.created", "note.updated", "note.deleted"]);
      const { agent_name: _, ...plain } = note;
      expect(listener.frames.find((frame) => frame.type === "note.created")).toMatchObject({
        conversation_id: id,
        data: { note: plain },
      });
      expect(listener.frames.find((frame) => frame.type === "note.updated").data).toMatchObject({
        note: { content: "Shh" },
        from: "Psst",
      });
    }
    for (const listener of [deafInbox, deafOpen]) {
      await eventually(async () => expect(listener.frames.at(-1).type).toBe("conversation.tags_changed"));
      expect(typesOf(listener)).toEqual([]);
      expect(JSON.stringify(listener.frames)).not.toMatch(/Psst|Shh/);
    }
    // Nor by asking for what was missed.
    for (const address of ["/api/live", `/api/conversations/${id}/live`]) {
      const again = await listen(deaf, `${address}?since=0`);
      await eventually(async () => expect(again.frames.at(-1).type).toBe("conversation.tags_changed"));
      expect(JSON.stringify(again.frames)).not.toMatch(/note\.|conversation\.removed/);
      const whole = await listen(org, `${address}?since=0`);
      await heard(whole, ["note.created", "note.updated", "note.deleted"]);
      for (const { socket } of [again, whole]) socket.close();
    }
    for (const { socket } of [inbox, open, deafInbox, deafOpen]) socket.close();
  });

  it("tells those who are mentioned, once, if they may see the conversation, also when they were away", async () => {
    const { org, id, path } = await begun();
    const [ana, bob, cid, blind] = [await org.agent(), await org.agent(), await org.agent(), await org.agent()];
    // Unassigned, everybody sees it.
    const [anas, bobs, cids] = [await listen(ana), await listen(bob), await listen(cid)];
    const content = `${at("Ana", ana.agentId)} and ${at("Bob", bob.agentId)}, again ${at("Anna", ana.agentId.toUpperCase())}, and @Cid`;
    const { body: note } = await cid.call("POST", path, { content });
    expect(note.mentions).toEqual([ana.agentId, bob.agentId]);
    for (const listener of [anas, bobs]) {
      await heard(listener, ["note.created", "note.mentioned"]);
      expect(listener.frames.at(-1)).toMatchObject({
        conversation_id: id,
        data: { note: { id: note.id, content }, agent_ids: [ana.agentId, bob.agentId] },
      });
    }
    await heard(cids, ["note.created"]);
    // A change tells only who is new.
    bobs.socket.close();
    const since = bobs.frames.at(-1).seq;
    await org.call("PATCH", `${path}/${note.id}`, {
      content: `${at("Ana", ana.agentId)} ${at("Cid", cid.agentId)} ${at("Blind", blind.agentId)}`,
    });
    await heard(cids, ["note.created", "note.updated", "note.mentioned"]);
    await heard(anas, ["note.created", "note.mentioned", "note.updated"]);
    const back = await listen(bob, `/api/live?since=${since}`);
    await heard(back, ["note.updated"]);
    // Nobody is told of what he says to himself.
    await bob.call("POST", path, { content: at("Bob", bob.agentId) });
    await cid.call("POST", path, { content: at("Bob", bob.agentId) });
    await heard(back, ["note.updated", "note.created", "note.created", "note.mentioned"]);
    // It is Ana's now: whoever cannot see it is not told, and was not told of what was said when he could not.
    await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: ana.agentId });
    await ana.call("POST", path, { content: `secret ${at("Blind", blind.agentId)}` });
    await eventually(async () => expect(typesOf(anas).at(-1)).toBe("note.created"));
    await eventually(async () => expect(back.frames.at(-1).type).toBe("conversation.removed"));
    const blinds = await listen(blind, "/api/live?since=0");
    await eventually(async () => expect(blinds.frames.some((frame) => frame.type === "note.mentioned")).toBe(true));
    expect(JSON.stringify(blinds.frames)).not.toContain("secret");
    expect(JSON.stringify(back.frames)).not.toContain("secret");
    expect((await blind.call("GET", path)).status).toBe(404);
    for (const { socket } of [anas, cids, back, blinds]) socket.close();
  });

  it("refuses a mention of nobody", async () => {
    const { org, path } = await begun();
    const other = await organization();
    for (const id of [crypto.randomUUID(), other.agentId]) {
      const answer = await org.call("POST", path, { content: `Look, ${at("Who", id)}` });
      expect([answer.status, answer.body.code, answer.body.errors]).toEqual([
        422,
        "note_mention_unknown",
        [{ field: "content", message: `agent ${id} does not exist` }],
      ]);
    }
    const many = Array.from({ length: 51 }, () => at("X", crypto.randomUUID())).join(" ");
    expect((await org.call("POST", path, { content: many })).body.code).toBe("invalid_request");
    // Text that only looks like a mention stays text.
    for (const content of [
      "@[x](y)",
      "@ana",
      "[Ana](01a209f6-40db-7dc6-982c-79beb11de4c0)",
      "@[](01a209f6-40db-7dc6-982c-79beb11de4c0)",
    ]) {
      expect((await org.call("POST", path, { content })).body.mentions).toEqual([]);
    }
    // A name may have brackets, and several mentions may stand in a line.
    const [ana, bob] = [await org.agent(), await org.agent()];
    for (const name of ["Ana [Sales]", "[Ana]", "Ana :]", "Ana (night) [1] [2]", "A](B", "["]) {
      const content = `${at(name, ana.agentId)} and ${at("Bob", bob.agentId)}, [x](${org.agentId})\n](${org.agentId})`;
      expect([name, (await org.call("POST", path, { content })).body.mentions]).toEqual([
        name,
        [ana.agentId, bob.agentId],
      ]);
    }
    // An old note may still name an agent who has left.
    const gone = await org.agent();
    const { body: note } = await org.call("POST", path, { content: at("Gone", gone.agentId) });
    await org.call("DELETE", `/api/agents/${gone.agentId}`);
    expect((await org.call("PATCH", `${path}/${note.id}`, { content: `${at("Gone", gone.agentId)}!` })).status).toBe(
      200,
    );
  });
});
