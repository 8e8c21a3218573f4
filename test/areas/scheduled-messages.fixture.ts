import fc from "fast-check";
import { aboutConversation, type Fixture, NOBODY } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** Waits in the conversation; the admin's. */
    scheduledMessageId: string;
  }
}

export const scheduledMessages: Fixture = {
  make: async ({ org, marker, conversationId }) => {
    const { body } = await org.call("POST", `/api/conversations/${conversationId}/scheduled-messages`, {
      type: "text",
      content: { text: `Later, ${marker}` },
      scheduled_at: new Date(Date.now() + 360 * 86_400_000).toISOString(),
    });
    return { scheduledMessageId: body.id };
  },
  recipes: {
    scheduleMessage: {
      asks: (t) => [
        aboutConversation(t, {
          body: {
            type: "text",
            content: { text: "Not from you" },
            scheduled_at: new Date(Date.now() + 9e9).toISOString(),
          },
        }),
      ],
      stranger: 404,
      blind: 404,
    },
    listScheduledMessages: {
      asks: (t) => [aboutConversation(t), aboutConversation(t, { query: { status: "pending" } })],
      stranger: 404,
      blind: 404,
    },
    cancelScheduledMessage: { asks: (t) => [{ params: { id: t.scheduledMessageId } }], stranger: 404, blind: 404 },
  },
  pool: (t) => ({
    "id Scheduled Messages": [t.conversationId, NOBODY],
    "id cancelScheduledMessage": [t.scheduledMessageId, NOBODY],
  }),
  together: () => ({
    scheduleMessage: fc.integer({ min: 1, max: 365 }).map((days) => ({
      type: "text",
      content: { text: "Later" },
      scheduled_at: new Date(Date.now() + days * 86_400_000).toISOString(),
    })),
  }),
};
