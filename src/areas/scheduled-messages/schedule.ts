import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { adapterOf } from "../../channels/registry";
import { DAY } from "../../kit/clock";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation, requireRight } from "../../domain/operation";
import { invalidFields } from "../../kit/problem";
import { getConversation } from "../conversations/get";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { withFile } from "../media/sendable";
import {
  messageNotAllowed,
  send,
  templateNotApproved,
  templateNotFound,
} from "../../domain/conversation/commands/send";
import { SendMessageRequest } from "../messages/send";
import { withTemplate } from "../wa-templates/with-template";
import { ScheduledMessage, type ScheduledRow, toScheduledMessage } from "./model";
import { scheduledAtPast, scheduledAtTooFar } from "./problems";

const MAX_AHEAD_MS = 366 * DAY;
/** A page of the list has up to a hundred messages, so their content is limited. */
const MAX_CONTENT_LENGTH = 64 * 1024;

const ScheduleMessageRequest = z
  .strictObject({
    type: SendMessageRequest.shape.type,
    content: SendMessageRequest.shape.content.refine(
      (content) => JSON.stringify(content).length <= MAX_CONTENT_LENGTH,
      "must have at most 64 KiB",
    ),
    scheduled_at: z.iso
      .datetime()
      .openapi({ description: "Time to send the message, in UTC; must be in the future and at most one year ahead" }),
  })
  .openapi("ScheduleMessageRequest");

export default operation({
  id: "scheduleMessage",
  summary: "Schedule a message for future delivery",
  description:
    "The message is sent within a minute of its time, in the name of the agent who scheduled it. Content that the channel does not accept is refused now. The customer service window, and the permissions of the agent and of the API key that scheduled it, are checked when it is due; variables in its text are replaced then.",
  alsoNeeds: { "messages.send": "to have the message sent" },
  params: ConversationPath,
  body: ScheduleMessageRequest,
  examples: {
    Text: {
      type: "text",
      content: { text: "Your order is ready, {{contact.name|dear customer}}." },
      scheduled_at: "2027-01-04T02:00:00Z",
    },
  },
  response: ScheduledMessage,
  status: 201,
  idempotent: "stored",
  problems: [
    conversationNotFound,
    messageNotAllowed,
    templateNotFound,
    templateNotApproved,
    scheduledAtPast,
    scheduledAtTooFar,
  ],
  handle: ({ ctx, params, body }) => scheduleMessage(ctx, params.id, body),
});

export async function scheduleMessage(
  ctx: Ctx,
  conversationId: string,
  input: z.output<typeof ScheduleMessageRequest>,
): Promise<ScheduledMessage> {
  // Otherwise scheduling would let callers send without the permission to send.
  requireRight(ctx, "messages.send");
  const conversation = await getConversation(ctx, conversationId);
  const [now, dueAt] = [ctx.now(), Date.parse(input.scheduled_at)];
  const wrongTime = (message: string) => ({ errors: [{ field: "scheduled_at", message }] });
  if (dueAt <= now) throw scheduledAtPast(undefined, wrongTime("must be in the future"));
  if (dueAt > now + MAX_AHEAD_MS) throw scheduledAtTooFar(undefined, wrongTime("must be within one year"));
  // Access to the file is checked now: the caller's rights are unknown when the message is due.
  const asked = await withFile(ctx, { type: input.type, content: input.content, replyTo: null });
  const { message, refused } = await withTemplate(ctx, { conversationId }, asked);
  if (refused) throw send.refusals[refused.problem]!(refused.detail, refused.errors ? { errors: refused.errors } : {});
  const errors = adapterOf(conversation.contact_channel)?.check(message) ?? [];
  if (errors.length > 0) throw invalidFields(messageNotAllowed, errors);

  const [agent] = await ctx.db.query<{ full_name: string }>(
    "SELECT full_name FROM agents WHERE org_id = ?1 AND id = ?2",
    ctx.actor.id,
  );
  const row: ScheduledRow = {
    id: ctx.newId(),
    conversation_id: conversationId,
    scheduled_by: ctx.actor.id,
    msg_type: input.type,
    content: JSON.stringify(input.content),
    scheduled_at: dueAt,
    status: "pending",
    message_id: null,
    error_message: null,
    sent_at: null,
    created_at: now,
    agent_name: agent?.full_name ?? null,
  };
  const answer = toScheduledMessage(row);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO scheduled_messages (id, org_id, conversation_id, scheduled_by, actor_kind, msg_type, content, scheduled_at, next_at, created_at, api_key_id)
         VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)`,
        row.id,
        conversationId,
        row.scheduled_by,
        ctx.actor.kind,
        row.msg_type,
        row.content,
        dueAt,
        now,
        ctx.actor.kind === "api_key" ? ctx.actor.credentialId : null,
      ),
    ],
    events: [
      happened("scheduled_message.created", row.id, {
        conversation_id: [null, conversationId],
        msg_type: [null, row.msg_type],
        scheduled_at: [null, answer.scheduled_at],
      }),
    ],
    answer,
    status: 201,
  });
  return answer;
}
