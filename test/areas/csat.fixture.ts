import { aboutConversation, type Fixture, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** The conversation's survey: sent, and not rated. */
    surveyId: string;
  }
}

export const csat: Fixture = {
  make: async ({ org, conversationId }) => {
    const { body } = await org.call("POST", `/api/conversations/${conversationId}/csat`);
    return { surveyId: body.id };
  },
  recipes: {
    getConversationCsat: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
    // Once a cycle, and this one has one: csat.test.ts has one that works.
    createCsatSurvey: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
    submitCsatRating: {
      asks: (t) => [{ params: { id: t.surveyId }, body: { rating: 1, comment: "Not from you" } }],
      stranger: 404,
      blind: 404,
    },
    getCsatSettings: { asks: () => [{}], stranger: ownOnly },
    updateCsatSettings: { asks: () => [{ body: { question: "How did we do?" } }], stranger: ownOnly },
    getCsatAnalytics: { asks: () => [{}, { query: { from: "2026-01-01", to: "2026-12-31" } }], stranger: ownOnly },
  },
  taken: ["createCsatSurvey"],
  pool: async (t) => {
    // Begins a new cycle, which has no survey yet.
    for (const status of ["resolved", "open"])
      await t.org.call("PATCH", `/api/conversations/${t.conversationId}/status`, { status });
    return { "id CSAT": [t.conversationId, NOBODY], "id submitCsatRating": [t.surveyId, NOBODY] };
  },
};
