import { expect } from "vitest";
import { type Ask, type Expected, type Fixture, ownOnly, type Recipe } from "./fixture";

const nothingHappened: Expected = ({ status, body }) =>
  expect([status, body.total.messages_received, body.total.conversations_assigned]).toEqual([200, 0, 0]);

export const analytics: Fixture = {
  recipes: {
    getAnalyticsOverview: { asks: () => [{}], stranger: ownOnly },
    getAnalyticsTrends: {
      asks: (t): Ask[] => [{}, { query: { agent_id: t.ana.agentId } }],
      stranger: ownOnly,
      mixed: (_, v) => [
        [{ query: { account_id: v.accountId } }, nothingHappened],
        [{ query: { agent_id: v.ana.agentId } }, nothingHappened],
        [{ query: { division_id: v.divisionId } }, nothingHappened],
      ],
    },
    getAgentAnalytics: { asks: () => [{}], stranger: ownOnly },
    getChannelAnalytics: { asks: () => [{}], stranger: ownOnly },
    getAnalyticsCsat: { asks: () => [{}], stranger: ownOnly },
    ...Object.fromEntries(
      ["getWhatsAppMessageAnalytics", "getWhatsAppConversationAnalytics", "getWhatsAppTemplateAnalytics"].map(
        (id): [string, Recipe] => [
          id,
          {
            asks: (t) => [{ query: { account_id: t.accountId } }],
            stranger: 404,
            mixed: (_, v) => [[{ query: { account_id: v.accountId } }, 404]],
          },
        ],
      ),
    ),
  },
};
