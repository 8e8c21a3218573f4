import { z } from "@hono/zod-openapi";
import { RATED_VIA } from "../../domain/survey";
import { CHANNELS, type Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { surveyLink } from "./link";

export const SURVEY_STATUSES = ["pending", "sent", "completed", "expired", "failed"] as const;

const Time = z.iso.datetime();

export const CsatSurvey = z
  .object({
    id: z.uuid(),
    conversation_id: z.uuid(),
    contact_id: z.uuid(),
    status: z.enum(SURVEY_STATUSES).openapi({
      description:
        "`pending` until the channel accepted the message; `failed` if it could not be sent, in which case the link still works",
    }),
    created_at: Time,
    agent_id: z.uuid().nullable().openapi({
      description: "The agent who is rated: the assignee when the survey was created; null if there was none",
    }),
    rating: z.int().min(1).max(5).nullable().openapi({ description: "From 1 (worst) to 5 (best); null if not rated" }),
    comment: z.string().nullable().openapi({ description: "The customer's comment; null if none" }),
    rated_at: Time.nullable().openapi({ description: "Time of the rating; null if not rated" }),
    agent_name: z.string().nullable(),
    contact_name: z.string().nullable(),
    cycle: z.int().openapi({ description: "The conversation cycle the survey is about" }),
    channel: z.enum(CHANNELS),
    rated_via: z.enum(RATED_VIA).nullable().openapi({
      description:
        "How the rating was given: `reply` in the channel, `link` with the public link, or `agent` if an agent recorded it; null if not rated",
    }),
    error_message: z.string().nullable().openapi({ description: "Why the survey could not be sent; otherwise null" }),
    message_id: z
      .string()
      .nullable()
      .openapi({ description: "Id of the message that asks the customer; null if none was sent" }),
    sent_at: Time.nullable().openapi({
      description: "Time at which the channel accepted the message; null until then",
    }),
    expires_at: Time.openapi({ description: "Time after which the survey can no longer be rated" }),
    public_url: z.string().nullable().openapi({
      description: "Link with which anyone can answer the survey. Null if the deployment has no PUBLIC_URL.",
    }),
  })
  .openapi("CsatSurvey");
export type CsatSurvey = z.infer<typeof CsatSurvey>;

export const CsatPath = idPath("CSAT survey");

/** A row of SURVEY_COLUMNS: a survey with the names of agent and contact. Times are milliseconds since 1970. */
export interface SurveyRow {
  id: string;
  conversation_id: string;
  contact_id: string;
  cycle: number;
  channel: Channel;
  agent_id: string;
  status: CsatSurvey["status"];
  message_id: string | null;
  error_message: string | null;
  rating: number | null;
  comment: string | null;
  rated_via: CsatSurvey["rated_via"];
  created_at: number;
  sent_at: number | null;
  rated_at: number | null;
  expires_at: number;
  agent_name: string | null;
  contact_name: string | null;
}

export const SURVEY_COLUMNS = `s.id, s.conversation_id, s.contact_id, s.cycle, s.channel, s.agent_id, s.status, s.message_id, s.error_message, s.rating, s.comment, s.rated_via,
  s.created_at, s.sent_at, s.rated_at, s.expires_at, c.contact_name, (SELECT a.full_name FROM agents a WHERE a.org_id = s.org_id AND a.id = s.agent_id) AS agent_name`;

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function toCsatSurvey(ctx: Ctx, row: SurveyRow): CsatSurvey {
  // The sweep that expires surveys may not have run yet.
  const isOverdue = (row.status === "pending" || row.status === "sent") && row.expires_at <= ctx.now();
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    contact_id: row.contact_id,
    status: isOverdue ? "expired" : row.status,
    created_at: time(row.created_at)!,
    agent_id: row.agent_id || null,
    rating: row.rating,
    comment: row.comment,
    rated_at: time(row.rated_at),
    agent_name: row.agent_name,
    contact_name: row.contact_name,
    cycle: row.cycle,
    channel: row.channel,
    rated_via: row.rated_via,
    error_message: row.error_message,
    message_id: row.message_id,
    sent_at: time(row.sent_at),
    expires_at: time(row.expires_at)!,
    public_url: surveyLink(ctx.config, {
      orgId: ctx.orgId,
      tenantDb: ctx.org.tenantDb,
      conversationId: row.conversation_id,
      cycle: row.cycle,
    }),
  };
}
