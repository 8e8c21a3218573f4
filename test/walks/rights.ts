import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetCredentials } from "../../src/areas/access/authenticate";
import type { Permission } from "../../src/domain/permissions";
import type { Tenant } from "../areas/fixture";
import { type Answer, type Caller, login } from "../harness";
import { agentWith, allBut, dump, tenant } from "../tenant";
import {
  isOperators,
  isPublic,
  named,
  needsRight,
  operations,
  recipes,
  shareOf,
  type WalkedOperation,
} from "./operations";
import { bearer, expectKeyRefused, expectRefused, judge, perform, rowsWritten } from "./perform";

/** The rights that a type of key has at most. */
const READS = /\.(view|view_all|search)$/;
const MESSAGING = /^(messages|media|conversations|contacts)\./;

/**
 * Rights, for a share of all operations. A refused call changes nothing: it writes no row, and each
 * block compares everything that is kept of the victim before and after.
 */
export function walkRights(shard: number, of: number): void {
  // Many calls in one test, and a machine that may be busy.
  vi.setConfig({ testTimeout: 60_000 });
  const guarded = shareOf(
    operations.filter((op) => !isPublic(op)),
    shard,
    of,
  );
  const ofTenant = guarded.filter((op) => !isOperators(op));

  let victim: Tenant;
  let stranger: Tenant;
  beforeAll(async () => {
    victim = await tenant();
    stranger = await tenant();
  }, 60_000);

  /** A block of tests that leaves the victim as it was when they begin, and when `finish` is done. */
  function untouched(
    name: string,
    prepare: () => Promise<void>,
    tests: () => void,
    finish: () => Promise<void> = async () => {},
  ): void {
    describe(`untouched: ${name}`, () => {
      let before: Record<string, unknown>;
      beforeAll(async () => {
        await prepare();
        before = await dump(victim);
      });
      tests();
      it("has changed nothing of the victim's", async () => {
        await finish();
        expect(await dump(victim)).toEqual(before);
      });
    });
  }

  it("a call that writes says how many rows, so that none means none", async () => {
    const written = await stranger.org.call("PATCH", `/api/contacts/${stranger.contactId}`, { name: "Another" });
    expect([written.status, rowsWritten(written) > 0]).toEqual([200, true]);
  });

  untouched(
    "nobody",
    async () => {},
    () => {
      it.each(named(guarded))("%s is closed", async (_, op) => {
        for (const ask of recipes[op.id]!.asks(victim))
          expectRefused(op, await perform(op, ask, {}), 401, "unauthenticated");
      });
    },
  );

  // Each with a session of its own: to log out is one of the things to try.
  let session: Caller;
  untouched(
    "the admin of another tenant",
    async () => void (session = await login(stranger.org.email)),
    () => {
      it.each(named(guarded))("%s", async (_, op) => {
        const recipe = recipes[op.id]!;
        const heardOf = (answer: Answer): void =>
          expect(JSON.stringify(answer.body), op.id).not.toContain(victim.marker);
        for (const ask of recipe.asks(victim)) {
          const answer = await perform(op, ask, bearer(session.token));
          judge(op, ask, answer, recipe.stranger, victim);
          if (answer.status >= 400) expect(rowsWritten(answer), op.id).toBe(0);
          heardOf(answer);
        }
        if (op.id === "logout") session = await login(stranger.org.email);
        for (const [ask, expected] of recipe.mixed?.(stranger, victim) ?? []) {
          const answer = await perform(op, ask, bearer(session.token));
          judge(op, ask, answer, expected, victim);
          if (answer.status >= 400) expect(rowsWritten(answer), op.id).toBe(0);
          if (!JSON.stringify(ask).includes(victim.marker)) heardOf(answer);
        }
      });

      it("has left no trace of the victim's in its own rows", async () => {
        const { control: _, ...own } = await dump(stranger);
        const text = JSON.stringify(own);
        const ids = Object.entries(victim).filter(([name]) => name.endsWith("Id"));
        expect(ids.length).toBeGreaterThan(5);
        for (const [name, id] of [...ids, ["ana", victim.ana.agentId]]) expect(text, name).not.toContain(id);
      });
    },
  );

  let agent: Caller & { email: string };
  const give = async (permissions: readonly Permission[]): Promise<void> => {
    await victim.org.tenantDb
      .prepare("UPDATE roles SET permissions = ?1 WHERE id = (SELECT role_id FROM agents WHERE id = ?2)")
      .bind(JSON.stringify(permissions), agent.agentId)
      .run();
    forgetCredentials();
  };
  const isRefusedWithoutRights = (op: WalkedOperation): boolean =>
    needsRight(op) || recipes[op.id]!.unprivileged === 403;
  untouched(
    "a missing permission",
    async () => void (agent = await agentWith(victim.org, [])),
    () => {
      it.each(named(ofTenant.filter(isRefusedWithoutRights)))("%s", async (_, op) => {
        await give(needsRight(op) ? allBut(op.permission) : []);
        for (const ask of recipes[op.id]!.asks(victim))
          expectRefused(op, await perform(op, ask, bearer(agent.token)), 403, "forbidden");
      });
    },
    () => give([]),
  );

  describe("no permission at all, and none needed", () => {
    beforeAll(async () => void (agent = await agentWith(victim.org, [])));

    it.each(named(ofTenant.filter((op) => !isRefusedWithoutRights(op))))("%s", async (_, op) => {
      const token = op.id === "logout" ? (await login(agent.email)).token : agent.token;
      for (const ask of recipes[op.id]!.asks(victim))
        judge(op, ask, await perform(op, ask, bearer(token)), recipes[op.id]!.unprivileged!, victim);
    });
  });

  let blind: Caller;
  untouched(
    "an agent who may not see the conversation",
    async () => void (blind = await agentWith(victim.org, allBut("conversations.view_all"))),
    () => {
      it.each(named(guarded.filter(({ id }) => recipes[id]!.blind !== undefined)))("%s", async (_, op) => {
        for (const ask of recipes[op.id]!.asks(victim)) {
          const answer = await perform(op, ask, bearer(blind.token));
          judge(op, ask, answer, recipes[op.id]!.blind!, victim);
          if (answer.status >= 400) expect(rowsWritten(answer), op.id).toBe(0);
        }
      });
    },
    // A job that finds nothing is the agent's own, and stays.
    async () =>
      void (await victim.org.tenantDb.prepare("DELETE FROM bulk_jobs WHERE agent_id = ?").bind(blind.agentId).run()),
  );

  describe.each(["read", "messaging"] as const)("an API key of type %s", (type) => {
    const allows = ({ permission }: WalkedOperation): boolean =>
      READS.test(permission) || (type === "messaging" && MESSAGING.test(permission));
    const isRefused = (op: WalkedOperation): boolean => needsRight(op) && !allows(op);
    const saysItself = (op: WalkedOperation): boolean =>
      !isRefused(op) && recipes[op.id]!.readKey !== undefined && (type === "read" || !needsRight(op));
    let key: Caller;

    untouched(
      "that is refused",
      async () => void (key = await victim.org.apiKey(victim.org.agentId, type)),
      () => {
        it.each(named(guarded.filter(isRefused)))("%s", async (_, op) => {
          for (const ask of recipes[op.id]!.asks(victim))
            expectKeyRefused(op, await perform(op, ask, { "x-api-key": key.token }), 403, "forbidden");
        });

        it.each(named(guarded.filter(saysItself)))("%s, as it says", async (_, op) => {
          for (const ask of recipes[op.id]!.asks(victim))
            judge(op, ask, await perform(op, ask, { "x-api-key": key.token }), recipes[op.id]!.readKey!, victim);
        });
      },
    );

    it("has a word of its own for every operation that changes something under a right to look", () => {
      const open = guarded.filter((op) => needsRight(op) && READS.test(op.permission) && op.method !== "get");
      // A ticket opens a socket, which only listens.
      const unsaid = open.filter((op) => recipes[op.id]!.readKey === undefined && op.id !== "createLiveTicket");
      expect(unsaid.map((op) => op.id)).toEqual([]);
    });

    it.each(named(guarded.filter((op) => needsRight(op) && allows(op) && !saysItself(op) && op.method === "get")))(
      "%s answers",
      async (_, op) => {
        for (const ask of recipes[op.id]!.asks(victim))
          expect((await perform(op, ask, { "x-api-key": key.token })).status, op.id).toBe(op.status);
      },
    );
  });

  let keys: { scoped: Caller; ofDeveloper: Caller; ofSuspended: Caller };
  untouched(
    "an API key",
    async () => {
      const developer = await agentWith(victim.org, ["developer.access", "contacts.view"]);
      const gone = await victim.org.agent("admin");
      keys = {
        scoped: await victim.org.apiKey(victim.org.agentId, "full", ["contacts.view"]),
        ofDeveloper: await victim.org.apiKey(developer.agentId, "full", ["agents.manage", "contacts.view"]),
        ofSuspended: await victim.org.apiKey(gone.agentId),
      };
      for (const key of Object.values(keys)) expect((await key.call("GET", "/api/contacts")).status).toBe(200);
      const suspended = await victim.org.call("PATCH", `/api/agents/${gone.agentId}`, { status: "suspended" });
      expect(suspended.status).toBe(200);
    },
    () => {
      const others = guarded.filter((op) => needsRight(op) && op.permission !== "contacts.view");
      it.each(named(others))("never has more than its scopes, nor more than its owner: %s", async (_, op) => {
        for (const key of [keys.scoped, keys.ofDeveloper]) {
          const answer = await perform(op, recipes[op.id]!.asks(victim)[0]!, { "x-api-key": key.token });
          expectKeyRefused(op, answer, 403, "forbidden");
        }
      });

      it.each(named(guarded))("of a suspended agent opens nothing: %s", async (_, op) => {
        for (const ask of recipes[op.id]!.asks(victim)) {
          const answer = await perform(op, ask, { "x-api-key": keys.ofSuspended.token });
          expectKeyRefused(op, answer, 401, "unauthenticated");
        }
      });
    },
  );
}
