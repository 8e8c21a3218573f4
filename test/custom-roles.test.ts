import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { InboxObject } from "../durable-objects/inbox";
import { uuidV7 } from "../src/kit/id";
import { type Permission, PERMISSIONS } from "../src/domain/permissions";
import {
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  type Org,
  organization,
  phone,
} from "./harness";
import { expectProblem } from "./problem";
import { allBut } from "./tenant";
import { NOBODY } from "./areas/fixture";
import { operations } from "./walks/operations";
import { UPGRADE } from "./walks/perform";

/**
 * A role of one's own, through the door only: it holds from the next request on, by session, by key and on sockets that are open. Which
 * operations each right opens: walks/roles.ts.
 */

// Many calls in one test, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let org: Org;
let roleId: string;
let agent: Caller & { email: string };
let key: Caller;
beforeAll(async () => {
  org = await organization();
  roleId = (await org.call("POST", "/api/roles", { name: "custom", permissions: [] })).body.id;
  agent = await org.agent("custom");
  key = await org.apiKey(agent.agentId);
});

async function give(permissions: readonly Permission[]): Promise<void> {
  const answer = await org.call("PATCH", `/api/roles/${roleId}`, { permissions });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}

const bearer = (who: Caller): Record<string, string> => ({ authorization: `Bearer ${who.token}` });

describe("a right that an operation needs besides its own", () => {
  /** "operation right" of every case below. */
  const shown = new Set<string>();
  const shows = (...cases: string[]): void => cases.forEach((one) => shown.add(one));

  let id: string;
  beforeAll(async () => {
    const { phoneNumberId } = await org.connect();
    const from = phone();
    await customerWrites(phoneNumberId, from);
    ({ id } = await conversationWith(org, from));
  });

  it("notes.moderate, for colleagues' notes and not for one's own", async () => {
    shows("updateNote notes.moderate", "deleteNote notes.moderate");
    const path = `/api/conversations/${id}/notes`;
    const { body: theirs } = await org.call("POST", path, { content: "Theirs" });
    await give(allBut("notes.moderate"));
    const { body: own } = await agent.call("POST", path, { content: "Own" });
    expect((await agent.call("PATCH", `${path}/${own.id}`, { content: "Still own" })).status).toBe(200);
    for (const who of [agent, key]) {
      expectProblem(await who.call("PATCH", `${path}/${theirs.id}`, { content: "Mine" }), 403, "note_not_own");
      expectProblem(await who.call("DELETE", `${path}/${theirs.id}`), 403, "note_not_own");
    }
    await give(PERMISSIONS);
    expect((await key.call("PATCH", `${path}/${theirs.id}`, { content: "Moderated" })).body.content).toBe("Moderated");
  });

  it("quick_replies.view, to send one by its id", async () => {
    shows("sendMessage quick_replies.view");
    shows("startConversation quick_replies.view");
    const { body: reply } = await org.call("POST", "/api/quick-replies", { title: "T", content: "Hello" });
    const send = (who: Caller, more: object) =>
      who.call("POST", `/api/conversations/${id}/messages`, { type: "text", content: { text: "Hello" }, ...more });
    await give(allBut("quick_replies.view"));
    for (const who of [agent, key]) {
      expectProblem(await send(who, { quick_reply_id: reply.id }), 403, "forbidden");
      const message = { type: "text", content: {}, quick_reply_id: reply.id };
      const begin = { channel: "whatsapp", to: `+${phone()}`, message };
      expectProblem(await who.call("POST", "/api/conversations", begin), 403, "forbidden");
    }
    expect((await send(agent, {})).status).toBe(201);
    await give(PERMISSIONS);
    expect((await send(agent, { quick_reply_id: reply.id })).status).toBe(201);
  });

  it("messages.send, to have it sent later", async () => {
    shows("scheduleMessage messages.send");
    const later = {
      type: "text",
      content: { text: "Later" },
      scheduled_at: new Date(Date.now() + 3_600_000).toISOString(),
    };
    await give(allBut("messages.send"));
    for (const who of [agent, key])
      expectProblem(await who.call("POST", `/api/conversations/${id}/scheduled-messages`, later), 403, "forbidden");
    await give(PERMISSIONS);
    expect((await agent.call("POST", `/api/conversations/${id}/scheduled-messages`, later)).status).toBe(201);
  });

  it("agents.manage, for colleagues and what is not one's own affair", async () => {
    shows("updateAgent agents.manage", "setAgentOnline agents.manage");
    const [own, theirs] = [`/api/agents/${agent.agentId}`, `/api/agents/${org.agentId}`];
    await give(allBut("agents.manage"));
    for (const who of [agent, key]) {
      expectProblem(await who.call("PATCH", theirs, { full_name: "Other" }), 403, "forbidden");
      expectProblem(await who.call("PATCH", own, { capacity: 3 }), 403, "forbidden");
      expectProblem(await who.call("PATCH", `${theirs}/status`, { is_online: false }), 403, "forbidden");
    }
    expect((await agent.call("PATCH", own, { full_name: "Own Name" })).status).toBe(200);
    expect((await agent.call("PATCH", `${own}/status`, { is_online: false })).status).toBe(200);
    expectProblem(await key.call("PATCH", own, { full_name: "Own" }), 403, "forbidden");
    expectProblem(await key.call("PATCH", `${own}/status`, { is_online: true }), 403, "forbidden");
  });

  it("the right of the single action, for many conversations at once", async () => {
    const bulk = (who: Caller, action: string, params?: object) =>
      who.call("POST", "/api/conversations/bulk", { conversation_ids: [NOBODY], action, ...(params && { params }) });
    const actions: [Permission, string, object?][] = [
      ["conversations.assign", "assign", { agent_id: org.agentId }],
      ["conversations.assign", "unassign"],
      ["conversations.update", "resolve"],
      ["conversations.update", "reopen"],
      ["conversations.update", "add_tags", { tags: ["vip"] }],
      ["conversations.update", "remove_tags", { tags: ["vip"] }],
      ["conversations.update", "mark_read"],
      ["conversations.transfer", "transfer", { to_agent_id: org.agentId }],
    ];
    for (const right of new Set(actions.map(([needed]) => needed))) {
      shows(`bulkConversations ${right}`, `startBulkJob ${right}`);
      await give(allBut(right));
      for (const [needed, action, params] of actions)
        for (const who of [agent, key])
          expect((await bulk(who, action, params)).status, `${action} without ${right}`).toBe(
            needed === right ? 403 : 200,
          );
      const [, action, params] = actions.find(([needed]) => needed === right)!;
      const body = { filter: { tag: ["nobody has it"] }, action, ...(params && { params }) };
      expectProblem(await agent.call("POST", "/api/conversations/bulk-jobs", body), 403, "forbidden");
    }
  });

  it("developer.access, for a key that looks after keys", async () => {
    shows("listApiKeys developer.access", "revokeApiKey developer.access");
    await give(PERMISSIONS);
    const scoped = await org.apiKey(agent.agentId, "full", ["contacts.view"]);
    expectProblem(await scoped.call("GET", "/api/api-keys"), 403, "forbidden");
    expectProblem(await scoped.call("DELETE", `/api/api-keys/${NOBODY}`), 403, "forbidden");
    expectProblem(await key.call("DELETE", `/api/api-keys/${NOBODY}`), 404, "api_key_not_found");
  });

  it("agents.manage, to see and revoke colleagues' keys and not one's own", async () => {
    shows("listApiKeys agents.manage", "revokeApiKey agents.manage");
    await give(PERMISSIONS);
    const made = async (who: Caller): Promise<string> =>
      (await who.call("POST", "/api/api-keys", { name: "k", key_type: "read" })).body.id;
    const [own, theirs] = [await made(agent), await made(org)];
    await give(allBut("agents.manage"));
    for (const who of [agent, key]) {
      expectProblem(await who.call("GET", `/api/api-keys?agent_id=${org.agentId}`), 403, "forbidden");
      expectProblem(await who.call("DELETE", `/api/api-keys/${theirs}`), 404, "api_key_not_found");
    }
    expect((await agent.call("GET", "/api/api-keys")).body.map((row: any) => row.id)).toContain(own);
    expect((await agent.call("DELETE", `/api/api-keys/${own}`)).status).toBe(200);
    await give(PERMISSIONS);
    expect((await agent.call("GET", `/api/api-keys?agent_id=${org.agentId}`)).body.map((row: any) => row.id)).toContain(
      theirs,
    );
    expect((await agent.call("DELETE", `/api/api-keys/${theirs}`)).status).toBe(200);
  });

  it("conversations.view_all, to see what is somebody else's", async () => {
    await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
    await give(allBut("conversations.view_all"));
    for (const who of [agent, key]) {
      expectProblem(await who.call("GET", `/api/conversations/${id}`), 404, "conversation_not_found");
      expect((await who.call("GET", "/api/conversations")).body.data).toEqual([]);
    }
    await give(PERMISSIONS);
    for (const who of [agent, key]) {
      expect((await who.call("GET", `/api/conversations/${id}`)).status).toBe(200);
      expect((await who.call("GET", "/api/conversations")).body.data).toHaveLength(1);
    }
    await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: null });
  });

  it("stands in the document, and each that stands there is shown above", () => {
    const declared = operations.flatMap((op) => op.alsoNeeds.map((right) => `${op.id} ${right}`));
    expect(declared.toSorted()).toEqual([...shown].toSorted());
  });
});

interface Listener {
  frames: any[];
  closed?: number;
}
async function listen(path: string, headers: Record<string, string>): Promise<Listener> {
  // An agent whose rights have just changed is turned away for the rest of that millisecond.
  const webSocket = await eventually(async () => {
    const response = await door(path, { headers: { ...UPGRADE, ...headers } });
    expect(response.status).toBe(101);
    return response.webSocket!;
  });
  const listener: Listener = { frames: [] };
  webSocket.addEventListener("message", ({ data }) => void listener.frames.push(JSON.parse(data as string)));
  webSocket.addEventListener("close", ({ code }) => void (listener.closed = code));
  webSocket.accept();
  await eventually(async () => expect(["hello", "resync"]).toContain(listener.frames[0]?.type));
  return listener;
}

describe("sockets that are open", () => {
  it("close when the role changes, of session and key, and go by the new rights when they come back", async () => {
    const { phoneNumberId } = await org.connect();
    const from = phone();
    await customerWrites(phoneNumberId, from);
    const { id } = await conversationWith(org, from);
    await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
    await give(PERMISSIONS);
    const places = ["/api/live", `/api/conversations/${id}/live`];
    const ways = [bearer(agent), { "x-api-key": key.token }];
    const all = (): Promise<Listener[]> =>
      Promise.all(ways.flatMap((headers) => places.map((path) => listen(path, headers))));

    let open = await all();
    await give(allBut("notes.view"));
    await eventually(async () => expect(open.map((listener) => listener.closed)).toEqual([4401, 4401, 4401, 4401]), 5);
    open = await all();
    await org.call("POST", `/api/conversations/${id}/notes`, { content: `@[A](${agent.agentId}) psst` });
    await org.call("PATCH", `/api/conversations/${id}/tags`, { tags: ["after"] });
    await eventually(async () => {
      for (const { frames } of open) expect(frames.at(-1).type).toBe("conversation.tags_changed");
    });
    expect(JSON.stringify(open.map(({ frames }) => frames))).not.toContain("psst");

    await give(allBut("conversations.view_all"));
    await eventually(async () => expect(open.map((listener) => listener.closed)).toEqual([4401, 4401, 4401, 4401]), 5);
    for (const headers of ways) {
      const { status } = await door(places[1]!, { headers: { ...UPGRADE, ...headers } });
      expect(status).toBe(404);
      const inbox = await listen("/api/live?since=0", headers);
      await customerWrites(phoneNumberId, from, "for its agent only");
      const loose = phone();
      await customerWrites(phoneNumberId, loose, "for everybody");
      await eventually(async () => expect(JSON.stringify(inbox.frames)).toContain("for everybody"));
      expect(JSON.stringify(inbox.frames)).not.toContain("for its agent only");
    }

    await give([]);
    for (const headers of ways)
      for (const path of places) expect((await door(path, { headers: { ...UPGRADE, ...headers } })).status).toBe(403);
    await give(PERMISSIONS);
    open = await all();
    expect(open.map((listener) => listener.closed)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("a change that nobody was told of", () => {
  const inbox = () => env.INBOX.getByName(org.id) as unknown as DurableObjectStub<InboxObject>;
  const write = async (permissions: readonly Permission[]): Promise<void> => {
    await org.tenantDb
      .prepare("UPDATE roles SET permissions = ? WHERE org_id = ? AND id = ?")
      .bind(JSON.stringify(permissions), org.id, roleId)
      .run();
  };

  it("is found by the sweep of every minute, and by the call that is made again", async () => {
    const division = uuidV7(Date.now());
    const lose: [before: readonly Permission[], () => Promise<unknown>][] = [
      [PERMISSIONS, () => write(allBut("conversations.view"))],
      [PERMISSIONS, () => write(allBut("conversations.view_all"))],
      [PERMISSIONS, () => write(allBut("notes.view"))],
      [
        allBut("conversations.view_all"),
        () =>
          org.tenantDb
            .prepare("DELETE FROM division_agents WHERE org_id = ? AND division_id = ?")
            .bind(org.id, division)
            .run(),
      ],
    ];
    const { phoneNumberId } = await org.connect();
    const from = phone();
    await customerWrites(phoneNumberId, from);
    const { id } = await conversationWith(org, from);
    for (const path of ["/api/live", `/api/conversations/${id}/live`]) {
      await org.tenantDb
        .prepare("INSERT INTO division_agents (org_id, division_id, agent_id) VALUES (?, ?, ?)")
        .bind(org.id, division, agent.agentId)
        .run();
      for (const [before, change] of lose) {
        await give(before);
        const [theirs, admins] = [await listen(path, bearer(agent)), await listen(path, bearer(org))];
        await runDurableObjectAlarm(inbox());
        expect([theirs.closed, admins.closed]).toEqual([undefined, undefined]);
        await change();
        await runDurableObjectAlarm(inbox());
        await eventually(async () => expect([theirs.closed, admins.closed]).toEqual([4401, undefined]));
      }
    }
    await give(PERMISSIONS);
    const socket = await listen("/api/live", bearer(agent));
    await write(["conversations.view"]);
    await give(["conversations.view"]);
    await eventually(async () => expect(socket.closed).toBe(4401));
  });
});

describe("a key's scopes", () => {
  it("are what they share with its owner's rights of the moment", async () => {
    const scoped = await org.apiKey(agent.agentId, "full", ["contacts.view", "quick_replies.view"]);
    const may = async (): Promise<number[]> =>
      [
        await scoped.call("GET", "/api/contacts"),
        await scoped.call("GET", "/api/quick-replies"),
        await scoped.call("GET", "/api/agents"),
      ].map((a) => a.status);
    await give(PERMISSIONS);
    expect(await may()).toEqual([200, 200, 403]);
    await give(allBut("contacts.view"));
    expect(await may()).toEqual([403, 200, 403]);
    await give(["agents.view", "contacts.view", "developer.access"]);
    expect(await may()).toEqual([200, 403, 403]);
    await give(allBut("developer.access"));
    expect(await may()).toEqual([403, 403, 403]);
  });
});
