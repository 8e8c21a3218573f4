import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { TenantDatabase } from "../src/kit/database";
import { allOperations } from "../src/composition";
import { connected } from "./areas/integrations.fixture";
import type { Fixture } from "./areas/fixture";
import { fixtures } from "./areas/fixtures";
import { policy } from "./areas/sla.fixture";
import { type Org, organization } from "./harness";
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

/** Does something between the reads and the first write of the next call. Reads together are no `batch`, but `queryAll`. */
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

const RACES = Object.assign({}, ...fixtures.map(({ races }) => races ?? {})) as Required<Fixture>["races"];

it("has a case for every row that can be changed and deleted", async () => {
  const operations = await allOperations();
  const deleted = new Set(operations.filter((op) => op.method === "delete").map((op) => op.path));
  const changed = operations.filter((op) => op.method === "patch" && deleted.has(op.path));
  // A note is changed by its conversation's object, which does one thing at a time.
  expect(changed.map((op) => op.id).filter((id) => id !== "updateNote" && !(id in RACES))).toEqual([]);
});

const loggedOf = async (path: string): Promise<string[]> =>
  (await org.call("GET", `/api/activity-logs?limit=100`)).body.data
    .filter((row: any) => row.entity_id === path.split("/").at(-1))
    .map((row: any): string => row.action);

async function deleteRow(path: string): Promise<void> {
  const answer = await org.call("DELETE", path);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
}

it.each(Object.keys(RACES))("%s of a row that is deleted before the write answers 404", async (id) => {
  const { path, to = { method: "PATCH", path }, body, gone, remove } = await RACES[id]!(org);
  beforeTheWrite(remove ?? (() => deleteRow(path)));
  expectProblem(await org.call(to.method, to.path, body), 404, gone);
  const { status } = await org.call("GET", path);
  // 405: there is no operation that reads a single one.
  expect([404, 405]).toContain(status);
  expect((await loggedOf(path)).filter((action) => /\.(update|set_\w+)$/.test(action))).toEqual([]);
});

it.each(Object.keys(RACES))("a second deletion of what %s changes answers 404 and leads to nothing", async (id) => {
  const { path, gone, remove } = await RACES[id]!(org);
  if (remove) return;
  beforeTheWrite(() => deleteRow(path));
  expectProblem(await org.call("DELETE", path), 404, gone);
  expect((await loggedOf(path)).filter((action) => action.endsWith(".delete"))).toHaveLength(1);
});

it("does not delete a role, nor log it, that an agent gets before the write", async () => {
  const name = `kept ${crypto.randomUUID()}`;
  const made = await org.call("POST", "/api/roles", { name, permissions: [] });
  const path = `/api/roles/${made.body.id}`;
  beforeTheWrite(() => org.agent(name));
  expectProblem(await org.call("DELETE", path), 409, "role_in_use");
  expect((await org.call("GET", path)).status).toBe(200);
  expect(await loggedOf(path)).toEqual(["role.create"]);
});

it("leaves the default as it was, when what was to be the default is gone", async () => {
  const isDefault = async (path: string): Promise<boolean> =>
    (await org.call("GET", path.slice(0, path.lastIndexOf("/")))).body.find((row: any) => path.endsWith(row.id))
      .is_default;
  const [old, next] = [await policy(org, { is_default: true }), await policy(org)];
  beforeTheWrite(() => org.call("DELETE", next));
  expectProblem(await org.call("PATCH", next, { is_default: true }), 404, "sla_policy_not_found");
  expect(await isDefault(old)).toBe(true);

  const accounts = (await org.call("GET", "/api/integrations/accounts")).body;
  const first = accounts.find((row: any) => row.is_default).id;
  const other = await connected(org);
  beforeTheWrite(() => org.call("DELETE", other));
  expectProblem(await org.call("PATCH", other, { is_default: true }), 404, "integration_account_not_found");
  expect(await isDefault(`/api/integrations/accounts/${first}`)).toBe(true);
});

it("leaves no route of an account that was deleted meanwhile", async () => {
  const path = await connected(org);
  beforeTheWrite(() => org.call("DELETE", path));
  expectProblem(await org.call("PATCH", path, { is_active: false }), 404, "integration_account_not_found");
  const left = await env.CONTROL_DB.prepare("SELECT 1 FROM channel_routes WHERE account_id = ?")
    .bind(path.split("/").at(-1)!)
    .first();
  expect(left).toBeNull();
});
