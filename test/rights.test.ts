import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { forgetCredentials } from "../src/areas/access/authenticate";
import { clock } from "../src/kit/clock";
import { encodeCursor } from "../src/kit/page";
import { isPermission, type Permission } from "../src/domain/permissions";
import { allOperations } from "../src/composition";
import {
  type Answer,
  call,
  type Caller,
  customerWrites,
  door,
  eventually,
  graph,
  login,
  ORIGIN,
  PASSWORD,
  phone,
} from "./harness";
import { expectProblem } from "./problem";
import { agentWith, allBut, atRest, dump, type Tenant, tenant } from "./tenant";

const operations = await allOperations();

/**
 * Who may do what, for every operation that there is: an operation without a recipe fails the suite, and so does a new field that
 * takes an id and is not tried with another tenant's. Whoever is refused has changed nothing.
 */

// Many calls in one test, and a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

type Operation = (typeof operations)[number];
type Expected = number | ((answer: Answer, victim: Tenant) => void);

interface Ask {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Recipe {
  /** What somebody of the tenant would ask, of the tenant's things. */
  asks(t: Tenant): Ask[];
  /** What the admin of another tenant hears who asks the same. */
  stranger: Expected;
  /** The other tenant's admin asks of his own things, with an id of the victim's in the query or the body. */
  mixed?(own: Tenant, victim: Tenant): [Ask, Expected][];
  /** What an agent hears who may not see the conversation; left out where the operation is not about one. */
  blind?: Expected;
  /** What an agent hears who has no right beyond being signed in; for operations that need no permission by name. */
  unprivileged?: Expected;
  /** What an admin's key of type `read` hears, where the permission alone does not say it. */
  readKey?: Expected;
}

const emptyPage: Expected = ({ status, body }) => expect([status, body.data]).toEqual([200, []]);
const ownOnly: Expected = ({ status }) => expect(status).toBe(200);
const nothingHappened: Expected = ({ status, body }) =>
  expect([status, body.total.messages_received, body.total.conversations_assigned]).toEqual([200, 0, 0]);
const created: Expected = ({ status }) => expect(status).toBe(201);
const noneSucceeded = ({ status, body }: Answer): void =>
  expect([status, body.succeeded, body.failed.map((f: any) => f.code)]).toEqual([
    200,
    [],
    body.failed.map(() => "conversation_not_found"),
  ]);
const conversation = (t: Tenant, more: Ask = {}): Ask => ({ params: { id: t.conversationId }, ...more });
const upload: Ask = {
  body: '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nHello\r\n--x--',
  headers: { "content-type": "multipart/form-data; boundary=x" },
};
const someDate = "2020-01-01T00:00:00.000Z";
let n = 0;
const email = (): string => `new-${Date.now()}-${n++}@example.test`;
const number = (): string => String(Math.floor(1e14 + Math.random() * 8e14));
const account = (phoneNumberId: string, more: object = {}) => ({
  channel: "whatsapp",
  display_name: "Mine",
  config: { phone_number_id: phoneNumberId, waba_id: "123456789", access_token: "token-of-a-stranger" },
  ...more,
});

const RECIPES: Record<string, Recipe> = {
  getProfile: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: ownOnly },
  logout: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: 403 },
  issueToken: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: 401 },

  listConversations: {
    asks: (t): Ask[] => [
      { query: { q: t.customer } },
      { query: { assigned_agent_id: t.ana.agentId } },
      { query: { division_id: t.divisionId } },
      { query: { tag: `tag-${t.marker}` } },
      { query: { status: "open" } },
      { query: { updated_since: someDate } },
    ],
    stranger: ownOnly,
    mixed: (_, v) => [
      [{ query: { q: v.customer } }, emptyPage],
      [{ query: { q: v.marker } }, emptyPage],
      [{ query: { assigned_agent_id: v.ana.agentId } }, emptyPage],
      [{ query: { division_id: v.divisionId } }, emptyPage],
      [{ query: { tag: `tag-${v.marker}` } }, emptyPage],
      [{ query: { cursor: encodeCursor({ at: Date.now() + 1e6, id: v.conversationId }) } }, ownOnly],
    ],
    blind: emptyPage,
  },
  getConversation: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },
  assignConversation: {
    asks: (t) => [
      conversation(t, { body: { agent_id: null } }),
      conversation(t, { body: { agent_id: t.bob.agentId } }),
    ],
    // His own agents are not the victim's either: whichever is looked at first, nothing is said of the conversation.
    stranger: ({ status }) => expect([404, 422]).toContain(status),
    mixed: (own, v) => [
      [conversation(own, { body: { agent_id: v.ana.agentId } }), 422],
      [conversation(v, { body: { agent_id: own.ana.agentId } }), 404],
      [conversation(v, { body: { agent_id: null } }), 404],
    ],
    blind: 404,
  },
  setConversationStatus: {
    asks: (t) => [conversation(t, { body: { status: "resolved" } })],
    stranger: 404,
    blind: 404,
  },
  readConversation: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },
  expireConversations: {
    asks: () => [{}],
    stranger: ({ body }) => expect(body).toMatchObject({ expired: 0 }),
    blind: ({ body }) => expect(body).toMatchObject({ expired: 0 }),
  },
  setConversationTags: { asks: (t) => [conversation(t, { body: { tags: ["theirs"] } })], stranger: 404, blind: 404 },
  takeoverConversation: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },
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
          body: { conversation_ids: [own.conversationId], action: "transfer", params: { to_agent_id: v.ana.agentId } },
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

  listMessages: {
    asks: (t) => [conversation(t), conversation(t, { query: { cursor: "f".repeat(24) } })],
    stranger: 404,
    blind: 404,
  },
  sendMessage: {
    asks: (t) => [
      conversation(t, { body: { type: "text", content: { text: "Not from you" } } }),
      conversation(t, { body: { type: "text", content: { text: "Not from you" }, reply_to: t.messageId } }),
      conversation(t, { body: { type: "template", content: { name: "hello", language: "en" } } }),
    ],
    stranger: 404,
    mixed: (own, v) => [
      [conversation(own, { body: { type: "text", content: {}, quick_reply_id: v.quickReplyId } }), 422],
      [conversation(v, { body: { type: "text", content: {}, quick_reply_id: own.quickReplyId } }), 404],
    ],
    blind: 404,
  },
  scheduleMessage: {
    asks: (t) => [
      conversation(t, {
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
    asks: (t) => [conversation(t), conversation(t, { query: { status: "pending" } })],
    stranger: 404,
    blind: 404,
  },
  cancelScheduledMessage: { asks: (t) => [{ params: { id: t.scheduledMessageId } }], stranger: 404, blind: 404 },
  getConversationCsat: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },
  // Once a cycle, and this one has one: what works is in csat.test.ts.
  createCsatSurvey: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },
  submitCsatRating: {
    asks: (t) => [{ params: { id: t.surveyId }, body: { rating: 1, comment: "Not from you" } }],
    stranger: 404,
    blind: 404,
  },
  getCsatAnalytics: { asks: () => [{}, { query: { from: "2026-01-01", to: "2026-12-31" } }], stranger: ownOnly },
  searchMessages: {
    asks: (t): Ask[] => [{ query: { q: t.marker } }, { query: { q: t.marker, conversation_id: t.conversationId } }],
    stranger: emptyPage,
    mixed: (_, v) => [[{ query: { q: "Where", conversation_id: v.conversationId } }, emptyPage]],
    blind: emptyPage,
  },

  listNotes: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },
  createNote: {
    asks: (t) => [
      conversation(t, { body: { content: "Not from you" } }),
      conversation(t, { body: { content: `@[Bob](${t.bob.agentId}) look` } }),
    ],
    // His own agents are not the victim's: whichever is looked at first.
    stranger: ({ status }) => expect([404, 422]).toContain(status),
    mixed: (own, v) => [
      [conversation(own, { body: { content: `@[Ana](${v.ana.agentId}) look` } }), 422],
      [conversation(v, { body: { content: "Look" } }), 404],
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

  listContacts: { asks: (t) => [{ query: { q: t.customer } }, { query: { q: t.marker } }], stranger: emptyPage },
  getContact: { asks: (t) => [{ params: { id: t.contactId } }], stranger: 404 },
  updateContact: {
    asks: (t) => [{ params: { id: t.contactId }, body: { name: "Mine now", tags: ["theirs"], email: email() } }],
    stranger: 404,
  },
  listContactConversations: { asks: (t) => [{ params: { id: t.contactId } }], stranger: 404, blind: emptyPage },

  listQuickReplies: {
    asks: (t): Ask[] => [
      { query: { q: t.marker } },
      { query: { shortcut: t.marker } },
      { query: { category: t.marker } },
    ],
    stranger: emptyPage,
  },
  createQuickReply: {
    asks: () => [{ body: { title: "New", content: "Hello", shortcut: `new-${n++}` } }],
    stranger: created,
  },
  exportQuickReplies: { asks: () => [{}], stranger: ownOnly },
  importQuickReplies: {
    asks: () => [
      { body: "title,content,shortcut\nMine now,Mine now,/mine\n", headers: { "content-type": "text/csv" } },
    ],
    stranger: ownOnly,
  },
  updateQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId }, body: { content: "Mine now" } }], stranger: 404 },
  deleteQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404 },
  // A key that only reads has the right by name, and yet changes nothing of its agent's.
  useQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404, readKey: 403 },
  addFavoriteQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404, readKey: 403 },
  removeFavoriteQuickReply: { asks: (t) => [{ params: { id: t.quickReplyId } }], stranger: 404, readKey: 403 },

  listAgents: { asks: () => [{}], stranger: ownOnly },
  createAgent: {
    asks: (t) => [{ body: { email: t.ana.email, password: PASSWORD, full_name: "Twin" } }],
    // The address is taken, over all tenants.
    stranger: 409,
  },
  getAgent: { asks: (t) => [{ params: { id: t.ana.agentId } }], stranger: 404 },
  deleteAgent: { asks: (t) => [{ params: { id: t.ana.agentId } }], stranger: 404 },
  updateAgent: {
    asks: (t) =>
      [
        { full_name: "Mine now" },
        { password: "another-password" },
        { role: "admin" },
        { status: "suspended" },
        { capacity: 1 },
        { email: email() },
      ].map((body) => ({
        params: { id: t.ana.agentId },
        body,
      })),
    stranger: 404,
    unprivileged: 403,
    readKey: 403,
  },
  setAgentOnline: {
    asks: (t) => [{ params: { id: t.ana.agentId }, body: { is_online: true } }],
    stranger: 404,
    unprivileged: 403,
    readKey: 403,
  },

  listDivisions: { asks: () => [{}], stranger: ownOnly },
  createDivision: {
    asks: () => [{ body: { name: `division ${n++}`, allocation_method: "round_robin" } }],
    stranger: created,
  },
  getDivision: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
  deleteDivision: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
  updateDivision: {
    asks: (t) => [{ params: { id: t.divisionId }, body: { name: `mine ${n++}`, allocation_method: "least_busy" } }],
    stranger: 404,
  },
  listDivisionAgents: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
  addDivisionAgents: {
    asks: (t) => [{ params: { id: t.divisionId }, body: { agent_ids: [t.bob.agentId] } }],
    stranger: 404,
    mixed: (own, v) => [
      [{ params: { id: own.divisionId }, body: { agent_ids: [own.bob.agentId, v.bob.agentId] } }, 422],
      [{ params: { id: v.divisionId }, body: { agent_ids: [own.bob.agentId] } }, 404],
    ],
  },
  removeDivisionAgents: {
    asks: (t) => [{ params: { id: t.divisionId }, body: { agent_ids: [t.ana.agentId] } }],
    stranger: 404,
    mixed: (own, v) => [[{ params: { id: own.divisionId }, body: { agent_ids: [v.ana.agentId] } }, ownOnly]],
  },

  transferConversation: {
    asks: (t) => [
      conversation(t, { body: { to_division_id: t.divisionId, note: "theirs" } }),
      conversation(t, { body: { to_agent_id: t.bob.agentId } }),
    ],
    // His own agents and divisions are not the victim's either: whichever is looked at first, nothing is said of the conversation.
    stranger: ({ status }) => expect([404, 422]).toContain(status),
    mixed: (own, v) => [
      [conversation(own, { body: { to_agent_id: v.ana.agentId } }), 422],
      [conversation(own, { body: { to_division_id: v.divisionId } }), 422],
      [conversation(own, { body: { to_agent_id: own.ana.agentId, to_division_id: v.divisionId } }), 422],
      [conversation(v, { body: { to_agent_id: own.ana.agentId } }), 404],
      [conversation(v, { body: { to_division_id: own.divisionId } }), 404],
    ],
    blind: 404,
  },
  listConversationTransfers: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },

  listRoles: { asks: () => [{}], stranger: ownOnly },
  createRole: { asks: () => [{ body: { name: `new role ${n++}`, permissions: [] } }], stranger: created },
  getRole: { asks: (t) => [{ params: { id: t.roleId } }], stranger: 404 },
  deleteRole: { asks: (t) => [{ params: { id: t.roleId } }], stranger: 404 },
  updateRole: {
    asks: (t) => [{ params: { id: t.roleId }, body: { name: `mine ${n++}`, permissions: [] } }],
    stranger: 404,
  },
  listPermissions: { asks: () => [{}], stranger: ownOnly },

  listApiKeys: {
    asks: () => [{}],
    stranger: ownOnly,
    mixed: (_, v) => [
      [{ query: { agent_id: v.org.agentId } }, ({ status, body }) => expect([status, body]).toEqual([200, []])],
    ],
    unprivileged: ({ status, body }) => expect([status, body]).toEqual([200, []]),
    readKey: 403,
  },
  createApiKey: { asks: () => [{ body: { name: "mine", key_type: "full" } }], stranger: created },
  revokeApiKey: { asks: (t) => [{ params: { id: t.keyId } }], stranger: 404, unprivileged: 404, readKey: 403 },

  listActivityLogs: {
    asks: (t): Ask[] => [
      {},
      { query: { actor_id: t.org.agentId } },
      { query: { entity_type: "conversation", entity_id: t.conversationId } },
    ],
    stranger: ownOnly,
    mixed: (_, v) => [
      [{ query: { actor_id: v.org.agentId } }, emptyPage],
      [{ query: { entity_type: "conversation", entity_id: v.conversationId } }, emptyPage],
    ],
  },

  listSlaPolicies: { asks: () => [{}], stranger: ownOnly },
  createSlaPolicy: {
    asks: () => [{ body: { name: `new ${n++}`, first_response_time_secs: 60, resolution_time_secs: 600 } }],
    stranger: created,
    mixed: (_, v) => [
      [
        { body: { name: "Mine", first_response_time_secs: 60, resolution_time_secs: 600, division_id: v.divisionId } },
        422,
      ],
    ],
  },
  updateSlaPolicy: {
    asks: (t) => [{ params: { id: t.policyId }, body: { priority: 7 } }],
    stranger: 404,
    mixed: (own, v) => [[{ params: { id: own.policyId }, body: { division_id: v.divisionId } }, 422]],
  },
  deleteSlaPolicy: { asks: (t) => [{ params: { id: t.policyId } }], stranger: 404 },
  listSlaBreaches: { asks: (t) => [{ params: { id: t.policyId } }], stranger: 404 },
  getConversationSla: { asks: (t) => [conversation(t)], stranger: 404, blind: 404 },
  listChatExpirationRules: { asks: () => [{}], stranger: ownOnly },
  setChatExpirationRule: {
    asks: () => [{ params: { channel: "whatsapp" }, body: { window_hours: 24 } }],
    stranger: ownOnly,
  },
  listWorkingHours: { asks: () => [{}], stranger: ownOnly },
  setWorkingHours: {
    asks: () => [{ body: [{ day_of_week: 1, start_time: "09:00", end_time: "17:00" }] }],
    stranger: ownOnly,
  },
  listDivisionWorkingHours: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
  setDivisionWorkingHours: {
    asks: (t) => [{ params: { id: t.divisionId }, body: [{ day_of_week: 1, start_time: "09:00", end_time: "17:00" }] }],
    stranger: 404,
  },
  deleteDivisionWorkingHours: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
  getTimezone: { asks: () => [{}], stranger: ownOnly },
  setTimezone: { asks: () => [{ body: { timezone: "Asia/Jakarta" } }], stranger: ownOnly },

  uploadMedia: { asks: () => [upload], stranger: created },
  uploadPublicMedia: { asks: () => [upload], stranger: created },
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

  getMedia: { asks: (t) => [{ params: { id: t.mediaId } }], stranger: 404, blind: 404 },

  listIntegrationAccounts: { asks: () => [{}, { query: { channel: "whatsapp" } }], stranger: ownOnly },
  createIntegrationAccount: {
    asks: (t) => [
      { body: account(t.phoneNumberId) },
      { body: account(t.phoneNumberId, { is_default: true, account_key: `wa-${t.phoneNumberId}` }) },
    ],
    // Somebody has this number; that is all.
    stranger: 409,
    mixed: (_, v) => [[{ body: account(number(), { division_id: v.divisionId }) }, 422]],
  },
  getIntegrationAccount: { asks: (t) => [{ params: { id: t.accountId } }], stranger: 404 },
  deleteIntegrationAccount: { asks: (t) => [{ params: { id: t.accountId } }], stranger: 404 },
  updateIntegrationAccount: {
    asks: (t) =>
      [{ display_name: "Mine now" }, { is_active: false }, { config: { access_token: "mine-now-mine-now" } }].map(
        (body) => ({
          params: { id: t.accountId },
          body,
        }),
      ),
    stranger: 404,
    mixed: (own, v) => [[{ params: { id: own.accountId }, body: { division_id: v.divisionId } }, 422]],
  },
  setDefaultIntegrationAccount: { asks: (t) => [{ params: { id: t.accountId } }], stranger: 404 },

  createLiveTicket: { asks: () => [{}], stranger: created },
  openInboxSocket: { asks: () => [{}, { query: { since: "0" } }], stranger: 101 },
  openConversationSocket: {
    asks: (t) => [conversation(t), conversation(t, { query: { since: "0" } })],
    stranger: 404,
    blind: 404,
  },

  listDeadLetters: { asks: () => [{}], stranger: 401 },
  replayDeadLetters: { asks: () => [{ body: {} }, { body: { ids: ["a-dead-letter"] } }], stranger: 401 },
  listParkedUpdates: { asks: () => [{}], stranger: 401 },
  listSweeps: { asks: () => [{}], stranger: 401 },
};

/** What needs no credential at all, and why. */
const PUBLIC: Record<string, string> = {
  login: "this is where one gets it",
  register: "nobody is there yet",
  verifyMetaWebhook: "proves itself by a token: hostile.test.ts",
  receiveMetaWebhook: "proves itself by a signature: hostile.test.ts",
  openFile: "the link is the proof: uploads.test.ts",
  health: "says nothing of anybody",
  getWorkingHoursStatus: "says what stands on the shop's door",
};

const guarded = operations.filter((op) => !(op.id in PUBLIC));
const each = guarded.map((op) => [op.id, op] as const);
const UPGRADE = { upgrade: "websocket" };

async function perform(op: Operation, ask: Ask, headers: Record<string, string>): Promise<Answer> {
  const path =
    op.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ask.params![name]!) +
    (ask.query ? `?${new URLSearchParams(ask.query).toString()}` : "");
  return call(op.method.toUpperCase(), path, ask.body, {
    ...(op.status === 101 && UPGRADE),
    ...ask.headers,
    ...headers,
  });
}

function judge(op: Operation, ask: Ask, answer: Answer, expected: Expected, victim: Tenant): void {
  const hint = `${op.id} ${JSON.stringify(ask)}`;
  if (typeof expected === "function") expected(answer, victim);
  else if (expected >= 400) expectProblem(answer, expected, undefined, hint);
  else expect(answer.status, hint).toBe(expected);
}

/** Nothing of the victim has changed while somebody tried. */
async function unchanged(victim: Tenant, during: () => Promise<void>): Promise<void> {
  const before = await dump(victim);
  await during();
  expect(await dump(victim)).toEqual(before);
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

let victim: Tenant;
let stranger: Tenant;
beforeAll(async () => {
  victim = await tenant();
  stranger = await tenant();
  await env.CONTROL_DB.prepare(
    "INSERT OR IGNORE INTO dead_letters (id, queue, org_id, body, error, attempts, created_at) VALUES ('a-dead-letter', 'omnistream-events', ?, '{}', '', 1, 0)",
  )
    .bind(victim.org.id)
    .run();
}, 60_000);

describe("the recipes", () => {
  it("are there for every operation, and for nothing else", () => {
    expect([...Object.keys(RECIPES), ...Object.keys(PUBLIC)].toSorted()).toEqual(
      operations.map((op) => op.id).toSorted(),
    );
    expect(Object.keys(PUBLIC).toSorted()).toEqual(
      operations
        .filter((op) => op.guard.permission === "public")
        .map((op) => op.id)
        .toSorted(),
    );
  });

  it("try every field that takes an id with another tenant's", async () => {
    const { body: document } = await call("GET", "/openapi.json");
    for (const op of guarded) {
      const item = document.paths[op.path][op.method];
      const inPath = (item.parameters ?? []).filter((p: any) => p.in === "path").map((p: any) => p.name as string);
      const elsewhere = [
        ...(item.parameters ?? [])
          .filter((p: any) => p.in === "query")
          .flatMap((p: any) => idFields(document, p.schema, p.name)),
        ...idFields(document, item.requestBody?.content?.["application/json"]?.schema ?? {}, ""),
      ];
      const recipe = RECIPES[op.id]!;
      for (const ask of recipe.asks(victim)) expect(Object.keys(ask.params ?? {}), op.id).toEqual(inPath);
      const tried = new Set(
        (recipe.mixed?.(stranger, victim) ?? []).flatMap(([{ query, body }]) => [
          ...keysWithIds(query),
          ...keysWithIds(body),
        ]),
      );
      expect(new Set(elsewhere).difference(tried), `${op.id}: fields that take an id and are not tried`).toEqual(
        new Set(),
      );
    }
  });

  it("ask what works for who may, so that a refusal is for the caller and not for the call", async () => {
    const own = await tenant();
    // What takes away comes last. (The two that create ask for what is taken, since that is what a stranger could try.)
    const last = [
      "setConversationStatus",
      "deleteQuickReply",
      "deleteNote",
      "deleteDivision",
      "deleteRole",
      "deleteSlaPolicy",
      "revokeApiKey",
      "deleteAgent",
      "deleteIntegrationAccount",
      "logout",
    ];
    const order = guarded
      .filter(
        (op) =>
          op.guard.permission !== "operator" &&
          !["createAgent", "createIntegrationAccount", "createCsatSurvey"].includes(op.id),
      )
      .toSorted((a, b) => last.indexOf(a.id) - last.indexOf(b.id));
    for (const op of order) {
      const answer = await perform(op, RECIPES[op.id]!.asks(own)[0]!, bearer(own.org.token));
      expect(answer.status, `${op.id} ${JSON.stringify(answer.body)}`).toBe(op.status ?? 200);
    }
  });
});

function idFields(document: any, schema: any, name: string): string[] {
  if (schema.$ref) return idFields(document, document.components.schemas[schema.$ref.split("/").at(-1)], name);
  if (schema.format === "uuid") return [name];
  const inside = [
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
    ...(schema.items ? [schema.items] : []),
  ];
  return [
    ...inside.flatMap((part: any) => idFields(document, part, name)),
    ...Object.entries<any>(schema.properties ?? {}).flatMap(([key, part]) => idFields(document, part, key)),
  ];
}

function keysWithIds(value: unknown, name = ""): string[] {
  if (typeof value === "string") return /^[0-9a-f-]{36}$/.test(value) ? [name] : [];
  if (Array.isArray(value)) return value.flatMap((one) => keysWithIds(one, name));
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, one]) => keysWithIds(one, key))
    : [];
}

describe("nobody", () => {
  it.each(each)("%s is closed", async (_, op) => {
    await unchanged(victim, async () => {
      for (const ask of RECIPES[op.id]!.asks(victim))
        expectProblem(await perform(op, ask, {}), 401, "unauthenticated", op.id);
    });
  });
});

describe("the admin of another tenant", () => {
  // Each with a session of its own: to log out is one of the things to try.
  let session: Caller;
  it.each(each)("%s", async (_, op) => {
    session ??= await login(stranger.org.email);
    const recipe = RECIPES[op.id]!;
    await unchanged(victim, async () => {
      for (const ask of recipe.asks(victim)) {
        const answer = await perform(op, ask, bearer(session.token));
        judge(op, ask, answer, recipe.stranger, victim);
        expect(JSON.stringify(answer.body), op.id).not.toContain(victim.marker);
      }
      if (op.id === "logout") session = await login(stranger.org.email);
      for (const [ask, expected] of recipe.mixed?.(stranger, victim) ?? []) {
        const answer = await perform(op, ask, bearer(session.token));
        judge(op, ask, answer, expected, victim);
        if (!JSON.stringify(ask).includes(victim.marker))
          expect(JSON.stringify(answer.body), op.id).not.toContain(victim.marker);
      }
    });
  });

  it("has left no trace of the victim's in its own rows", async () => {
    const { control: _, ...own } = await dump(stranger);
    const text = JSON.stringify(own);
    for (const id of [victim.conversationId, victim.ana.agentId, victim.divisionId, victim.accountId, victim.contactId])
      expect(text).not.toContain(id);
  });
});

describe("a missing permission", () => {
  let agent: Caller;
  beforeAll(async () => {
    agent = await agentWith(victim.org, []);
  });

  async function give(permissions: readonly Permission[]): Promise<void> {
    await victim.org.tenantDb
      .prepare("UPDATE roles SET permissions = ?1 WHERE id = (SELECT role_id FROM agents WHERE id = ?2)")
      .bind(JSON.stringify(permissions), agent.agentId)
      .run();
    forgetCredentials();
  }

  it.each(each)("%s", async (_, op) => {
    const { asks, unprivileged } = RECIPES[op.id]!;
    const named = isPermission(op.guard.permission);
    if (op.guard.permission === "operator") return;
    await give(named ? allBut(op.guard.permission) : []);
    const session =
      op.id === "logout" ? await (async () => (await agent.call("GET", "/api/auth/token")).body.token)() : agent.token;
    const tryAll = async (): Promise<void> => {
      for (const ask of asks(victim)) {
        const answer = await perform(op, ask, bearer(session));
        if (named) expectProblem(answer, 403, "forbidden", op.id);
        else judge(op, ask, answer, unprivileged!, victim);
      }
    };
    // Who only asks for himself changes his own sessions.
    await (named || unprivileged === 403 ? unchanged(victim, tryAll) : tryAll());
  });

  it("bulk: each action needs the right of the single one", async () => {
    const rights: Record<string, Permission> = {
      assign: "conversations.assign",
      unassign: "conversations.assign",
      transfer: "conversations.transfer",
    };
    for (const ask of RECIPES["bulkConversations"]!.asks(victim)) {
      const { action } = ask.body as { action: string };
      await give(allBut(rights[action] ?? "conversations.update"));
      await unchanged(victim, async () =>
        expectProblem(await agent.call("POST", "/api/conversations/bulk", ask.body), 403, "forbidden", action),
      );
    }
  });

  it("gives nobody a right, a role or an address by their own hand", async () => {
    await give(allBut("agents.manage"));
    await unchanged(victim, async () => {
      for (const body of [
        { role: "admin" },
        { status: "suspended" },
        { capacity: null },
        { email: email() },
        { full_name: "Ok", role: "admin" },
      ]) {
        expectProblem(await agent.call("PATCH", `/api/agents/${agent.agentId}`, body), 403, "forbidden");
      }
      for (const body of [
        { permissions: ["agents.manage"] },
        { org_id: stranger.org.id },
        { role_id: "x" },
        { id: victim.ana.agentId },
        { is_admin: true },
        { __proto__x: 1 },
      ]) {
        expectProblem(await agent.call("PATCH", `/api/agents/${agent.agentId}`, body), 422, "invalid_request");
      }
      expectProblem(
        await agent.call("PATCH", `/api/agents/${agent.agentId}`, { password: "a-new-password" }),
        422,
        "password_needs_current",
      );
      expectProblem(
        await agent.call("PATCH", `/api/agents/${agent.agentId}`, {
          password: "a-new-password",
          current_password: "wrong-one",
        }),
        422,
        "password_needs_current",
      );
    });
  });
});

describe("an agent who may not see the conversation", () => {
  let blind: Caller;
  beforeAll(async () => {
    blind = await agentWith(victim.org, allBut("conversations.view_all"));
  });

  it.each(each.filter(([id]) => RECIPES[id]!.blind !== undefined))("%s", async (_, op) => {
    const recipe = RECIPES[op.id]!;
    await unchanged(victim, async () => {
      for (const ask of recipe.asks(victim))
        judge(op, ask, await perform(op, ask, bearer(blind.token)), recipe.blind!, victim);
    });
  });

  it("covers every operation that names a conversation or a file", () => {
    // An upload is in no conversation yet.
    const about = operations
      .filter((op) => /^\/api\/(conversations|media|messages)/.test(op.path) && op.guard.permission !== "media.upload")
      .map((op) => op.id);
    expect(about.filter((id) => RECIPES[id]!.blind === undefined)).toEqual([]);
  });

  it("is let in by the division, and by the assignment", async () => {
    const colleague = await agentWith(victim.org, allBut("conversations.view_all"));
    expect((await colleague.call("GET", `/api/conversations/${victim.conversationId}`)).status).toBe(404);
    await victim.org.tenantDb
      .prepare("INSERT INTO division_agents (org_id, division_id, agent_id) VALUES (?, ?, ?)")
      .bind(victim.org.id, victim.divisionId, colleague.agentId)
      .run();
    forgetCredentials();
    for (const who of [colleague, victim.ana]) {
      expect((await who.call("GET", `/api/conversations/${victim.conversationId}`)).status).toBe(200);
      expect((await who.call("GET", `/api/conversations?q=${victim.customer}`)).body.data).toHaveLength(1);
      expect((await who.call("GET", `/api/media/${victim.mediaId}`)).status).toBe(200);
      expect((await who.call("GET", `/api/messages/search?q=${victim.marker}`)).body.data).not.toEqual([]);
    }
  });
});

describe("API keys", () => {
  const READS = /\.(view|view_all|search)$/;
  const MESSAGING = /^(messages|media|conversations|contacts)\./;

  describe.each(["read", "messaging"] as const)("of type %s", (type) => {
    let key: Caller;
    beforeAll(async () => {
      key = await victim.org.apiKey(victim.org.agentId, type);
    });

    it.each(each)("%s", async (_, op) => {
      const recipe = RECIPES[op.id]!;
      const allowed = READS.test(op.guard.permission) || (type === "messaging" && MESSAGING.test(op.guard.permission));
      if (isPermission(op.guard.permission) && !allowed) {
        await unchanged(victim, async () => {
          for (const ask of recipe.asks(victim))
            expectProblem(await perform(op, ask, { "x-api-key": key.token }), 403, "forbidden", op.id);
        });
      } else if (recipe.readKey !== undefined && (type === "read" || !isPermission(op.guard.permission))) {
        await unchanged(victim, async () => {
          for (const ask of recipe.asks(victim))
            judge(op, ask, await perform(op, ask, { "x-api-key": key.token }), recipe.readKey!, victim);
        });
      } else if (op.method === "get" && isPermission(op.guard.permission)) {
        for (const ask of recipe.asks(victim))
          expect((await perform(op, ask, { "x-api-key": key.token })).status, op.id).toBe(op.status ?? 200);
      }
    });
  });

  it("never have more than their scopes, nor more than their owner", async () => {
    const scoped = await victim.org.apiKey(victim.org.agentId, "full", ["contacts.view"]);
    const developer = await agentWith(victim.org, ["developer.access", "contacts.view"]);
    const ofDeveloper = await victim.org.apiKey(developer.agentId, "full", ["agents.manage", "contacts.view"]);
    for (const key of [scoped, ofDeveloper]) {
      expect((await key.call("GET", "/api/contacts")).status).toBe(200);
      for (const op of guarded.filter(
        ({ guard: { permission } }) => isPermission(permission) && permission !== "contacts.view",
      )) {
        await unchanged(victim, async () =>
          expectProblem(
            await perform(op, RECIPES[op.id]!.asks(victim)[0]!, { "x-api-key": key.token }),
            403,
            "forbidden",
            op.id,
          ),
        );
      }
    }
  });

  it("does not become a session, or change its owner's password or presence", async () => {
    const { agentId } = await agentWith(victim.org, allBut("agents.manage"));
    const key = await victim.org.apiKey(agentId, "full");
    await unchanged(victim, async () => {
      expectProblem(await key.call("GET", "/api/auth/token"), 401, "unauthenticated");
      expectProblem(
        await key.call("PATCH", `/api/agents/${agentId}`, { password: "a-new-password", current_password: PASSWORD }),
        403,
        "forbidden",
      );
      expectProblem(await key.call("PATCH", `/api/agents/${agentId}/status`, { is_online: true }), 403, "forbidden");
    });
  });

  it("do not work as a bearer token, nor a token as a key", async () => {
    const key = await victim.org.apiKey(victim.org.agentId);
    expectProblem(await call("GET", "/api/auth/me", undefined, bearer(key.token)), 401);
    expectProblem(await call("GET", "/api/auth/me", undefined, { "x-api-key": victim.org.token }), 401);
  });

  it("of a suspended agent opens nothing", async () => {
    const gone = await victim.org.agent("admin");
    const key = await victim.org.apiKey(gone.agentId);
    expect((await key.call("GET", "/api/auth/me")).status).toBe(200);
    expect((await victim.org.call("PATCH", `/api/agents/${gone.agentId}`, { status: "suspended" })).status).toBe(200);
    await unchanged(victim, async () => {
      for (const op of guarded) {
        for (const ask of RECIPES[op.id]!.asks(victim))
          expectProblem(await perform(op, ask, { "x-api-key": key.token }), 401, "unauthenticated", op.id);
      }
    });
  });
});

describe("a credential that is over", () => {
  const works = async (...who: Caller[]): Promise<void> => {
    for (const one of who) expect((await one.call("GET", "/api/auth/me")).status).toBe(200);
  };
  const refused = async (...who: Caller[]): Promise<void> => {
    for (const one of who) {
      expectProblem(await one.call("GET", "/api/auth/me"), 401, "unauthenticated");
      expectProblem(await one.call("POST", "/api/live/tickets"), 401, "unauthenticated");
    }
  };
  /** What an isolate remembers of a credential is older than 5 seconds. */
  async function fiveSecondsLater(look: () => Promise<void>): Promise<void> {
    const { now } = clock;
    clock.now = () => now() + 5000;
    try {
      await look();
    } finally {
      clock.now = now;
    }
  }
  const noLogin = async (address: string, password = PASSWORD): Promise<void> => {
    const answer = await call(
      "POST",
      "/api/auth/login",
      { email: address, password },
      { "cf-connecting-ip": "10.9.9.9" },
    );
    expectProblem(answer, 401, "auth_wrong_credentials");
  };

  it("by suspension: at once", async () => {
    const agent = await victim.org.agent("supervisor");
    const key = await victim.org.apiKey(agent.agentId);
    const second = await login(agent.email);
    await works(agent, second, key);
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" });
    await refused(agent, second, key);
    await noLogin(agent.email);
    // Back again: the key is good again, an old session is not.
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "active" });
    await refused(agent, second);
    await works(key, await login(agent.email));
  });

  it("by deletion: at once, and for good", async () => {
    const agent = await victim.org.agent("supervisor");
    const key = await victim.org.apiKey(agent.agentId);
    await works(agent, key);
    await victim.org.call("DELETE", `/api/agents/${agent.agentId}`);
    await refused(agent, key);
    await noLogin(agent.email);
    expectProblem(await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "active" }), 404);
    await refused(agent, key);
  });

  it("by logout: this session and no other", async () => {
    const agent = await victim.org.agent();
    const other = await login(agent.email);
    await agent.call("POST", "/api/auth/logout");
    await refused(agent);
    await works(other);
  });

  it("by a change of the password, by whomever", async () => {
    const agent = await victim.org.agent();
    const other = await login(agent.email);
    expect(
      (
        await agent.call("PATCH", `/api/agents/${agent.agentId}`, {
          password: "a-new-password",
          current_password: PASSWORD,
        })
      ).status,
    ).toBe(200);
    await refused(agent, other);
    await noLogin(agent.email);
    const third = await login(agent.email, "a-new-password");
    expect(
      (await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { password: "a-third-password" })).status,
    ).toBe(200);
    await refused(third);
    await noLogin(agent.email, "a-new-password");
    await works(await login(agent.email, "a-third-password"));
  });

  it("by a change of role: the session ends, and a key has the new rights", async () => {
    const agent = await victim.org.agent("admin");
    const key = await victim.org.apiKey(agent.agentId);
    expect((await key.call("GET", "/api/agents")).status).toBe(200);
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { role: "supervisor" });
    await refused(agent);
    expectProblem(await key.call("POST", "/api/roles", { name: `r ${n++}`, permissions: [] }), 403, "forbidden");
    expect((await key.call("GET", "/api/contacts")).status).toBe(200);
    // Who may use no keys has none that work, whatever else the role may; given the right again, the same key is good again.
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { role: "agent" });
    for (const path of ["/api/contacts", "/api/auth/me"]) expectProblem(await key.call("GET", path), 403, "forbidden");
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { role: "supervisor" });
    await works(key);
  });

  it("by revoking or running out: a key within 5 seconds", async () => {
    const [revoked, old] = [await victim.org.apiKey(victim.org.agentId), await victim.org.apiKey(victim.org.agentId)];
    await works(revoked, old);
    await victim.org.tenantDb
      .prepare("UPDATE api_keys SET revoked_at = 1 WHERE org_id = ? AND key_prefix = ?")
      .bind(victim.org.id, revoked.token.slice(0, 12))
      .run();
    await fiveSecondsLater(() => refused(revoked));
    await victim.org.tenantDb
      .prepare("UPDATE api_keys SET expires_at = ? WHERE org_id = ?")
      .bind(clock.now(), victim.org.id)
      .run();
    await fiveSecondsLater(() => refused(old));
  });

  it("by time: a session of a week", async () => {
    const agent = await victim.org.agent();
    const { now } = clock;
    clock.now = () => now() + 7 * 86_400_000 + 1000;
    try {
      await refused(agent);
    } finally {
      clock.now = now;
    }
  });

  it("by suspension of the organization: within 5 seconds, for all", async () => {
    const t = await tenant();
    const key = await t.org.apiKey(t.org.agentId);
    await works(t.org, t.ana, key);
    await t.org.tenantDb.prepare("UPDATE orgs SET status = 'suspended' WHERE org_id = ?").bind(t.org.id).run();
    await fiveSecondsLater(() => refused(t.org, t.ana, key));
    await noLogin(t.org.email);
    await env.CONTROL_DB.prepare("UPDATE organizations SET status = 'suspended' WHERE id = ?").bind(t.org.id).run();
    await noLogin(t.org.email);
  });
});

describe("the cookie", () => {
  const cookie = (token: string, more: Record<string, string> = {}): Record<string, string> => ({
    cookie: `a=b; omnistream_session=${token}`,
    ...more,
  });

  it("changes something only from our own pages", async () => {
    const agent = await victim.org.agent();
    const path = `/api/agents/${agent.agentId}/status`;
    expect((await call("GET", "/api/auth/me", undefined, cookie(agent.token))).status).toBe(200);
    const origins = [
      {},
      { origin: "https://evil.test" },
      { origin: "null" },
      { origin: `${ORIGIN}.evil.test` },
      { origin: "http://app.test:81" },
      { origin: "https://app.test" },
      { referer: `${ORIGIN}/` },
    ];
    await unchanged(victim, async () => {
      for (const origin of origins)
        expectProblem(
          await call("PATCH", path, { is_online: true }, cookie(agent.token, origin as Record<string, string>)),
          403,
          "origin_mismatch",
        );
    });
    expect((await call("PATCH", path, { is_online: true }, cookie(agent.token, { origin: ORIGIN }))).status).toBe(200);
  });

  it("is out of reach of scripts and of other sites", async () => {
    const { headers } = await call(
      "POST",
      "/api/auth/login",
      { email: victim.org.email, password: PASSWORD },
      { "cf-connecting-ip": "10.9.9.10" },
    );
    expect(headers.get("set-cookie")).toMatch(
      /^omnistream_session=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/,
    );
  });
});

describe("live sockets", () => {
  const open = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    door(path, { headers: { ...UPGRADE, ...headers } });
  const ticketOf = async (who: Caller): Promise<string> => (await who.call("POST", "/api/live/tickets")).body.ticket;
  const problemOf = async (response: Response): Promise<Answer> => ({
    status: response.status,
    headers: response.headers,
    body: await response.json(),
  });

  interface Listener {
    frames: any[];
    closed?: number;
    socket: WebSocket;
  }
  async function listen(path: string, headers: Record<string, string>): Promise<Listener> {
    const response = await open(path, headers);
    if (!response.webSocket) throw new Error(`socket: ${response.status} ${await response.text()}`);
    const listener: Listener = { frames: [], socket: response.webSocket };
    listener.socket.addEventListener("message", (event) => listener.frames.push(JSON.parse(event.data as string)));
    listener.socket.addEventListener("close", (event) => (listener.closed = event.code));
    listener.socket.accept();
    return listener;
  }

  it("need a credential of their own tenant that may see the conversation", async () => {
    const own = `/api/conversations/${victim.conversationId}/live`;
    for (const path of ["/api/live", own]) {
      expectProblem(await problemOf(await open(path)), 401, "unauthenticated");
      expectProblem(await problemOf(await open(path, bearer("garbage"))), 401, "unauthenticated");
      expectProblem(await problemOf(await open(`${path}?ticket=garbage`)), 401, "unauthenticated");
      expectProblem(await problemOf(await open(`${path}?ticket=${victim.org.id}.garbage`)), 401, "unauthenticated");
      // A bad ticket is not made good by a good header.
      expectProblem(
        await problemOf(await open(`${path}?ticket=${victim.org.id}.garbage`, bearer(victim.org.token))),
        401,
        "unauthenticated",
      );
      expectProblem(await victim.org.call("GET", path), 426, "upgrade_required");
    }
    expectProblem(await problemOf(await open(own, bearer(stranger.org.token))), 404, "conversation_not_found");
    expectProblem(await problemOf(await open(own, bearer(victim.bob.token))), 404, "conversation_not_found");
    expectProblem(
      await problemOf(await open(`${own}?ticket=${await ticketOf(stranger.org)}`)),
      404,
      "conversation_not_found",
    );
    expectProblem(
      await problemOf(await open(`${own}?ticket=${await ticketOf(victim.bob)}`)),
      404,
      "conversation_not_found",
    );
    expect(
      (
        await perform(
          operations.find((op) => op.id === "openConversationSocket")!,
          { params: { id: victim.conversationId } },
          bearer(victim.ana.token),
        )
      ).status,
    ).toBe(101);
  });

  it("take a ticket once, within 30 seconds, and only for its own tenant", async () => {
    const used = await ticketOf(victim.ana);
    const first = await open(`/api/live?ticket=${used}`);
    expect(first.status).toBe(101);
    first.webSocket!.accept();
    first.webSocket!.close();
    expectProblem(await problemOf(await open(`/api/live?ticket=${used}`)), 401, "unauthenticated");

    const moved = await ticketOf(stranger.org);
    expectProblem(
      await problemOf(await open(`/api/live?ticket=${victim.org.id}.${moved.split(".")[1]}`)),
      401,
      "unauthenticated",
    );

    const late = await ticketOf(victim.ana);
    const { now } = clock;
    clock.now = () => now() + 31_000;
    try {
      expectProblem(await problemOf(await open(`/api/live?ticket=${late}`)), 401, "unauthenticated");
    } finally {
      clock.now = now;
    }
    const one = await ticketOf(victim.ana);
    const twins = await Promise.all(Array.from({ length: 10 }, () => open(`/api/live?ticket=${one}`)));
    expect(twins.filter((response) => response.status === 101)).toHaveLength(1);
    for (const { webSocket } of twins) {
      webSocket?.accept();
      webSocket?.close();
    }
  });

  it("take a cookie only from our own pages", async () => {
    const cookie = { cookie: `omnistream_session=${victim.ana.token}` };
    for (const path of ["/api/live", `/api/conversations/${victim.conversationId}/live`]) {
      expectProblem(await problemOf(await open(path, cookie)), 403, "origin_mismatch");
      expectProblem(
        await problemOf(await open(path, { ...cookie, origin: "https://evil.test" })),
        403,
        "origin_mismatch",
      );
      const own = await open(path, { ...cookie, origin: ORIGIN });
      expect(own.status).toBe(101);
      own.webSocket!.accept();
      own.webSocket!.close();
    }
  });

  it("close when the rights behind them end, and a ticket ends with them", async () => {
    const agent = await victim.org.agent("supervisor");
    const [inbox, one] = [
      await listen("/api/live", bearer(agent.token)),
      await listen(`/api/conversations/${victim.conversationId}/live`, bearer(agent.token)),
    ];
    await eventually(async () =>
      expect(inbox.frames.concat(one.frames).filter((frame) => frame.type === "hello")).toHaveLength(2),
    );
    const ticket = await ticketOf(agent);
    await victim.org.call("PATCH", `/api/agents/${agent.agentId}`, { status: "suspended" });
    await eventually(async () => expect([inbox.closed, one.closed]).toEqual([4401, 4401]));
    expectProblem(await problemOf(await open(`/api/live?ticket=${ticket}`)), 401, "unauthenticated");
  });

  it("say to nobody what they may not see", async () => {
    const loose = phone();
    await customerWrites(victim.phoneNumberId, loose, "first");
    const id: string = await eventually(
      async () => (await victim.org.call("GET", `/api/conversations?q=${loose}`)).body.data[0].id,
    );
    const [mine, bobs, strangers] = [
      await listen("/api/live", bearer(victim.ana.token)),
      await listen("/api/live", bearer(victim.bob.token)),
      await listen("/api/live", bearer(stranger.org.token)),
    ];
    const bobsView = await listen(`/api/conversations/${id}/live`, bearer(victim.bob.token));
    const said = (listener: Listener): string => JSON.stringify(listener.frames);
    await customerWrites(victim.phoneNumberId, loose, "for-all-of-us");
    await eventually(async () => {
      for (const listener of [mine, bobs, bobsView]) expect(said(listener)).toContain("for-all-of-us");
    });
    await victim.org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: victim.ana.agentId });
    await eventually(async () => expect(said(bobs)).toContain('"conversation.removed"'));
    await customerWrites(victim.phoneNumberId, loose, "for-ana-only");
    await eventually(async () => expect(said(mine)).toContain("for-ana-only"));
    await graph.settle();
    expect(said(bobs)).not.toContain("for-ana-only");
    expect(said(bobsView)).not.toContain("for-ana-only");
    expect(said(strangers)).not.toContain("for-");
    // Nor later, by asking for what was missed.
    const again = await listen("/api/live?since=0", bearer(victim.bob.token));
    await eventually(async () => expect(again.frames.length).toBeGreaterThan(0));
    expect(said(again)).not.toContain("for-ana-only");
    expect(said(again)).not.toContain(`tag-${victim.marker}`);
    for (const { socket } of [mine, bobs, strangers, bobsView, again]) socket.close();
    await atRest(victim);
  });
});

describe("a file", () => {
  it("is served so that a browser runs nothing of it", async () => {
    const response = await door(`/api/media/${victim.mediaId}`, { headers: bearer(victim.ana.token) });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "cache-control": "private, max-age=3600",
    });
    await response.body?.cancel();
  });

  it("is not found by another path, and not by another tenant's row for it", async () => {
    // The stranger's row names the victim's conversation: still not his.
    await stranger.org.tenantDb
      .prepare(
        "INSERT INTO media (id, org_id, conversation_id, message_id, r2_key, mime_type, created_at) VALUES (?, ?, ?, '', ?, 'image/png', 0)",
      )
      .bind(
        "aaaaaaaa-0000-4000-8000-000000000001",
        stranger.org.id,
        victim.conversationId,
        `${victim.org.id}/${victim.conversationId}/${victim.mediaId}`,
      )
      .run();
    expectProblem(
      await stranger.org.call("GET", "/api/media/aaaaaaaa-0000-4000-8000-000000000001"),
      404,
      "media_not_found",
    );
  });
});
