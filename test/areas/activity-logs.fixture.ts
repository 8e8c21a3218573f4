import { type Ask, emptyPage, type Fixture, ownOnly } from "./fixture";

export const activityLogs: Fixture = {
  recipes: {
    listActivityLogs: {
      asks: (t): Ask[] => [
        {},
        { query: { actor_id: t.org.agentId } },
        { query: { entity_type: "conversation", entity_id: t.conversationId } },
      ],
      stranger: ownOnly,
      mixed: (_, v) => [
        [{ query: { actor_id: v.org.agentId } }, emptyPage],
        [
          {
            query: [
              ["actor_id", v.org.agentId],
              ["actor_id", v.ana.agentId],
            ],
          },
          emptyPage,
        ],
        [{ query: { entity_type: "conversation", entity_id: v.conversationId } }, emptyPage],
      ],
    },
  },
};
