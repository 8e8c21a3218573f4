import { beforeAll, describe, expect, it, vi } from "vitest";
import { type Permission, PERMISSIONS } from "../../src/domain/permissions";
import { NOBODY } from "../areas/fixture";
import { type Answer, call, type Caller, type Org, organization } from "../harness";
import { expectProblem } from "../problem";
import { allBut } from "../tenant";
import { FULL } from "../volume";
import { isOfTenant, needsRight, operations, pathOf, shareOf, type WalkedOperation } from "./operations";
import { bearer, UPGRADE } from "./perform";

/**
 * Roles that tell all rights apart: for each bit of a right's index those that have it, and those that do not. For any two rights some
 * role has one and lacks the other, so an operation that needs a second right beside its own refuses somewhere where it should not.
 */
export function separatingRoles(rights: readonly Permission[]): [name: string, permissions: Permission[]][] {
  const bits = Math.ceil(Math.log2(rights.length));
  return Array.from({ length: bits }, (_, bit) => bit).flatMap((bit) => {
    const has = (_: Permission, index: number): boolean => ((index >> bit) & 1) === 1;
    return [
      [`bit ${bit} set`, rights.filter(has)],
      [`bit ${bit} clear`, rights.filter((right, index) => !has(right, index))],
    ] as [string, Permission[]][];
  });
}

/** Which operations roles of one's own open, for a share of all: those whose right the role has, and no others. */
export function walkRoles(shard: number, of: number): void {
  // Each role is tried with every operation.
  vi.setConfig({ testTimeout: 120_000 });
  // A logout ends the session that later calls need.
  const walked = shareOf(
    operations.filter((op) => op.id !== "logout" && isOfTenant(op)),
    shard,
    of,
  );
  /** Goes to an operation of something that does not exist, or with a body that says nothing: far enough to be refused, and no further. */
  const knock = (op: WalkedOperation, headers: Record<string, string>): Promise<Answer> =>
    call(
      op.method.toUpperCase(),
      pathOf(op, () => NOBODY),
      op.method === "get" ? undefined : {},
      { ...(op.isSocket && UPGRADE), ...headers },
    );

  async function refusals(headers: Record<string, string>): Promise<string[]> {
    const refused: string[] = [];
    for (const op of walked) {
      const answer = await knock(op, headers);
      const hint = `${op.id} ${JSON.stringify(answer.body)}`;
      expect(answer.status, hint).not.toBe(401);
      // A right that is needed and not declared.
      expect(answer.status, hint).toBeLessThan(500);
      if (answer.status === 403 && answer.body.code === "forbidden") refused.push(op.id);
    }
    return refused;
  }

  let org: Org;
  let roleId: string;
  let agent: Caller;
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
  const lacks = (permissions: readonly Permission[], right: string): boolean =>
    !permissions.includes(right as Permission);
  const closedTo = (permissions: readonly Permission[]): WalkedOperation[] =>
    walked.filter((op) => needsRight(op) && lacks(permissions, op.permission));
  /** Rights that only some calls need are not judged here: custom-roles.test.ts shows each. */
  const mayRefuse = (permissions: readonly Permission[]): WalkedOperation[] =>
    walked.filter((op) => op.alsoNeeds.some((right) => lacks(permissions, right)));

  async function opensItsOwn(permissions: readonly Permission[]): Promise<void> {
    await give(permissions);
    const [closed, may] = [idsOf(closedTo(permissions)), idsOf(mayRefuse(permissions))];
    const refused = await refusals(bearer(agent.token));
    expect(refused.filter((id) => closed.includes(id) || !may.includes(id))).toEqual(closed);
  }
  const idsOf = (list: readonly WalkedOperation[]): string[] => list.map((op) => op.id);

  describe("roles of half the rights", () => {
    it.each(separatingRoles(PERMISSIONS))("%s", async (_, permissions) => {
      await opensItsOwn(permissions);
    });

    // A role and its opposite: each right is missing once. Without this right no key works at all.
    it.each(separatingRoles(PERMISSIONS).slice(0, 2))("with a key, %s", async (_, half) => {
      const permissions: Permission[] = [...half, "developer.access"];
      await give(permissions);
      for (const op of closedTo(permissions))
        // A socket's ticket and a session's own affairs are refused to a key in other words.
        expectProblem(await knock(op, { "x-api-key": key.token }), 403, "forbidden", op.id);
    });

    it("with a key, without the right to use keys", async () => {
      await give(allBut("developer.access"));
      for (const op of walked) expectProblem(await knock(op, { "x-api-key": key.token }), 403, "forbidden", op.id);
    });
  });

  describe.skipIf(!FULL)("all rights but one", () => {
    it.each(PERMISSIONS)("%s", async (permission) => {
      await opensItsOwn(allBut(permission));
      for (const op of closedTo(allBut(permission)))
        expectProblem(await knock(op, { "x-api-key": key.token }), 403, "forbidden", op.id);
    });
  });

  it("no right at all opens only what is one's own", async () => {
    await opensItsOwn([]);
  });
}
