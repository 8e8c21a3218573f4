import fc from "fast-check";
import { PASSWORD } from "../harness";
import { hostile } from "../walks/hostile-words";
import { type Fixture, newEmail, NOBODY, ownOnly } from "./fixture";

export const agents: Fixture = {
  races: {
    updateAgent: async (org) => ({
      path: `/api/agents/${(await org.agent()).agentId}`,
      body: { full_name: "B" },
      gone: "agent_not_found",
    }),
    setAgentOnline: async (org) => {
      const path = `/api/agents/${(await org.agent()).agentId}`;
      const to = { method: "PATCH", path: `${path}/status` };
      return { path, to, body: { is_online: true }, gone: "agent_not_found" };
    },
  },
  recipes: {
    listAgents: { asks: () => [{}], stranger: ownOnly },
    createAgent: {
      asks: (t) => [{ body: { email: t.ana.email, password: PASSWORD, full_name: "Twin" } }],
      // The address is taken, over all tenants.
      stranger: 409,
    },
    getAgent: { asks: (t) => [{ params: { id: t.ana.agentId } }], stranger: 404 },
    deleteAgent: { asks: (t) => [{ params: { id: t.ana.agentId } }], stranger: 404 },
    updateAgent: {
      asks: (t) =>
        [
          { full_name: "Mine now" },
          { password: "another-password" },
          { role: "admin" },
          { status: "suspended" },
          { capacity: 1 },
          { signature: "Mine now" },
          { email: newEmail() },
        ].map((body) => ({
          params: { id: t.ana.agentId },
          body,
        })),
      stranger: 404,
      unprivileged: 403,
      readKey: 403,
    },
    setAgentOnline: {
      asks: (t) => [{ params: { id: t.ana.agentId }, body: { is_online: true } }],
      stranger: 404,
      unprivileged: 403,
      readKey: 403,
    },
  },
  taken: ["createAgent"],
  pool: async (t) => {
    const other = await t.org.agent();
    return {
      // Not the caller: whoever suspends or deletes themselves ends the test.
      "id Agents": [other.agentId, NOBODY],
      agent_ids: [t.bob.agentId, other.agentId, NOBODY],
      agent_id: [t.ana.agentId, NOBODY],
    };
  },
  together: () => ({
    createAgent: fc.nat().map((n) => ({ email: `made-${n}@example.test`, password: "a-password", full_name: "Made" })),
    updateAgent: hostile.filter((word) => word.trim() !== "" && word.length <= 200).map((full_name) => ({ full_name })),
  }),
};
