import fc from "fast-check";
import { expect } from "vitest";
import { hostile } from "../walks/hostile-words";
import { aboutConversation, type Ask, emptyPage, type Fixture, NOBODY } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** The customer's first. */
    messageId: string;
  }
}

export const messages: Fixture = {
  make: async ({ org, conversationId }) => {
    const { body } = await org.call("GET", `/api/conversations/${conversationId}/messages`);
    return { messageId: body.messages[0]._id };
  },
  recipes: {
    listMessages: {
      asks: (t) => [
        aboutConversation(t),
        aboutConversation(t, { query: { cursor: "f".repeat(24) } }),
        aboutConversation(t, { query: { around: t.messageId } }),
        aboutConversation(t, { query: { after: t.messageId } }),
        aboutConversation(t, { query: { activity: "true" } }),
      ],
      stranger: 404,
      mixed: (own, v) => [
        [aboutConversation(own, { query: { around: v.messageId } }), 404],
        [
          aboutConversation(own, { query: { after: v.messageId } }),
          ({ body }) =>
            expect(body.messages.every((one: any) => one.conversation_id === own.conversationId)).toBe(true),
        ],
      ],
      blind: 404,
    },
    sendMessage: {
      asks: (t) => [
        aboutConversation(t, { body: { type: "text", content: { text: "Not from you" } } }),
        aboutConversation(t, { body: { type: "text", content: { text: "Not from you" }, reply_to: t.messageId } }),
        aboutConversation(t, { body: { type: "template", content: { name: "hello", language: "en" } } }),
      ],
      stranger: 404,
      mixed: (own, v) => [
        [aboutConversation(own, { body: { type: "text", content: {}, quick_reply_id: v.quickReplyId } }), 422],
        [aboutConversation(v, { body: { type: "text", content: {}, quick_reply_id: own.quickReplyId } }), 404],
      ],
      blind: 404,
    },
    startConversation: {
      asks: (t) => [
        {
          body: {
            account_id: t.accountId,
            to: `+${t.customer}`,
            message: { type: "template", content: { name: "hello", language: "en" } },
          },
        },
      ],
      stranger: 404,
      blind: ({ status }) => expect([201, 404, 409]).toContain(status),
      mixed: (own, v) => {
        const hello = { type: "template", content: { name: "hello", language: "en" } };
        const reply = { type: "text", content: {}, quick_reply_id: v.quickReplyId };
        return [
          [{ body: { account_id: v.accountId, to: `+${own.customer}`, message: hello } }, 404],
          [{ body: { account_id: own.accountId, to: `+${own.customer}`, message: reply } }, 422],
        ];
      },
    },
    searchMessages: {
      asks: (t): Ask[] => [{ query: { q: t.marker } }, { query: { q: t.marker, conversation_id: t.conversationId } }],
      stranger: emptyPage,
      mixed: (_, v) => [[{ query: { q: "Where", conversation_id: v.conversationId } }, emptyPage]],
      blind: emptyPage,
    },
  },
  pool: (t) => ({
    "id Messages": [t.conversationId, NOBODY],
    reply_to: [t.messageId, "0".repeat(24)],
    around: [t.messageId, "0".repeat(24)],
    after: [t.messageId, "f".repeat(24)],
    cursor: [t.messageId, Buffer.from(`1.${t.messageId}`).toString("base64url"), "f".repeat(24)],
  }),
  together: (t) => ({
    startConversation: fc.constant({
      account_id: t.accountId,
      to: `+${t.customer}`,
      message: { type: "template", content: { name: "hello", language: "en" } },
    }),
    sendMessage: fc
      .oneof(
        hostile.filter((word) => word.trim() !== ""),
        fc.string({ minLength: 1 }),
      )
      .map((words) => ({ type: "text", content: { text: `.${words}`.slice(0, 4000) } })),
  }),
};
