import { expect } from "vitest";
import { aboutConversation, type Ask, type Fixture, made, next, NOBODY, ownOnly, type Tenant } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    savedViewId: string;
  }
}

const none = ({ status, body }: { status: number; body: unknown }): void => expect([status, body]).toEqual([200, []]);

const foreignFilters = (v: Tenant): object[] => [
  { account_id: [v.accountId] },
  { division_id: [v.divisionId] },
  { assigned_agent_id: [v.ana.agentId] },
];

export const workspace: Fixture = {
  make: async ({ org, marker }) => {
    const { body } = await org.call("POST", "/api/saved-views", { name: `View ${marker}`.slice(0, 60), filter: {} });
    return { savedViewId: body.id };
  },
  races: {
    updateSavedView: async (org) => {
      const path = await made(org, "/api/saved-views", { name: "Race", filter: {} });
      return {
        path,
        body: { name: "N" },
        gone: "saved_view_not_found",
        // The log has nothing about views.
        remove: () => org.tenantDb.prepare("DELETE FROM saved_views WHERE id = ?").bind(path.split("/").at(-1)).run(),
      };
    },
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
      mixed: (_, v) => foreignFilters(v).map((filter): [Ask, number] => [{ body: { name: "Theirs", filter } }, 422]),
      readKey: 403,
    },
    updateSavedView: {
      asks: (t) => [{ params: { id: t.savedViewId }, body: { name: "Mine now" } }],
      stranger: 404,
      mixed: (own, v) =>
        foreignFilters(v).map((filter): [Ask, number] => [{ params: { id: own.savedViewId }, body: { filter } }, 422]),
      readKey: 403,
    },
    deleteSavedView: { asks: (t) => [{ params: { id: t.savedViewId } }], stranger: 404, readKey: 403 },
    saveDraft: {
      asks: (t) => [
        aboutConversation(t, { body: { kind: "reply", content: { text: "Not yet" }, version: next() } }),
        aboutConversation(t, { body: { kind: "note", content: null, version: next() } }),
      ],
      stranger: 404,
      // An id is kept as it was written, and says nothing: the file is looked up when the draft is sent.
      mixed: (own, v) => [
        [
          aboutConversation(own, {
            body: { kind: "reply", content: { text: "", media_ids: [v.mediaId] }, version: next() },
          }),
          200,
        ],
      ],
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
