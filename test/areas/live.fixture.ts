import { aboutConversation, created, type Fixture, NOBODY } from "./fixture";

export const live: Fixture = {
  recipes: {
    createLiveTicket: { asks: () => [{}], stranger: created },
    openInboxSocket: { asks: () => [{}, { query: { since: "0" } }], stranger: 101 },
    openConversationSocket: {
      asks: (t) => [aboutConversation(t), aboutConversation(t, { query: { since: "0" } })],
      stranger: 404,
      blind: 404,
    },
  },
  pool: (t) => ({ "id Live": [t.conversationId, NOBODY] }),
};
