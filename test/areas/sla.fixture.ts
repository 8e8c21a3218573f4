import type { Org } from "../harness";
import { aboutConversation, created, type Fixture, made, next, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** An SLA policy that is for nothing that is there. */
    policyId: string;
  }
}

export const policy = (org: Org, more: object = {}): Promise<string> =>
  made(org, "/api/sla/policies", { name: "P", first_response_time_secs: 60, resolution_time_secs: 600, ...more });

export const sla: Fixture = {
  races: {
    updateSlaPolicy: async (org) => ({ path: await policy(org), body: { name: "Q" }, gone: "sla_policy_not_found" }),
  },
  make: async ({ org, marker }) => {
    const { body } = await org.call("POST", "/api/sla/policies", {
      name: `policy ${marker}`,
      first_response_time_secs: 60,
      resolution_time_secs: 600,
      channel: "email",
    });
    return { policyId: body.id };
  },
  recipes: {
    listSlaPolicies: { asks: () => [{}], stranger: ownOnly },
    createSlaPolicy: {
      asks: () => [{ body: { name: `new ${next()}`, first_response_time_secs: 60, resolution_time_secs: 600 } }],
      stranger: created,
      mixed: (_, v) => [
        [
          {
            body: { name: "Mine", first_response_time_secs: 60, resolution_time_secs: 600, division_id: v.divisionId },
          },
          422,
        ],
      ],
    },
    updateSlaPolicy: {
      asks: (t) => [{ params: { id: t.policyId }, body: { priority: 7 } }],
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.policyId }, body: { division_id: v.divisionId } }, 422]],
    },
    deleteSlaPolicy: { asks: (t) => [{ params: { id: t.policyId } }], stranger: 404 },
    listSlaBreaches: { asks: (t) => [{ params: { id: t.policyId } }], stranger: 404 },
    getConversationSla: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
  },
  pool: (t) => ({ "id SLA": [t.policyId, NOBODY], "id getConversationSla": [t.conversationId, NOBODY] }),
};
