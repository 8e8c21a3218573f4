import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { ConversationObject } from "../durable-objects/conversation";
import type { InboxObject } from "../durable-objects/inbox";
import { type LiveFrame, ServerFrame } from "../src/domain/live-frames";
import { clock } from "../src/kit/clock";
import { sha256Hex, uuidV7 } from "../src/kit/id";
// @ts-expect-error -- the test runner reads it as text
import livePage from "../docs/live.md?raw";
import {
  call,
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  graph,
  type Org,
  organization,
  phone,
} from "./harness";
import { volume } from "./volume";

// Sockets, evictions, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** Each text once: many sockets get the same. */
const texts = new Map<string, ServerFrame | { problem: unknown }>();
function read(text: string): ServerFrame | { problem: unknown } {
  const known = texts.get(text);
  if (known) return known;
  const parsed = ServerFrame.safeParse(JSON.parse(text));
  const frame = parsed.success ? parsed.data : { problem: parsed.error.issues };
  texts.set(text, frame);
  return frame;
}

/** A live socket from outside: keeps what it gets, and that every frame is one that the contract knows. */
class Socket {
  readonly frames: ServerFrame[] = [];
  readonly unknown: unknown[] = [];
  pongs = 0;
  closed: { code: number; reason: string } | undefined;
  readonly #socket: WebSocket;
  #listens = true;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.accept();
    socket.addEventListener("message", ({ data }) => {
      if (data === "pong") this.pongs++;
      if (!this.#listens || data === "pong") return;
      const frame = read(String(data));
      if ("problem" in frame) this.unknown.push([data, frame.problem]);
      else this.frames.push(frame);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
  }

  static async open(path: string, headers: Record<string, string> = {}): Promise<Socket> {
    const response = await door(path, { headers: { upgrade: "websocket", ...headers } });
    if (response.status !== 101) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    const socket = new Socket(response.webSocket!);
    await eventually(async () => {
      if (!["hello", "resync"].includes(socket.frames[0]?.type ?? "")) throw new Error(`${path}: no hello`);
    });
    return socket;
  }

  /** The place in the stream: of the last frame that has one. */
  get seq(): number {
    const last = this.frames.findLast((frame) => "seq" in frame);
    return last && "seq" in last ? last.seq : 0;
  }

  get events(): LiveFrame[] {
    return this.frames.filter((frame): frame is LiveFrame => "conversation" in frame);
  }

  of<T extends ServerFrame["type"]>(
    type: T,
  ): (T extends LiveFrame["type"] ? LiveFrame : Extract<ServerFrame, { type: T }>)[] {
    return this.frames.filter((frame) => frame.type === type) as never;
  }

  say(text: string): void {
    this.#socket.send(text);
  }

  /** As a client that ends well, or as one that is only gone: then the server does not know. */
  drop(vanishes = false): void {
    this.#listens = false;
    if (!vanishes) this.#socket.close(1000);
  }
}

const inboxStub = (org: Org) => env.INBOX.getByName(org.id) as unknown as DurableObjectStub<InboxObject>;
const conversationStub = (org: Org, id: string) =>
  env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as DurableObjectStub<ConversationObject>;
const bearer = (who: Caller) => ({ authorization: `Bearer ${who.token}` });
const inboxSocket = (who: Caller, since?: number) =>
  Socket.open(`/api/live${since === undefined ? "" : `?since=${since}`}`, bearer(who));
const openConversation = (who: Caller, id: string, since?: number) =>
  Socket.open(`/api/conversations/${id}/live${since === undefined ? "" : `?since=${since}`}`, bearer(who));

async function divisions(org: Org, n: number): Promise<string[]> {
  const ids = Array.from({ length: n }, () => uuidV7(clock.now()));
  await org.tenantDb.batch(
    ids.map((id, i) =>
      org.tenantDb
        .prepare("INSERT INTO divisions (id, org_id, name, created_at, updated_at) VALUES (?, ?, ?, 0, 0)")
        .bind(id, org.id, `Division ${i} ${id}`),
    ),
  );
  return ids;
}

interface Colleague {
  id: string;
  key: string;
  seesAll: boolean;
  divisions: string[];
}

/** Many agents at once, each with a key: passwords would take longer than what is to be tested. */
async function colleagues(org: Org, list: Omit<Colleague, "id" | "key">[]): Promise<Colleague[]> {
  // A key is good for whoever may use keys.
  await org.tenantDb
    .prepare(
      "UPDATE roles SET permissions = json_insert(permissions, '$[#]', 'developer.access') WHERE org_id = ? AND name = 'agent'",
    )
    .bind(org.id)
    .run();
  const { results } = await org.tenantDb
    .prepare("SELECT id, name FROM roles WHERE org_id = ?")
    .bind(org.id)
    .all<{ id: string; name: string }>();
  const roleOf = (name: string) => results.find((role) => role.name === name)!.id;
  const made = list.map((one) => ({ ...one, id: uuidV7(clock.now()), key: `omk_${crypto.randomUUID()}` }));
  const insertRoute = env.CONTROL_DB.prepare("INSERT INTO api_key_routes VALUES (?, ?, ?)");
  await env.CONTROL_DB.batch(made.map(({ key }) => insertRoute.bind(sha256Hex(key), org.id, org.tenantDbName)));
  const statements = made.flatMap(({ id, key, seesAll, divisions: theirs }) => [
    org.tenantDb
      .prepare(
        "INSERT INTO agents (id, org_id, email, full_name, role_id, created_at, updated_at) VALUES (?, ?, ?, 'Agent', ?, 0, 0)",
      )
      .bind(id, org.id, `${id}@example.test`, roleOf(seesAll ? "supervisor" : "agent")),
    org.tenantDb
      .prepare(
        "INSERT INTO api_keys (id, org_id, agent_id, name, key_type, key_prefix, key_hash, created_at) VALUES (?, ?, ?, 'k', 'full', 'omk_', ?, 0)",
      )
      .bind(uuidV7(clock.now()), org.id, id, sha256Hex(key)),
    ...theirs.map((division) =>
      org.tenantDb.prepare("INSERT INTO division_agents VALUES (?, ?, ?)").bind(org.id, division, id),
    ),
  ]);
  await org.tenantDb.batch(statements);
  return made;
}

/** Numbers that look random and are the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

afterEach(() => {
  vi.mocked(clock.now).mockRestore?.();
});

it(
  "sockets that are dropped and resumed during many events: each has what it may see once, in order, and nothing else",
  { timeout: 180_000 },
  async () => {
    const org = await organization();
    const { phoneNumberId } = await org.connect();
    const roll = dice(7);
    const PEOPLE = volume(200, 40);
    const teams = await divisions(org, 6);
    const people = await colleagues(
      org,
      Array.from({ length: PEOPLE }, (_, i) => ({
        seesAll: i % 20 === 0,
        divisions: i % 20 === 0 ? [] : teams.filter((_team, t) => (i * 7 + t * 3) % 6 === 0 || i % 6 === t),
      })),
    );
    const open = (who: Colleague, since?: number) =>
      Socket.open(`/api/live${since === undefined ? "" : `?since=${since}`}`, { "x-api-key": who.key });
    const witness = await inboxSocket(org);
    const lines = await Promise.all(
      people.map(async (who) => ({
        who,
        before: [] as ServerFrame[],
        unknown: [] as unknown[],
        socket: await open(who),
        sockets: 1,
      })),
    );

    const from = Array.from({ length: 25 }, phone);
    for (const one of from) graph.customers.say({ phoneNumberId, from: one, text: "Hello" });
    await graph.settle();
    const ids = await Promise.all(from.map(async (one) => (await conversationWith(org, one)).id as string));

    const resume = async (line: (typeof lines)[number]): Promise<void> => {
      const { socket } = line;
      const vanishes = roll(2) === 0;
      socket.drop(vanishes);
      line.before.push(...socket.frames);
      line.unknown.push(...socket.unknown);
      const since = socket.seq;
      // Sometimes it stays away while things happen.
      if (roll(3) === 0) await change();
      line.socket = await open(line.who, since);
      line.sockets++;
    };
    const change = async (): Promise<void> => {
      const id = ids[roll(ids.length)]!;
      const kind = roll(10);
      if (kind < 4) {
        for (let n = 0; n < 3; n++)
          graph.customers.say({ phoneNumberId, from: from[roll(from.length)]!, text: `Message ${n}` });
        await graph.settle();
      } else if (kind < 6)
        await org.call("PATCH", `/api/conversations/${id}/assign`, {
          agent_id: roll(3) === 0 ? null : people[roll(PEOPLE)]!.id,
        });
      else if (kind < 9) {
        const answer = await org.call("POST", "/api/conversations/bulk", {
          conversation_ids: [id],
          action: "transfer",
          params: { to_division_id: teams[roll(6)] },
        });
        expect(answer.status).toBe(200);
      } else await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: people[1 + roll(PEOPLE - 1)]!.id });
    };
    while (witness.events.length < volume(1000, 200)) {
      await Promise.all([
        change(),
        change(),
        change(),
        ...Array.from({ length: 4 }, () => roll(lines.length))
          .filter((n, i, all) => all.indexOf(n) === i)
          .map((n) => resume(lines[n]!)),
      ]);
    }

    // The witness has all that the conversations say happened, each in its order.
    await eventually(async () => {
      const said = await Promise.all(
        ids.map((id) => runInDurableObject(conversationStub(org, id), async (object) => (await object.inspect())!.seq)),
      );
      const heard = ids.map((id) => witness.events.filter((frame) => frame.conversation_id === id).length);
      expect(heard).toEqual(said);
    });
    expect(witness.events.map((frame) => frame.seq)).toEqual(witness.events.map((_, i) => i + 1));

    const sees = (who: Colleague, place: LiveFrame["conversation"]): boolean =>
      who.seesAll ||
      place.assigned_agent_id === null ||
      place.assigned_agent_id === who.id ||
      (place.division_id !== null && who.divisions.includes(place.division_id));
    const expectedOf = (who: Colleague): [number, string][] => {
      const last = new Map<string, LiveFrame["conversation"]>();
      return witness.events.flatMap((frame): [number, string][] => {
        const was = last.get(frame.conversation_id);
        last.set(frame.conversation_id, frame.conversation);
        if (sees(who, frame.conversation)) return [[frame.seq, frame.type]];
        return was && sees(who, was) ? [[frame.seq, "conversation.removed"]] : [];
      });
    };
    const gotOf = (line: (typeof lines)[number]): [number, string][] =>
      [...line.before, ...line.socket.frames]
        .filter((frame) => "at" in frame)
        .map((frame) => [(frame as LiveFrame).seq, frame.type]);
    await eventually(async () => {
      for (const line of lines) if (gotOf(line).length < expectedOf(line.who).length) throw new Error("not yet");
    });
    for (const line of lines) expect(gotOf(line)).toEqual(expectedOf(line.who));
    expect(lines.flatMap((line) => [...line.unknown, ...line.socket.unknown])).toEqual([]);
    // To the letter what the witness got: equal texts are one object here.
    const bySeq = new Map(witness.events.map((frame) => [frame.seq, frame]));
    const others = lines
      .flatMap((line) => [...line.before, ...line.socket.frames])
      .filter((frame) => "conversation" in frame && frame !== bySeq.get(frame.seq));
    expect(others).toEqual([]);

    const removals = lines.reduce(
      (n, line) => n + gotOf(line).filter(([, type]) => type === "conversation.removed").length,
      0,
    );
    const [sockets, told] = [
      lines.reduce((n, line) => n + line.sockets, 0),
      lines.reduce((n, line) => n + gotOf(line).length, 0),
    ];
    console.log(
      `live: ${witness.events.length} events, ${PEOPLE} agents, ${sockets} sockets, ${told} frames, ${removals} removals`,
    );
    expect(removals).toBeGreaterThan(volume(100));
    expect(sockets).toBeGreaterThan(volume(400, 80));
    for (const line of lines) line.socket.drop();
  },
);

it("says when a position is too old or unknown, and what to call", async () => {
  const { org, id } = await begun();
  const { seq } = await inboxSocket(org);
  const ahead = await inboxSocket(org, seq + 5);
  await eventually(async () =>
    expect(ahead.frames).toEqual([{ type: "resync", seq, reason: "unknown_position", call: "GET /api/conversations" }]),
  );
  await runInDurableObject(inboxStub(org), (_object, state) =>
    state.storage.sql.exec("DELETE FROM frames WHERE first = 1"),
  );
  const old = await inboxSocket(org, 0);
  await eventually(async () =>
    expect(old.frames[0]).toEqual({ type: "resync", seq, reason: "too_old", call: "GET /api/conversations" }),
  );
  // The stream goes on from there.
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  await eventually(async () =>
    expect(old.events.map((frame) => [frame.seq, frame.type])).toEqual([[seq + 1, "conversation.assigned"]]),
  );

  const beyond = await openConversation(org, id, 999);
  await eventually(async () =>
    expect(beyond.frames[0]).toMatchObject({
      type: "resync",
      reason: "unknown_position",
      call: `GET /api/conversations/${id}/messages`,
    }),
  );
  // The events of the first commit.
  await runInDurableObject(conversationStub(org, id), (_object, { storage }) => {
    const [oldest] = storage.kv.list({ prefix: "event:", limit: 1 });
    storage.kv.delete(oldest![0]);
  });
  const early = await openConversation(org, id, 0);
  await eventually(async () => expect(early.frames[0]).toMatchObject({ type: "resync", reason: "too_old" }));
  const exact = await openConversation(org, id, 2);
  await eventually(async () => expect(exact.events.map((frame) => frame.seq)).toEqual([3]));
});

/** An organization with one conversation, brought to D1 and to the inbox. */
async function begun(): Promise<{ org: Org; id: string; from: string; phoneNumberId: string }> {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id } = await conversationWith(org, from);
  await eventually(async () => {
    const state = (await runInDurableObject(conversationStub(org, id), (object) => object.inspect()))!;
    expect(state.published).toBe(state.seq);
  });
  return { org, id, from, phoneNumberId };
}

async function anotherConversation(org: Org): Promise<string> {
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  return (await conversationWith(org, from)).id as string;
}

it("opens one socket with a ticket, once, within 30 seconds; and refuses what is no upgrade", async () => {
  const { org } = await begun();
  const { status, body } = await org.call("POST", "/api/live/tickets");
  expect(status).toBe(201);
  await Socket.open(`/api/live?ticket=${body.ticket}`);
  await expect(Socket.open(`/api/live?ticket=${body.ticket}`)).rejects.toThrow("401");
  const late = await org.call("POST", "/api/live/tickets");
  const now = Date.now();
  vi.spyOn(clock, "now").mockImplementation(() => now + 31_000);
  await expect(Socket.open(`/api/live?ticket=${late.body.ticket}`)).rejects.toThrow("401");
  vi.mocked(clock.now).mockRestore();
  expect((await call("GET", "/api/live", undefined, bearer(org))).status).toBe(426);
  await expect(Socket.open("/api/live")).rejects.toThrow("401");
  // A ticket of an organization that does not exist is refused, and leaves nothing behind.
  const nobody = crypto.randomUUID();
  await expect(Socket.open(`/api/live?ticket=${nobody}.x`)).rejects.toThrow("401");
  const tables = await runInDurableObject(env.INBOX.getByName(nobody), (_object, state) =>
    state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'tickets'").toArray(),
  );
  expect(tables).toEqual([]);
  // A cookie from another site opens nothing.
  await expect(
    Socket.open("/api/live", { cookie: `omnistream_session=${org.token}`, origin: "https://evil.test" }),
  ).rejects.toThrow("403");
  await Socket.open("/api/live", { cookie: `omnistream_session=${org.token}`, origin: "http://app.test" });
});

it("closes the sockets of who is suspended or logged out, and lets nothing of theirs in", async () => {
  const { org, id } = await begun();
  for (const end of ["suspend", "logout"] as const) {
    const agent = await org.agent();
    const [inbox, second, conversation] = [
      await inboxSocket(agent),
      await inboxSocket(agent),
      await openConversation(agent, id),
    ];
    const { body } = await agent.call("POST", "/api/live/tickets");
    const colleague = await openConversation(org, id);
    const startedAt = Date.now();
    const answer =
      end === "suspend"
        ? await org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" })
        : await agent.call("POST", "/api/auth/logout");
    expect(answer.status).toBe(200);
    await eventually(
      async () =>
        expect([inbox.closed?.code, second.closed?.code, conversation.closed?.code]).toEqual([4401, 4401, 4401]),
      5,
    );
    expect(Date.now() - startedAt).toBeLessThan(5000);
    await eventually(async () => expect(colleague.of("viewers").at(-1)?.viewers).toEqual([{ agent_id: org.agentId }]));
    await expect(Socket.open(`/api/live?ticket=${body.ticket}`)).rejects.toThrow("401");
    await expect(inboxSocket(agent)).rejects.toThrow("401");
    colleague.drop();
  }
  // Let in before its rights ended, and on the way to the object after.
  const agent = await org.agent();
  const identity = {
    agentId: agent.agentId,
    credentialId: "c",
    all: false,
    divisionIds: [],
    authenticatedAt: Date.now() - 1,
    expiresAt: null,
  };
  await runInDurableObject(inboxStub(org), (object) => object.revoke({ agentIds: [agent.agentId] }));
  for (const stub of [inboxStub(org), conversationStub(org, id)]) {
    const response = await stub.fetch("https://object/live", {
      headers: {
        upgrade: "websocket",
        "x-omnistream-identity": JSON.stringify(identity),
        "x-omnistream-tenant-db": org.tenantDbName,
      },
    });
    expect(response.status).toBe(401);
  }
  // An agent whose rights only changed comes back at once.
  await inboxSocket(agent);
});

it("closes within a minute the sockets of who lost access while the inbox could not be told", async () => {
  const { org, id } = await begun();
  const [gone, stays] = [await org.agent(), await org.agent()];
  const socketsOf = async (agent: Caller) => [await inboxSocket(agent), await openConversation(agent, id)];
  const [theirs, others] = [await socketsOf(gone), await socketsOf(stays)];
  // As if the call to the inbox had been lost after the commit.
  await org.tenantDb.prepare("UPDATE agents SET status = 'suspended' WHERE id = ?").bind(gone.agentId).run();
  await runDurableObjectAlarm(inboxStub(org));
  await eventually(async () => expect(theirs.map((socket) => socket.closed?.code)).toEqual([4401, 4401]));
  expect(others.map((socket) => socket.closed)).toEqual([undefined, undefined]);
  for (const socket of others) socket.drop();
});

it("closes sockets of both kinds when their session or key ends by itself, and those that pinged and went silent", async () => {
  const { org, id } = await begun();
  const now = Date.now();
  const sweepIn = async (ms: number) => {
    const at = Date.now() + ms;
    vi.spyOn(clock, "now").mockImplementation(() => at);
    await runDurableObjectAlarm(inboxStub(org));
    vi.mocked(clock.now).mockRestore();
  };
  const [silent, colleague] = [
    [await inboxSocket(org), await openConversation(org, id)],
    await openConversation(await org.agent(), id),
  ];
  for (const socket of silent) socket.say("ping");
  await eventually(async () => expect(silent.map((socket) => socket.pongs)).toEqual([1, 1]));
  await sweepIn(91_000);
  await eventually(async () => expect(silent.map((socket) => socket.closed?.code)).toEqual([4408, 4408]));
  await eventually(async () => expect(colleague.of("viewers").at(-1)?.viewers).toHaveLength(1));
  const endKey = (key: Caller, at: number) =>
    org.tenantDb
      .prepare("UPDATE api_keys SET expires_at = ? WHERE org_id = ? AND key_hash = ?")
      .bind(at, org.id, sha256Hex(key.token))
      .run();
  const [known, later] = [await org.apiKey(org.agentId), await org.apiKey(org.agentId)];
  await endKey(known, now + 3_600_000);
  const open = async (key: Caller) => [
    await Socket.open("/api/live", { "x-api-key": key.token }),
    await Socket.open(`/api/conversations/${id}/live`, { "x-api-key": key.token }),
  ];
  const [ofKnown, ofLater, quiet] = [
    await open(known),
    await open(later),
    [await inboxSocket(org), await openConversation(org, id)],
  ];
  // A key that got its end only after its sockets were open: they do not know of it.
  await endKey(later, now + 7_200_000);
  await sweepIn(3 * 3_600_000);
  await eventually(async () =>
    expect([...ofKnown, ...ofLater].map((socket) => socket.closed?.code)).toEqual([4401, 4401, 4401, 4401]),
  );
  expect(quiet.map((socket) => socket.closed)).toEqual([undefined, undefined]);
  await sweepIn(8 * 86_400_000);
  await eventually(async () => expect(quiet.map((socket) => socket.closed?.code)).toEqual([4401, 4401]));
});

it("forgets the sockets that a restart took from a conversation, and sleeps when nobody listens any more", async () => {
  const { org, id } = await begun();
  const [stays, other] = [await openConversation(org, id), await anotherConversation(org)];
  await openConversation(org, other);
  const left = () =>
    runInDurableObject(inboxStub(org), async (_object, state) => ({
      openings: state.storage.sql.exec<{ id: string }>("SELECT conversation_id AS id FROM openings").toArray(),
      alarm: (await state.storage.getAlarm()) !== null,
    }));
  await evictDurableObject(conversationStub(org, other), { webSockets: "close" });
  await runDurableObjectAlarm(inboxStub(org));
  expect(await left()).toEqual({ openings: [{ id }], alarm: true });
  await evictDurableObject(conversationStub(org, id), { webSockets: "close" });
  await runDurableObjectAlarm(inboxStub(org));
  expect(await left()).toEqual({ openings: [], alarm: false });
  stays.drop();
});

it("logs out although a conversation cannot be reached, and ends the sockets of the others", async () => {
  const { org, id } = await begun();
  const broken = await anotherConversation(org);
  const agent = await org.agent();
  const [there, unreachable] = [await openConversation(agent, id), await openConversation(agent, broken)];
  // As the network between two objects does.
  const sweepSockets = ConversationObject.prototype.sweepSockets;
  const spy = vi.spyOn(ConversationObject.prototype, "sweepSockets").mockImplementation(function (
    this: ConversationObject,
    ended,
  ) {
    if ((this as unknown as { ctx: DurableObjectState }).ctx.id.name!.endsWith(broken))
      throw new Error("Network connection lost.");
    return sweepSockets.call(this, ended);
  });
  expect((await agent.call("POST", "/api/auth/logout")).status).toBe(200);
  await eventually(async () => expect(there.closed?.code).toBe(4401));
  await runDurableObjectAlarm(inboxStub(org));
  expect(unreachable.closed).toBe(undefined);
  spy.mockRestore();
  await runDurableObjectAlarm(inboxStub(org));
  await eventually(async () => expect(unreachable.closed?.code).toBe(4401));
});

it("tells a conversation's sockets messages, ticks, typing and viewers", async () => {
  const { org, id, from, phoneNumberId } = await begun();
  const agent = await org.agent();
  const [mine, tab, theirs] = [
    await openConversation(org, id),
    await openConversation(org, id),
    await openConversation(agent, id),
  ];
  await eventually(async () =>
    expect(theirs.of("hello")[0]?.viewers).toEqual([{ agent_id: org.agentId }, { agent_id: agent.agentId }]),
  );
  // Another tab of the same agent is nobody new.
  await eventually(async () => expect(mine.of("viewers").map((frame) => frame.viewers.length)).toEqual([2]));
  theirs.say(JSON.stringify({ type: "typing", is_typing: true }));
  theirs.say(JSON.stringify({ type: "typing", is_typing: true }));
  theirs.say("not JSON");
  theirs.say(JSON.stringify({ type: "message", text: "no such frame" }));
  await eventually(async () =>
    expect(mine.of("typing")).toEqual([{ type: "typing", agent_id: agent.agentId, is_typing: true }]),
  );
  expect(theirs.of("typing")).toEqual([]);

  await customerWrites(phoneNumberId, from, "Are you there?");
  const { body: sent } = await agent.call("POST", `/api/conversations/${id}/messages`, {
    type: "text",
    content: { text: "Yes" },
  });
  await eventually(async () => {
    await graph.settle();
    expect(
      mine
        .of("message.status")
        .filter((frame) => frame.message?._id === sent._id)
        .map((frame) => frame.data?.["status"]),
    ).toEqual(["sent", "delivered", "read"]);
  });
  expect(mine.events.map((frame) => frame.type).slice(0, 2)).toEqual(["message.received", "message.queued"]);
  expect(tab.events).toEqual(mine.events);
  // A resumed socket has the same, from the place where it was.
  const resumed = await openConversation(org, id, mine.events[0]!.seq);
  await eventually(async () =>
    expect(resumed.events.map((frame) => [frame.seq, frame.type])).toEqual(
      mine.events.slice(1).map((frame) => [frame.seq, frame.type]),
    ),
  );

  theirs.drop();
  await eventually(async () => expect(mine.of("viewers").at(-1)?.viewers).toEqual([{ agent_id: org.agentId }]));
  tab.say("x".repeat(2000));
  await eventually(async () => expect(tab.closed?.code).toBe(1009));
  expect([...mine.unknown, ...tab.unknown, ...theirs.unknown]).toEqual([]);
});

it("takes a conversation out of sight: removed from the inbox, its own socket told and closed", async () => {
  const { org, id } = await begun();
  const agent = await org.agent();
  const [inbox, conversation, boss] = [
    await inboxSocket(agent),
    await openConversation(agent, id),
    await openConversation(org, id),
  ];
  const since = inbox.seq;
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  await eventually(async () => expect(conversation.closed?.code).toBe(4403));
  expect(conversation.of("conversation.removed")).toMatchObject([{ conversation_id: id }]);
  expect(conversation.events).toEqual([]);
  await eventually(async () =>
    expect(inbox.of("conversation.removed")).toMatchObject([{ conversation_id: id, seq: since + 1 }]),
  );
  await eventually(async () => expect(boss.of("viewers").at(-1)?.viewers).toEqual([{ agent_id: org.agentId }]));
  await expect(openConversation(agent, id)).rejects.toThrow("404");
  // An agent who was away hears the same, once.
  await org.call("PATCH", `/api/conversations/${id}/tags`, { tags: ["secret"] });
  const away = await inboxSocket(agent, since);
  await eventually(async () =>
    expect(away.frames.map((frame) => frame.type)).toEqual(["hello", "conversation.removed"]),
  );
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: null });
  await eventually(async () =>
    expect(away.frames.map((frame) => frame.type)).toEqual([
      "hello",
      "conversation.removed",
      "conversation.unassigned",
    ]),
  );
  expect(inbox.frames.slice(1)).toEqual(away.frames.slice(1));
});

it("wakes from hibernation with all its sockets, and says nothing twice", async () => {
  const { org, id, from, phoneNumberId } = await begun();
  const agent = await org.agent();
  const all = [
    await inboxSocket(org),
    await inboxSocket(agent),
    await openConversation(org, id),
    await openConversation(agent, id),
  ];
  const closedBefore = await openConversation(org, id);
  closedBefore.drop();
  for (let round = 0; round < 3; round++) {
    await evictDurableObject(inboxStub(org));
    await evictDurableObject(conversationStub(org, id));
    await customerWrites(phoneNumberId, from, `After ${round}`);
    await eventually(async () => {
      for (const socket of all)
        expect(socket.of("message.received").map((frame) => frame.message?.content)).toEqual(
          Array.from({ length: round + 1 }, (_, n) => ({ text: `After ${n}` })),
        );
    });
  }
  // Attachments are whole: rights still apply.
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  await eventually(async () => expect(all[3]!.closed?.code).toBe(4403));
  await eventually(async () => expect(all[1]!.of("conversation.removed")).toHaveLength(1));
  expect(new Set(all[0]!.events.map((frame) => frame.seq)).size).toBe(all[0]!.events.length);
});

it("numbers each event once, whatever is published again", async () => {
  const { org, id } = await begun();
  const socket = await inboxSocket(org);
  const before = await runInDurableObject(inboxStub(org), (_object, state) =>
    state.storage.sql
      .exec<{ doc: string }>(
        "SELECT a.value AS doc FROM frames f, json_each(f.doc) r, json_each(r.value, '$.texts') a ORDER BY f.last",
      )
      .toArray(),
  );
  const frames = before.map((row, i) => ({ ...(JSON.parse(row.doc) as LiveFrame), seq: i + 1 }));
  await runInDurableObject(inboxStub(org), (object) =>
    object.publish({ id, now: { assignedAgentId: null, divisionId: null }, frames, isRepeated: true }),
  );
  // The confirmation was lost: the conversation says it all again, with what has come since.
  await runInDurableObject(conversationStub(org, id), (_object, { storage }) =>
    storage.kv.put("conversation", { ...storage.kv.get<object>("conversation")!, published: 0 }),
  );
  await evictDurableObject(conversationStub(org, id));
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  await eventually(async () => expect(socket.events.map((frame) => frame.type)).toEqual(["conversation.assigned"]));
  const after = await runInDurableObject(
    inboxStub(org),
    (_object, state) => state.storage.sql.exec<{ n: number }>("SELECT max(last) AS n FROM frames").one().n,
  );
  expect(after).toBe(before.length + 1);
});

it("shows an agent online while a socket is open, 60 seconds longer, or by hand", async () => {
  const org = await organization();
  const agent = await org.agent();
  const isOnline = async () => (await org.call("GET", `/api/agents/${agent.agentId}`)).body.is_online as boolean;
  expect(await isOnline()).toBe(false);
  const [one, tab] = [await inboxSocket(agent), await inboxSocket(agent)];
  await eventually(async () => expect(await isOnline()).toBe(true));
  one.drop();
  const after = async (ms: number) => {
    const at = Date.now() + ms;
    vi.spyOn(clock, "now").mockImplementation(() => at);
    await runDurableObjectAlarm(inboxStub(org));
    vi.mocked(clock.now).mockRestore();
    return isOnline();
  };
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await after(3_600_000)).toBe(true);
  tab.drop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await after(50_000)).toBe(true);
  expect(await after(61_000)).toBe(false);
  expect((await agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: true })).body.is_online).toBe(
    true,
  );
  expect(await isOnline()).toBe(true);
  await agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: false });
  expect(await isOnline()).toBe(false);
  // A restart takes sockets away without a word.
  await inboxSocket(agent);
  await eventually(async () => expect(await isOnline()).toBe(true));
  await evictDurableObject(inboxStub(org), { webSockets: "close" });
  await after(1000);
  expect(await after(62_000)).toBe(false);
});

it("keeps an agent offline who was set so by hand, whatever sockets are open, until set online or back from having been gone", async () => {
  const org = await organization();
  const agent = await org.agent();
  const shown = async () => {
    const [one, all] = [
      await org.call("GET", `/api/agents/${agent.agentId}`),
      await org.call("GET", "/api/analytics/overview"),
    ];
    return [one.body.is_online, all.body.online_agents];
  };
  const set = async (isOnline: boolean) =>
    (await agent.call("PATCH", `/api/agents/${agent.agentId}/status`, { is_online: isOnline })).body.is_online;
  const one = await inboxSocket(agent);
  await eventually(async () => expect(await shown()).toEqual([true, 1]));
  expect(await set(false)).toBe(false);
  expect(await shown()).toEqual([false, 0]);
  const tab = await inboxSocket(agent);
  await runDurableObjectAlarm(inboxStub(org));
  expect(await shown()).toEqual([false, 0]);
  expect(await set(true)).toBe(true);
  expect(await shown()).toEqual([true, 1]);
  expect(await set(false)).toBe(false);
  // Gone for a minute, and back.
  for (const socket of [one, tab]) socket.drop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const at = Date.now() + 61_000;
  vi.spyOn(clock, "now").mockImplementation(() => at);
  await runDurableObjectAlarm(inboxStub(org));
  vi.mocked(clock.now).mockRestore();
  expect(await shown()).toEqual([false, 0]);
  await inboxSocket(agent);
  await eventually(async () => expect(await shown()).toEqual([true, 1]));
});

it.each([200, 1000])("remembers an agent of %d divisions", async (n) => {
  const { org, id } = await begun();
  const theirs = await divisions(org, n);
  const [many] = await colleagues(org, [{ seesAll: false, divisions: theirs }]);
  const key = { "x-api-key": many!.key };
  const { body } = await call("POST", "/api/live/tickets", undefined, key);
  const sockets = [
    await Socket.open("/api/live", key),
    await Socket.open(`/api/conversations/${id}/live`, key),
    await Socket.open(`/api/live?ticket=${body.ticket}`),
  ];
  await evictDurableObject(inboxStub(org));
  await evictDurableObject(conversationStub(org, id));
  // Another's, in a division of theirs: they see it for that.
  await org.tenantDb
    .prepare("INSERT INTO division_agents VALUES (?, ?, ?)")
    .bind(org.id, theirs.at(-1)!, org.agentId)
    .run();
  const to = { to_agent_id: org.agentId, to_division_id: theirs.at(-1)! };
  expect(
    (await org.call("POST", "/api/conversations/bulk", { conversation_ids: [id], action: "transfer", params: to })).body
      .failed,
  ).toEqual([]);
  await eventually(async () => {
    for (const socket of sockets)
      expect(socket.events.map((frame) => frame.type)).toEqual(["conversation.transferred", "conversation.assigned"]);
  });
  await evictDurableObject(conversationStub(org, id));
  const { body: list } = await call("GET", "/api/conversations", undefined, key);
  expect(list.data.map((one: { id: string }) => one.id)).toEqual([id]);
  await runDurableObjectAlarm(inboxStub(org));
  expect(sockets.map((socket) => socket.closed)).toEqual([undefined, undefined, undefined]);
  for (const socket of sockets) socket.drop();
  await eventually(async () => {
    for (const stub of [inboxStub(org), conversationStub(org, id)]) {
      expect(
        await runInDurableObject(stub as DurableObjectStub, (_object, state) => [
          ...state.storage.kv.list({ prefix: "socket:" }),
        ]),
      ).toEqual([]);
    }
  });
});

it("documents every frame, and no other", async () => {
  const types = (
    ServerFrame.options as unknown as { shape: { type: { options?: readonly string[]; values?: Set<string> } } }[]
  ).flatMap(({ shape }) => [...(shape.type.options ?? shape.type.values!)]);
  const named = new Set((livePage as string).match(/(?<=^\| `)[a-z_.]+(?=` +\|)/gm));
  expect([...named].toSorted()).toEqual([...new Set(types)].toSorted());
  for (const [, json] of (livePage as string).matchAll(/```json\n([\s\S]*?)\n```/g)) {
    const parsed = JSON.parse(json!) as { type?: string };
    if ("ticket" in parsed || ("is_typing" in parsed && !("agent_id" in parsed))) continue;
    expect(() => ServerFrame.parse(parsed)).not.toThrow();
  }
  const { body } = await call("GET", "/openapi.json");
  for (const name of [
    "LiveServerFrame",
    "LiveFrame",
    "LiveEntityFrame",
    "LiveHelloFrame",
    "LiveResyncFrame",
    "LiveRemovedFrame",
    "LiveViewersFrame",
    "LiveTypingFrame",
    "LiveClientFrame",
  ]) {
    expect(body.components.schemas[name]).toBeDefined();
  }
});
