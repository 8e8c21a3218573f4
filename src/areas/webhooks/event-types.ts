import type { ConversationWithContact, Message } from "../../domain/conversation/schema";
import type { SubscribableType } from "../../domain/event";

/** A description of each type of event, for people, and an example of each. */

export const DESCRIPTIONS: Readonly<Record<SubscribableType, string>> = {
  "conversation.created":
    "A conversation begins: a customer writes for the first time, also in answer to a campaign, or a colleague writes first",
  "conversation.assigned": "A conversation has a new agent",
  "conversation.unassigned": "A conversation has no agent any more",
  "conversation.status_changed": "A conversation changes between open and pending",
  "conversation.resolved": "A conversation is resolved",
  "conversation.reopened": "A resolved conversation starts again",
  "conversation.transferred": "A conversation is transferred to an agent or a division",
  "conversation.tags_changed": "The tags of a conversation have changed",
  "contact.marketing_changed": "A customer takes no marketing messages any more, or takes them again",
  "contact.address_suppressed": "Mails to an address bounced for good, or its owner complained",
  "campaign.started": "A campaign has begun to send",
  "campaign.paused": "A campaign sends no more, because somebody paused it or because something is wrong",
  "campaign.resumed": "A paused campaign goes on, or one is sent again to whom it failed",
  "campaign.completed": "A campaign has written to everyone",
  "campaign.cancelled": "A campaign was ended before it had written to everyone",
  "campaign.failed": "A campaign could not be sent",
  "contact.created": "A customer is known who was not before: wrote, was written to, or was entered",
  "contact.updated": "An agent has changed a contact",
  "contact.erased": "A contact was erased on request, with its conversations: erase what you have of it",
  "csat.submitted": "A customer has rated",
  "window.expiring": "The window for free text closes within the hour",
  "window.expired": "The window for free text has closed",
  "sla.warning": "A deadline of the SLA is near",
  "sla.breached": "A deadline of the SLA has passed",
  "message.received": "A customer has written",
  "message.queued": "A message to a customer was accepted for sending",
  "message.echoed": "The business has written in the channel's own app",
  "message.sent": "The channel has accepted a message to a customer",
  "message.status": "A message was sent, delivered or read",
  "message.failed": "A message will not arrive",
  "agent.created": "An agent was created",
  "agent.updated": "An agent was changed",
  "agent.deleted": "An agent was deleted",
  "wa_template.status_changed": "A WhatsApp template has another status",
};

const CONVERSATION_ID = "9bcbf66a-5aca-59cf-a860-379587f5a245";
const AGENT_ID = "01a209f6-40db-7dc6-982c-79beb11de4c0";
const OTHER_AGENT_ID = "01a209f6-40db-7dc6-982c-79beb11de4c1";
const DIVISION_ID = "01a209f6-40db-7dc6-982c-79beb11de4c2";
const ENTITY_ID = "01a209f6-40db-7dc6-982c-79beb11de4c3";
const AT = "2026-11-29T08:30:00.000Z";
const LATER = "2026-11-30T08:30:00.000Z";

const conversation: ConversationWithContact = {
  id: CONVERSATION_ID,
  contact_id: "60f3f5b4-33c4-5d5e-9f3c-1c9f7f5f1c11",
  status: "open",
  last_message_at: AT,
  unread_count: 1,
  created_at: AT,
  updated_at: AT,
  contact_channel: "whatsapp",
  assigned_agent_id: AGENT_ID,
  contact_name: "Budi",
  contact_phone: "+6281234567890",
  account_id: "01a209f6-40db-7dc6-982c-79beb11de4c4",
  division_id: DIVISION_ID,
  waiting_since: null,
  tags: ["vip"],
  last_message: "Is the blue one still there?",
  window_expires_at: LATER,
  window_status: "open",
  sla_status: "active",
  thread_control: "ours",
  referral: null,
  cycle: 1,
  message_count: 1,
  version: 3,
};

const message = (more: Partial<Message> = {}): Message => ({
  _id: "6743a1f09bcbf66a5a000001",
  client_key: null,
  conversation_id: CONVERSATION_ID,
  direction: "inbound",
  type: "text",
  status: "received",
  content: { text: "Is the blue one still there?" },
  created_at: AT,
  external_id: "wamid.EXAMPLE",
  sender_phone: "+6281234567890",
  sender_agent_id: null,
  sender_name: null,
  sent_via: null,
  reply_to: null,
  reply_to_external_id: null,
  reactions: [],
  edited_at: null,
  revoked_at: null,
  status_times: { received: AT },
  failure: null,
  pricing: null,
  ...more,
});

const outbound = (status: Message["status"], more: Partial<Message> = {}): Message =>
  message({
    direction: "outbound",
    status,
    content: { text: "Yes, two are left." },
    sender_phone: null,
    sender_agent_id: AGENT_ID,
    sender_name: "Ana",
    sent_via: "api",
    status_times: { [status]: AT },
    ...more,
  });

const ofConversation = (more: object = {}): object => ({
  seq: 3,
  conversation_id: CONVERSATION_ID,
  conversation,
  ...more,
});
const withDetails = (details: object): object => ofConversation({ details });
const ofEntity = (changes: object): object => ({ entity_id: ENTITY_ID, changes });

const SLA = {
  breach_type: "first_response",
  policy_id: ENTITY_ID,
  policy_name: "Standard",
  threshold_secs: 900,
  due_at: AT,
  cycle: 1,
};

const EXAMPLES: Readonly<Record<SubscribableType, object>> = {
  "conversation.created": ofConversation(),
  "conversation.assigned": withDetails({ from_agent_id: null, to_agent_id: AGENT_ID }),
  "conversation.unassigned": withDetails({ from_agent_id: AGENT_ID, to_agent_id: null }),
  "conversation.status_changed": withDetails({ from: "open", to: "pending" }),
  "conversation.resolved": withDetails({ from: "open", to: "resolved" }),
  "conversation.reopened": withDetails({ from: "resolved", to: "open", cycle: 2 }),
  "conversation.transferred": withDetails({
    from_agent_id: AGENT_ID,
    to_agent_id: OTHER_AGENT_ID,
    note: "About sizes",
  }),
  "conversation.tags_changed": withDetails({ from: [], to: ["vip"] }),
  "contact.marketing_changed": withDetails({ opted_out: true, source: "customer", decided_at: AT }),
  "contact.address_suppressed": withDetails({ address: "ani@example.com", reason: "bounce", decided_at: AT }),
  "campaign.started": ofEntity({ status: ["draft", "sending"], name: "Harvest sale" }),
  "campaign.paused": ofEntity({
    status: ["sending", "paused"],
    status_reason: [null, "by_agent"],
    status_detail: [null, "Ana paused it"],
    name: "Harvest sale",
  }),
  "campaign.resumed": ofEntity({ status: ["paused", "sending"], name: "Harvest sale" }),
  "campaign.completed": ofEntity({ status: ["sending", "completed"], name: "Harvest sale" }),
  "campaign.cancelled": ofEntity({ status: ["sending", "cancelled"], name: "Harvest sale" }),
  "campaign.failed": ofEntity({
    status: ["sending", "failed"],
    status_reason: [null, "account_missing"],
    status_detail: [null, "The account no longer exists"],
    name: "Harvest sale",
  }),
  "contact.created": ofEntity({
    channel_source: [null, "whatsapp"],
    name: [null, "Budi"],
    phone_number: [null, "+6281234567890"],
  }),
  "contact.updated": ofEntity({ name: ["Budi", "Budi Santoso"] }),
  "contact.erased": ofEntity({ conversation_ids: [[CONVERSATION_ID], null] }),
  "csat.submitted": withDetails({ survey_id: ENTITY_ID, rating: 5, comment: null, via: "page", agent_id: AGENT_ID }),
  "window.expiring": withDetails({ window_expires_at: LATER }),
  "window.expired": withDetails({ window_expires_at: AT }),
  "sla.warning": withDetails(SLA),
  "sla.breached": withDetails(SLA),
  "message.received": ofConversation({ message: message() }),
  "message.queued": ofConversation({ message: outbound("queued", { external_id: null }) }),
  "message.echoed": ofConversation({
    message: outbound("sent", { sent_via: "app", sender_agent_id: null, sender_name: null }),
  }),
  "message.sent": ofConversation({ message: outbound("sent"), details: { status: "sent" } }),
  "message.status": ofConversation({ message: outbound("delivered"), details: { status: "delivered" } }),
  "message.failed": ofConversation({
    message: outbound("failed", { failure: { code: "131026", title: "Message undeliverable" } }),
    details: { status: "failed" },
  }),
  "agent.created": ofEntity({ email: [null, "ana@example.com"], full_name: [null, "Ana"] }),
  "agent.updated": ofEntity({ full_name: ["Ana", "Ana Wijaya"] }),
  "agent.deleted": ofEntity({ email: ["ana@example.com", null] }),
  "wa_template.status_changed": ofEntity({ status: ["PENDING", "APPROVED"] }),
};

/** The `data` of an example. */
export const exampleOf = (type: SubscribableType): object => EXAMPLES[type];
