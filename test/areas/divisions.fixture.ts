import { uuidV7 } from "../../src/kit/id";
import type { Org } from "../harness";
import { created, type Fixture, made, next, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    divisionId: string;
  }
}

export async function division(org: Org, name: string, agentIds: string[] = []): Promise<string> {
  const id = uuidV7(Date.now());
  await org.tenantDb.batch([
    org.tenantDb
      .prepare("INSERT INTO divisions (id, org_id, name, created_at, updated_at) VALUES (?, ?, ?, 0, 0)")
      .bind(id, org.id, name),
    ...agentIds.map((agentId) =>
      org.tenantDb
        .prepare("INSERT INTO division_agents (org_id, division_id, agent_id) VALUES (?, ?, ?)")
        .bind(org.id, id, agentId),
    ),
  ]);
  return id;
}

export const divisions: Fixture = {
  races: {
    updateDivision: async (org) => ({
      path: await made(org, "/api/divisions", { name: `raced ${next()}` }),
      body: { name: `raced ${next()}` },
      gone: "division_not_found",
    }),
  },
  make: async ({ org, marker, ana }) => ({ divisionId: await division(org, `Sales ${marker}`, [ana.agentId]) }),
  recipes: {
    listDivisions: { asks: () => [{}], stranger: ownOnly },
    createDivision: {
      asks: () => [{ body: { name: `division ${next()}`, allocation_method: "round_robin" } }],
      stranger: created,
    },
    getDivision: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
    deleteDivision: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
    updateDivision: {
      asks: (t) => [
        { params: { id: t.divisionId }, body: { name: `mine ${next()}`, allocation_method: "least_busy" } },
      ],
      stranger: 404,
    },
    listDivisionAgents: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
    addDivisionAgents: {
      asks: (t) => [{ params: { id: t.divisionId }, body: { agent_ids: [t.bob.agentId] } }],
      stranger: 404,
      mixed: (own, v) => [
        [{ params: { id: own.divisionId }, body: { agent_ids: [own.bob.agentId, v.bob.agentId] } }, 422],
        [{ params: { id: v.divisionId }, body: { agent_ids: [own.bob.agentId] } }, 404],
      ],
    },
    removeDivisionAgents: {
      asks: (t) => [{ params: { id: t.divisionId }, body: { agent_ids: [t.ana.agentId] } }],
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.divisionId }, body: { agent_ids: [v.ana.agentId] } }, ownOnly]],
    },
    getRoutingSettings: { asks: () => [{}], stranger: ownOnly },
    updateRoutingSettings: { asks: () => [{ body: { reopen_to: "last_agent" } }], stranger: ownOnly },
  },
  pool: (t) => ({ "id Divisions": [t.divisionId, NOBODY], division_id: [t.divisionId, NOBODY] }),
};
