import { z } from "@hono/zod-openapi";
import { MESSAGE_TYPES, type MessageType } from "../../channels/channel";

export const SCHEDULE_STATUSES = ["pending", "processing", "sent", "failed", "cancelled"] as const;

export const ScheduledMessage = z
  .object({
    id: z.uuid(),
    conversation_id: z.uuid(),
    scheduled_by: z.uuid().nullable().openapi({ description: "The agent in whose name the message is sent" }),
    msg_type: z.enum(MESSAGE_TYPES),
    content: z.record(z.string(), z.unknown()).openapi({ description: "Content by message type, as in the request" }),
    scheduled_at: z.iso.datetime().openapi({ description: "Time to send the message" }),
    status: z.enum(SCHEDULE_STATUSES).openapi({
      description:
        "`sent` means that it has become a message of the conversation; see that message's own status for delivery",
    }),
    created_at: z.iso.datetime(),
    error_message: z.string().nullable().openapi({ description: "Why sending failed; otherwise null" }),
    sent_at: z.iso.datetime().nullable().openapi({ description: "Time at which it became a message; null until then" }),
    message_id: z.string().nullable().openapi({ description: "Id of the message that was sent; null until then" }),
    agent_name: z.string().nullable(),
  })
  .openapi("ScheduledMessage");
export type ScheduledMessage = z.infer<typeof ScheduledMessage>;

/** A row of `scheduled_messages` with its agent's name. */
export interface ScheduledRow {
  id: string;
  conversation_id: string;
  scheduled_by: string | null;
  msg_type: MessageType;
  content: string;
  scheduled_at: number;
  status: ScheduledMessage["status"];
  message_id: string | null;
  error_message: string | null;
  sent_at: number | null;
  created_at: number;
  agent_name: string | null;
}

export const SCHEDULED_COLUMNS = `s.id, s.conversation_id, s.scheduled_by, s.msg_type, s.content, s.scheduled_at, s.status, s.message_id, s.error_message, s.sent_at, s.created_at,
  (SELECT a.full_name FROM agents a WHERE a.org_id = s.org_id AND a.id = s.scheduled_by) AS agent_name`;

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function toScheduledMessage(row: ScheduledRow): ScheduledMessage {
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    scheduled_by: row.scheduled_by,
    msg_type: row.msg_type,
    content: JSON.parse(row.content) as Record<string, unknown>,
    scheduled_at: time(row.scheduled_at)!,
    status: row.status,
    created_at: time(row.created_at)!,
    error_message: row.error_message,
    sent_at: time(row.sent_at),
    message_id: row.message_id,
    agent_name: row.agent_name,
  };
}
