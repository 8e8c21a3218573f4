import fc from "fast-check";
import { expect } from "vitest";
import { aboutConversation, type Fixture, NOBODY } from "./fixture";

export const transfers: Fixture = {
  recipes: {
    transferConversation: {
      asks: (t) => [
        aboutConversation(t, { body: { to_division_id: t.divisionId, note: "theirs" } }),
        aboutConversation(t, { body: { to_agent_id: t.bob.agentId } }),
      ],
      // His own agents and divisions are not the victim's either: whichever is looked at first, nothing is said of the conversation.
      stranger: ({ status }) => expect([404, 422]).toContain(status),
      mixed: (own, v) => [
        [aboutConversation(own, { body: { to_agent_id: v.ana.agentId } }), 422],
        [aboutConversation(own, { body: { to_division_id: v.divisionId } }), 422],
        [aboutConversation(own, { body: { to_agent_id: own.ana.agentId, to_division_id: v.divisionId } }), 422],
        [aboutConversation(v, { body: { to_agent_id: own.ana.agentId } }), 404],
        [aboutConversation(v, { body: { to_division_id: own.divisionId } }), 404],
      ],
      blind: 404,
    },
    listConversationTransfers: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
  },
  pool: (t) => ({
    "id Transfers": [t.conversationId, NOBODY],
    to_agent_id: [t.ana.agentId, t.bob.agentId, NOBODY],
    to_division_id: [t.divisionId, NOBODY],
  }),
  together: (t) => ({
    transferConversation: fc.constantFrom(
      { to_agent_id: t.ana.agentId },
      { to_agent_id: t.bob.agentId },
      { to_division_id: t.divisionId },
    ),
  }),
};
