import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";

const Seconds = (subject: string) =>
  z
    .int()
    .nullable()
    .openapi({ description: `${subject}, in seconds; null if there was none` });
const estimated =
  "estimated from the number that took up to 1, 5, 15 and 30 minutes, 1, 2, 4, 8 hours, 1, 2 and 7 days";

/** Figures of a period. docs/analytics.md defines how each is counted. */
export const AnalyticsFigures = z
  .object({
    conversations_new: z.int().openapi({ description: "Conversations that began with a customer's first message" }),
    conversations_reopened: z.int().openapi({
      description: "Number of times a resolved conversation was reopened, by a message of either side or manually",
    }),
    conversations_resolved: z.int().openapi({
      description: "Number of times a conversation was resolved, by anyone; for an agent: while assigned to the agent",
    }),
    conversations_assigned: z
      .int()
      .openapi({ description: "Number of times a conversation was assigned to an agent, including takeovers" }),
    messages_received: z
      .int()
      .openapi({ description: "Messages from customers; for an agent: in conversations assigned to the agent" }),
    messages_sent: z.int().openapi({
      description:
        "Messages accepted for sending, whether delivered or not; for an agent: messages sent in the agent's name",
    }),
    first_responses: z.int().openapi({
      description:
        "Conversation cycles that received their first answer from an agent; automatic messages do not count",
    }),
    first_response_avg_secs: Seconds("Mean time from a cycle's first customer message to an agent's first answer"),
    first_response_median_secs: Seconds(`Median first response time, ${estimated}`),
    first_response_p90_secs: Seconds("90th percentile of the first response time, estimated likewise"),
    resolution_avg_secs: Seconds("Mean time from the beginning of a cycle to its resolution, in elapsed time"),
    resolution_median_secs: Seconds("Median resolution time, estimated likewise"),
    resolution_p90_secs: Seconds("90th percentile of the resolution time, estimated likewise"),
  })
  .openapi("AnalyticsFigures");

const Day = z.iso.date();
export const RangeFields = {
  from: Day.openapi({ description: "First day, in the organization's timezone" }),
  to: Day.openapi({ description: "Last day, inclusive" }),
  timezone: z.string().openapi({ description: "Timezone in which days begin and end", example: "Asia/Jakarta" }),
};

const Current = (subject: string) => z.int().openapi({ description: `${subject}, now` });

export const OverviewResponse = z
  .object({
    total_conversations: Current("All conversations"),
    open_conversations: Current("Open conversations"),
    pending_conversations: Current("Pending conversations: handled by an AI agent or waiting in a division's queue"),
    resolved_conversations: Current("Resolved conversations"),
    total_contacts: Current("All contacts"),
    total_agents: Current("Agents, including suspended ones"),
    online_agents: Current("Agents who are online, by an open live socket or set online"),
    messages_today: z
      .int()
      .openapi({ description: "Inbound and outbound messages since midnight in the organization's timezone" }),
    resolution_rate: z.number().min(0).max(100).openapi({
      description: "Resolved conversations as a percentage of all conversations (0.0 to 100.0)",
      example: 62.5,
    }),
    unassigned_conversations: Current("Open and pending conversations without an assignee"),
    period: AnalyticsFigures.extend(RangeFields).openapi({ description: "Figures for the range from `from` to `to`" }),
  })
  .openapi("OverviewResponse");

export const PERIODS = ["7d", "30d", "90d"] as const;
export const GRANULARITIES = ["day", "week", "month"] as const;

export const TrendsResponse = z
  .object({
    period: z.enum([...PERIODS, "custom"]).openapi({ description: "`custom` if `from` or `to` was given" }),
    granularity: z.enum(GRANULARITIES).openapi({ description: "Length of the intervals in `days`" }),
    ...RangeFields,
    days: z
      .array(
        AnalyticsFigures.extend({
          date: Day.openapi({
            description: "The day; for a week its Monday and for a month its first day, even if the range begins later",
          }),
        }).openapi("TrendsDay"),
      )
      .openapi({ description: "Every day, week or month of the range, including empty ones, oldest first" }),
    total: AnalyticsFigures.openapi({
      description: "Figures for the whole range; means and medians of single days cannot be averaged",
    }),
  })
  .openapi("TrendsResponse");

export const AgentMetric = z
  .object({
    agent_id: z.uuid(),
    full_name: z.string(),
    email: z.string(),
    is_online: z.boolean().openapi({ description: "Whether the agent is online now" }),
    open_conversations: Current("Open conversations assigned to the agent"),
    resolved_conversations: Current("Resolved conversations assigned to the agent"),
    total_conversations: Current("All conversations assigned to the agent"),
    pending_conversations: Current("Pending conversations assigned to the agent"),
    period: AnalyticsFigures,
  })
  .openapi("AgentMetric");

export const ChannelMetric = z
  .object({
    channel: z.enum(CHANNELS),
    contact_count: Current("Contacts of the channel"),
    conversation_count: Current("Conversations of the channel"),
    open_conversations: Current("Open conversations"),
    pending_conversations: Current("Pending conversations"),
    resolved_conversations: Current("Resolved conversations"),
    period: AnalyticsFigures,
    accounts: z
      .array(
        z
          .object({
            account_id: z.uuid(),
            display_name: z.string(),
            conversation_count: Current("Conversations of the account"),
            open_conversations: Current("Open conversations"),
            pending_conversations: Current("Pending conversations"),
            resolved_conversations: Current("Resolved conversations"),
            period: AnalyticsFigures,
          })
          .openapi("AccountMetric"),
      )
      .openapi({ description: "The same for each connected account of the channel" }),
  })
  .openapi("ChannelMetric");
