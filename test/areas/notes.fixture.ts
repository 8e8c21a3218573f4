import { expect } from "vitest";
import { aboutConversation, type Fixture, NOBODY } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** A note of the admin's. */
    noteId: string;
  }
}

export const notes: Fixture = {
  make: async ({ org, marker, conversationId }) => {
    const { body } = await org.call("POST", `/api/conversations/${conversationId}/notes`, {
      content: `Note ${marker}`,
    });
    return { noteId: body.id };
  },
  recipes: {
    listNotes: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
    createNote: {
      asks: (t) => [
        aboutConversation(t, { body: { content: "Not from you" } }),
        aboutConversation(t, { body: { content: `@[Bob](${t.bob.agentId}) look` } }),
      ],
      // His own agents are not the victim's: whichever is looked at first.
      stranger: ({ status }) => expect([404, 422]).toContain(status),
      mixed: (own, v) => [
        [aboutConversation(own, { body: { content: `@[Ana](${v.ana.agentId}) look` } }), 422],
        [aboutConversation(v, { body: { content: "Look" } }), 404],
      ],
      blind: 404,
    },
    updateNote: {
      asks: (t) => [{ params: { id: t.conversationId, note_id: t.noteId }, body: { content: "Mine now" } }],
      stranger: 404,
      mixed: (own, v) => [
        [{ params: { id: own.conversationId, note_id: v.noteId }, body: { content: "Mine now" } }, 404],
        [{ params: { id: v.conversationId, note_id: own.noteId }, body: { content: "Mine now" } }, 404],
      ],
      blind: 404,
    },
    deleteNote: {
      asks: (t) => [{ params: { id: t.conversationId, note_id: t.noteId } }],
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.conversationId, note_id: v.noteId } }, 404]],
      blind: 404,
    },
  },
  pool: (t) => ({ "id Notes": [t.conversationId, NOBODY], note_id: [t.noteId, NOBODY] }),
};
