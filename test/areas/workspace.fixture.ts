import { expect } from "vitest";
import { aboutConversation, type Fixture, made, next, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    savedViewId: string;
  }
}

const none = ({ status, body }: { status: number; body: unknown }): void => expect([status, body]).toEqual([200, []]);

export const workspace: Fixture = {
  make: async ({ org, marker }) => {
    const { body } = await org.call("POST", "/api/saved-views", { name: `View ${marker}`.slice(0, 60), filter: {} });
    return { savedViewId: body.id };
  },
  races: {
    updateSavedView: async (org) => ({
      path: await made(org, "/api/saved-views", { name: "Race", filter: {} }),
      body: { name: "N" },
      gone: "saved_view_not_found",
    }),
  },
  recipes: {
    listSavedViews: { asks: () => [{}], stranger: ownOnly, blind: none },
    createSavedView: {
      asks: (t) => [
        {
          body: {
            name: `New ${next()}`,
            filter: { status: ["open"], division_id: [t.divisionId], assigned_agent_id: ["me"], sort: "oldest" },
          },
        },
      ],
      stranger: ({ status }) => expect([201, 422]).toContain(status),
      readKey: 403,
    },
    updateSavedView: {
      asks: (t) => [{ params: { id: t.savedViewId }, body: { name: "Mine now" } }],
      stranger: 404,
      readKey: 403,
    },
    deleteSavedView: { asks: (t) => [{ params: { id: t.savedViewId } }], stranger: 404, readKey: 403 },
    saveDraft: {
      asks: (t) => [
        aboutConversation(t, { body: { kind: "reply", content: { text: "Not yet" }, version: next() } }),
        aboutConversation(t, { body: { kind: "note", content: null, version: next() } }),
      ],
      stranger: 404,
      blind: 404,
      readKey: 403,
    },
    listDrafts: {
      asks: (t) => [{}, { query: { conversation_id: t.conversationId } }],
      stranger: ownOnly,
      mixed: (_, v) => [[{ query: { conversation_id: v.conversationId } }, none]],
      blind: none,
    },
    getPreferences: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: ownOnly },
    updatePreferences: {
      asks: () => [{ body: { theme: "dark" } }],
      stranger: ownOnly,
      unprivileged: ownOnly,
      readKey: 403,
    },
  },
  pool: (t) => ({
    "id Workspace": [t.savedViewId, NOBODY],
    "id saveDraft": [t.conversationId, NOBODY],
  }),
};
