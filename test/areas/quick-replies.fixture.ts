import fc from "fast-check";
import { csvOf } from "../walks/cases";
import { hostile } from "../walks/hostile-words";
import { type Ask, created, emptyPage, type Fixture, made, next, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    quickReplyId: string;
  }
}

export const quickReplies: Fixture = {
  races: {
    updateQuickReply: async (org) => ({
      path: await made(org, "/api/quick-replies", { title: "T", content: "C" }),
      body: { title: "U" },
      gone: "quick_reply_not_found",
    }),
  },
  make: async ({ org, marker }) => {
    const { body } = await org.call("POST", "/api/quick-replies", {
      title: `Reply ${marker}`,
      content: "Hello",
      shortcut: marker,
      category: marker,
    });
    return { quickReplyId: body.id };
  },
  recipes: {
    listQuickReplies: {
      asks: (t): Ask[] => [
        { query: { q: t.marker } },
        { query: { shortcut: t.marker } },
        { query: { category: t.marker } },
      ],
      stranger: emptyPage,
    },
    createQuickReply: {
      asks: () => [{ body: { title: "New", content: "Hello", shortcut: `new-${next()}` } }],
      stranger: created,
    },
    exportQuickReplies: { asks: () => [{}], stranger: ownOnly },
    importQuickReplies: {
      asks: () => [
        { body: "title,content,shortcut\nMine now,Mine now,/mine\n", headers: { "content-type": "text/csv" } },
      ],
      stranger: ownOnly,
    },
    updateQuickReply: {
      asks: (t) => [{ params: { id: t.quickReplyId }, body: { content: "Mine now" } }],
      stranger: 404,
    },
    deleteQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404 },
    // A key that only reads has the right by name, and yet changes nothing of its agent's.
    useQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404, readKey: 403 },
    addFavoriteQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404, readKey: 403 },
    removeFavoriteQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404, readKey: 403 },
  },
  pool: (t) => ({ "id Quick Replies": [t.quickReplyId, NOBODY], quick_reply_id: [t.quickReplyId, NOBODY] }),
  together: () => ({
    importQuickReplies: csvOf("title,content,shortcut,category"),
    createQuickReply: fc
      .tuple(
        hostile.filter((word) => /[\w]/.test(word) && word.length <= 200),
        fc.nat(),
      )
      .map(([words, n]) => ({
        title: `.${words}`.slice(0, 200).replaceAll("\u0000", ""),
        content: "Hello {{contact.name}}",
        shortcut: `made-${n}`,
      })),
    updateQuickReply: hostile
      .filter((word) => /[\w]/.test(word) && word.length <= 200 && !word.includes("\u0000"))
      .map((title) => ({ title })),
  }),
};
