import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { TenantDatabase } from "../src/kit/database";
import { allOperations } from "../src/composition";
import { conversationWith, customerWrites, type Org, organization, phone } from "./harness";
import { expectProblem } from "./problem";

/**
 * A change that was read before its row was deleted, and is written after it: it must not say that it was done, and leaves nothing. The row
 * goes at the moment of the write, so each case is the race itself and not one of many tries.
 */

let org: Org;
beforeAll(async () => {
  org = await organization();
});
afterEach(() => void vi.restoreAllMocks());

/** Does something between the reads and the first write of the next call. */
function beforeTheWrite(work: () => Promise<unknown>): void {
  // oxlint-disable-next-line typescript/unbound-method
  const original = TenantDatabase.prototype.batch;
  const spy = vi.spyOn(TenantDatabase.prototype, "batch").mockImplementation(async function (
    this: TenantDatabase,
    statements,
  ) {
    spy.mockRestore();
    await work();
    return original.call(this, statements);
  });
}

interface Case {
  path: string;
  body: unknown;
  /** Where the change is sent to, if not to the path itself. */
  to?: { method: string; path: string };
  gone: string;
  remove?: () => Promise<unknown>;
}

const made = async (path: string, body: unknown): Promise<string> => {
  const answer = await org.call("POST", path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return `${path}/${answer.body.id}`;
};
const policy = (more: object = {}): Promise<string> =>
  made("/api/sla/policies", { name: "P", first_response_time_secs: 60, resolution_time_secs: 600, ...more });
const account = async (): Promise<string> => `/api/integrations/accounts/${(await org.connect()).id}`;
const agent = async (): Promise<string> => `/api/agents/${(await org.agent()).agentId}`;

const CASES: Record<string, () => Promise<Case>> = {
  updateDivision: async () => ({
    path: await made("/api/divisions", { name: "D" }),
    body: { name: "E" },
    gone: "division_not_found",
  }),
  updateRole: async () => ({
    path: await made("/api/roles", { name: "raced", permissions: [] }),
    body: { permissions: ["contacts.view"] },
    gone: "role_not_found",
  }),
  updateQuickReply: async () => ({
    path: await made("/api/quick-replies", { title: "T", content: "C" }),
    body: { title: "U" },
    gone: "quick_reply_not_found",
  }),
  updateSlaPolicy: async () => ({ path: await policy(), body: { name: "Q" }, gone: "sla_policy_not_found" }),
  updateIntegrationAccount: async () => ({
    path: await account(),
    body: { display_name: "Shop 2" },
    gone: "integration_account_not_found",
  }),
  setDefaultIntegrationAccount: async () => {
    await account();
    const path = await account();
    return {
      path,
      to: { method: "POST", path: `${path}/default` },
      body: undefined,
      gone: "integration_account_not_found",
    };
  },
  updateAgent: async () => ({ path: await agent(), body: { full_name: "B" }, gone: "agent_not_found" }),
  setAgentOnline: async () => {
    const path = await agent();
    return {
      path,
      to: { method: "PATCH", path: `${path}/status` },
      body: { is_online: true },
      gone: "agent_not_found",
    };
  },
  updateContact: async () => {
    const { phoneNumberId } = await org.connect();
    const from = phone();
    await customerWrites(phoneNumberId, from);
    const { contact_id: id } = await conversationWith(org, from);
    return {
      path: `/api/contacts/${id}`,
      body: { name: "N" },
      gone: "contact_not_found",
      // No operation deletes contacts.
      remove: () => org.tenantDb.prepare("DELETE FROM contacts WHERE org_id = ? AND id = ?").bind(org.id, id).run(),
    };
  },
};

it("has a case for every row that can be changed and deleted", async () => {
  const operations = await allOperations();
  const deleted = new Set(operations.filter((op) => op.method === "delete").map((op) => op.path));
  const changed = operations.filter((op) => op.method === "patch" && deleted.has(op.path));
  // A note is changed by its conversation's object, which does one thing at a time.
  expect(changed.map((op) => op.id).filter((id) => id !== "updateNote" && !(id in CASES))).toEqual([]);
});

it.each(Object.keys(CASES))("%s of a row that is deleted before the write answers 404", async (id) => {
  const { path, to = { method: "PATCH", path }, body, gone, remove } = await CASES[id]!();
  const entityId = path.split("/").at(-1)!;
  const logged = async (): Promise<string[]> =>
    (await org.call("GET", `/api/activity-logs?limit=100`)).body.data
      .filter((row: any) => row.entity_id === entityId)
      .map((row: any): string => row.action);
  beforeTheWrite(
    remove ??
      (async () => {
        const answer = await org.call("DELETE", path);
        expect(answer.status, JSON.stringify(answer.body)).toBe(200);
      }),
  );
  expectProblem(await org.call(to.method, to.path, body), 404, gone);
  expectProblem(await org.call("GET", path), path.includes("policies") || path.includes("quick") ? 405 : 404);
  expect((await logged()).filter((action) => /\.(update|set_\w+)$/.test(action))).toEqual([]);
});

it("leaves the default as it was, when what was to be the default is gone", async () => {
  const isDefault = async (path: string): Promise<boolean> =>
    (await org.call("GET", path.slice(0, path.lastIndexOf("/")))).body.find((row: any) => path.endsWith(row.id))
      .is_default;
  const [old, next] = [await policy({ is_default: true }), await policy()];
  beforeTheWrite(() => org.call("DELETE", next));
  expectProblem(await org.call("PATCH", next, { is_default: true }), 404, "sla_policy_not_found");
  expect(await isDefault(old)).toBe(true);

  const accounts = (await org.call("GET", "/api/integrations/accounts")).body;
  const first = accounts.find((row: any) => row.is_default).id;
  const other = await account();
  beforeTheWrite(() => org.call("DELETE", other));
  expectProblem(await org.call("PATCH", other, { is_default: true }), 404, "integration_account_not_found");
  expect(await isDefault(`/api/integrations/accounts/${first}`)).toBe(true);
});

it("leaves no route of an account that was deleted meanwhile", async () => {
  const path = await account();
  beforeTheWrite(() => org.call("DELETE", path));
  expectProblem(await org.call("PATCH", path, { is_active: false }), 404, "integration_account_not_found");
  const left = await env.CONTROL_DB.prepare("SELECT 1 FROM channel_routes WHERE account_id = ?")
    .bind(path.split("/").at(-1)!)
    .first();
  expect(left).toBeNull();
});
