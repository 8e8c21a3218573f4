import fc from "fast-check";
import { expect } from "vitest";
import { encodeCursor } from "../../src/kit/page";
import { type Answer, conversationWith, customerWrites, graph, phone } from "../harness";
import { aboutConversation, type Ask, emptyPage, type Fixture, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    customer: string;
    conversationId: string;
    contactId: string;
    bulkJobId: string;
  }
}

const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="),
  (c) => c.charCodeAt(0),
);

const noneSucceeded = ({ status, body }: Answer): void =>
  expect([status, body.succeeded, body.failed.map((f: any) => f.code)]).toEqual([
    200,
    [],
    body.failed.map(() => "conversation_not_found"),
  ]);

export const conversations: Fixture = {
  make: async ({ org, marker, ana, phoneNumberId, divisionId }) => {
    const customer = phone();
    await customerWrites(phoneNumberId, customer, `Where is ${marker}?`, { name: `Cus ${marker}` });
    const image = await graph.customers.uploadAsCustomer(PNG, "image/png");
    graph.customers.say({
      phoneNumberId,
      from: customer,
      message: { type: "image", image: { id: image, caption: `A picture of ${marker}` } },
    });
    await graph.settle();
    const { id, contact_id: contactId } = await conversationWith(org, customer);
    const moved = await org.call("POST", "/api/conversations/bulk", {
      conversation_ids: [id],
      action: "transfer",
      params: { to_agent_id: ana.agentId, to_division_id: divisionId },
    });
    if (moved.body.succeeded?.length !== 1) throw new Error(`transfer: ${JSON.stringify(moved.body)}`);
    await org.call("PATCH", `/api/conversations/${id}/tags`, { tags: [`tag-${marker}`] });
    const { body: job } = await org.call("POST", "/api/conversations/bulk-jobs", {
      filter: { tag: ["none"] },
      action: "add_tags",
      params: { tags: [marker] },
    });
    return { customer, conversationId: id, contactId, bulkJobId: job.id };
  },
  recipes: {
    listConversations: {
      asks: (t): Ask[] => [
        { query: { q: t.customer } },
        { query: { assigned_agent_id: t.ana.agentId } },
        { query: { division_id: t.divisionId } },
        { query: { account_id: t.accountId } },
        { query: { tag: `tag-${t.marker}` } },
        { query: { status: "open" } },
        {
          query: [
            ["status", "open"],
            ["status", "pending"],
            ["assigned_agent_id", "none"],
            ["assigned_agent_id", t.ana.agentId],
          ],
        },
        { query: { updated_since: "2020-01-01T00:00:00.000Z" } },
      ],
      stranger: ownOnly,
      mixed: (own, v) => [
        [{ query: { q: v.customer } }, emptyPage],
        [{ query: { q: v.marker } }, emptyPage],
        [{ query: { assigned_agent_id: v.ana.agentId } }, emptyPage],
        [{ query: { division_id: v.divisionId } }, emptyPage],
        [{ query: { account_id: v.accountId } }, emptyPage],
        [{ query: { tag: `tag-${v.marker}` } }, emptyPage],
        [
          {
            query: [
              ["tag", `tag-${v.marker}`],
              ["tag", `tag-${v.marker} 2`],
            ],
          },
          emptyPage,
        ],
        [
          {
            query: [
              ["division_id", own.divisionId],
              ["division_id", v.divisionId],
              ["assigned_agent_id", own.ana.agentId],
              ["assigned_agent_id", v.ana.agentId],
            ],
          },
          ownOnly,
        ],
        [{ query: { cursor: encodeCursor({ at: Date.now() + 1e6, id: v.conversationId }) } }, ownOnly],
      ],
      blind: emptyPage,
    },
    countConversations: {
      asks: () => [{}],
      stranger: ownOnly,
      blind: ({ body }) => expect([body.mine.total, body.all.total]).toEqual([0, 0]),
    },
    getConversation: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
    assignConversation: {
      asks: (t) => [
        aboutConversation(t, { body: { agent_id: null } }),
        aboutConversation(t, { body: { agent_id: t.bob.agentId } }),
      ],
      // His own agents are not the victim's either: whichever is looked at first, nothing is said of the conversation.
      stranger: ({ status }) => expect([404, 422]).toContain(status),
      mixed: (own, v) => [
        [aboutConversation(own, { body: { agent_id: v.ana.agentId } }), 422],
        [aboutConversation(v, { body: { agent_id: own.ana.agentId } }), 404],
        [aboutConversation(v, { body: { agent_id: null } }), 404],
      ],
      blind: 404,
    },
    setConversationStatus: {
      asks: (t) => [aboutConversation(t, { body: { status: "resolved" } })],
      stranger: 404,
      blind: 404,
    },
    readConversation: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
    unreadConversation: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
    expireConversations: {
      asks: () => [{}],
      stranger: ({ body }) => expect(body).toMatchObject({ expired: 0 }),
      blind: ({ body }) => expect(body).toMatchObject({ expired: 0 }),
    },
    setConversationTags: {
      asks: (t) => [aboutConversation(t, { body: { tags: ["theirs"] } })],
      stranger: 404,
      blind: 404,
    },
    takeoverConversation: { asks: (t) => [aboutConversation(t)], stranger: 404, blind: 404 },
    startBulkJob: {
      asks: () => [{ body: { filter: { tag: ["nobody has it"] }, action: "add_tags", params: { tags: ["mine"] } } }],
      stranger: ({ status }) => expect([202, 422]).toContain(status),
      blind: 202,
      mixed: (own, v) => [
        [{ body: { filter: {}, action: "assign", params: { agent_id: v.ana.agentId } } }, 422],
        [{ body: { filter: {}, action: "transfer", params: { to_agent_id: v.ana.agentId } } }, 422],
        [{ body: { filter: {}, action: "transfer", params: { to_division_id: v.divisionId } } }, 422],
        ...[
          { division_id: [v.divisionId] },
          { account_id: [own.accountId, v.accountId] },
          { assigned_agent_id: ["me", v.ana.agentId] },
        ].map((filter): [Ask, number] => [{ body: { filter, action: "resolve" } }, 422]),
      ],
      readKey: 403,
    },
    listBulkJobs: {
      asks: () => [{}],
      stranger: ownOnly,
      blind: ({ body }, v) => expect(JSON.stringify(body)).not.toContain(v.bulkJobId),
    },
    getBulkJob: { asks: (t) => [{ params: { id: t.bulkJobId } }], stranger: 404, blind: 404 },
    cancelBulkJob: { asks: (t) => [{ params: { id: t.bulkJobId } }], stranger: 404, blind: 404, readKey: 403 },
    bulkConversations: {
      asks: (t) =>
        [
          { action: "assign", params: { agent_id: t.bob.agentId } },
          { action: "unassign" },
          { action: "resolve" },
          { action: "reopen" },
          { action: "add_tags", params: { tags: ["theirs"] } },
          { action: "remove_tags", params: { tags: [`tag-${t.marker}`] } },
          { action: "mark_read" },
          { action: "mark_unread" },
          { action: "transfer", params: { to_agent_id: t.bob.agentId } },
          { action: "transfer", params: { to_division_id: t.divisionId } },
        ].map((action) => ({ body: { conversation_ids: [t.conversationId], ...action } })),
      // Either the conversation is not found, or the agent or the division that it should go to.
      stranger: (answer) => (answer.status === 422 ? undefined : noneSucceeded(answer)),
      mixed: (own, v) => [
        [
          {
            body: {
              conversation_ids: [own.conversationId, v.conversationId],
              action: "add_tags",
              params: { tags: ["both"] },
            },
          },
          ({ body }) =>
            expect(body).toEqual({
              succeeded: [own.conversationId],
              failed: [{ id: v.conversationId, code: "conversation_not_found" }],
            }),
        ],
        [{ body: { conversation_ids: [v.conversationId], action: "resolve" } }, noneSucceeded],
        [
          { body: { conversation_ids: [v.conversationId], action: "assign", params: { agent_id: own.ana.agentId } } },
          noneSucceeded,
        ],
        [
          { body: { conversation_ids: [own.conversationId], action: "assign", params: { agent_id: v.ana.agentId } } },
          422,
        ],
        [
          {
            body: {
              conversation_ids: [own.conversationId],
              action: "transfer",
              params: { to_agent_id: v.ana.agentId },
            },
          },
          422,
        ],
        [
          {
            body: {
              conversation_ids: [own.conversationId],
              action: "transfer",
              params: { to_division_id: v.divisionId },
            },
          },
          422,
        ],
        [
          {
            body: {
              conversation_ids: [own.conversationId],
              action: "transfer",
              params: { to_agent_id: own.ana.agentId, to_division_id: v.divisionId },
            },
          },
          422,
        ],
      ],
      blind: noneSucceeded,
      readKey: 403,
    },
  },
  endings: ["bulkConversations", "setConversationStatus"],
  pool: async (t) => {
    const { body: listed } = await t.org.call("GET", "/api/conversations?limit=1");
    const cursor = Buffer.from(`1795462599162.${NOBODY}`).toString("base64url");
    return {
      "id Conversations": [t.conversationId, NOBODY],
      "id getBulkJob": [t.bulkJobId, NOBODY],
      "id cancelBulkJob": [t.bulkJobId, NOBODY],
      conversation_ids: [t.conversationId, NOBODY],
      conversation_id: [t.conversationId, NOBODY],
      assigned_agent_id: [t.ana.agentId, NOBODY],
      cursor: [cursor, listed.next_cursor ?? cursor],
    };
  },
  together: () => ({ setConversationStatus: fc.constantFrom({ status: "open" }, { status: "resolved" }) }),
};
