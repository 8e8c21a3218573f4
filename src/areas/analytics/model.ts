import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";

const Seconds = (what: string) =>
  z
    .int()
    .nullable()
    .openapi({ description: `${what}, in seconds; null where there was none` });
const estimated = "estimated from how many took up to 1, 5, 15 and 30 minutes, 1, 2, 4, 8 hours, 1, 2 and 7 days";

/** What happened in a time. docs/analytics.md says how each is counted. */
export const AnalyticsFigures = z
  .object({
    conversations_new: z.int().openapi({ description: "Conversations that began with a customer's first message" }),
    conversations_reopened: z.int().openapi({ description: "How often a resolved conversation began anew, by a message of either side or by hand" }),
    conversations_resolved: z.int().openapi({ description: "How often a conversation was resolved, by whomever; of an agent: while it was the agent's" }),
    conversations_assigned: z.int().openapi({ description: "How often a conversation was given to an agent, by whomever or by taking it" }),
    messages_received: z.int().openapi({ description: "Customers' messages; of an agent: in conversations that were the agent's" }),
    messages_sent: z
      .int()
      .openapi({ description: "Messages that were accepted for sending, whether they arrived or not; of an agent: those in the agent's name" }),
    first_responses: z.int().openapi({ description: "Cycles of a conversation that a person answered for the first time; automatic messages do not count" }),
    first_response_avg_secs: Seconds("Mean time from a cycle's first customer message to a person's first answer"),
    first_response_median_secs: Seconds(`Half were answered within this time, ${estimated}`),
    first_response_p90_secs: Seconds("Nine of ten were answered within this time, estimated likewise"),
    resolution_avg_secs: Seconds("Mean time from the beginning of a cycle to its resolution, nights included"),
    resolution_median_secs: Seconds("Half were resolved within this time, estimated likewise"),
    resolution_p90_secs: Seconds("Nine of ten were resolved within this time, estimated likewise"),
  })
  .openapi("AnalyticsFigures");

const Day = z.iso.date();
export const RangeFields = {
  from: Day,
  to: Day.openapi({ description: "Included" }),
  timezone: z.string().openapi({ description: "In which days begin and end", example: "Asia/Jakarta" }),
};

const Now = (of: string) => z.int().openapi({ description: `${of}, at this moment` });

export const OverviewResponse = z
  .object({
    total_conversations: Now("All conversations"),
    open_conversations: Now("Those that a person owes an answer or a resolution"),
    pending_conversations: Now("Those that an AI agent has, or that wait in a division's queue"),
    resolved_conversations: Now("Those that are resolved"),
    total_contacts: Now("All contacts"),
    total_agents: Now("Agents, suspended ones included"),
    online_agents: Now("Agents with an open socket, or who say that they are there"),
    messages_today: z.int().openapi({ description: "Messages of either direction since the day began in the organization's timezone" }),
    resolution_rate: z
      .number()
      .min(0)
      .max(100)
      .openapi({ description: "The resolved ones' share of all conversations, in percent (0.0 to 100.0)", example: 62.5 }),
    unassigned_conversations: Now("Open and pending ones without an agent"),
    period: AnalyticsFigures.extend(RangeFields).openapi({ description: "What happened from `from` to `to`" }),
  })
  .openapi("OverviewResponse");

export const PERIODS = ["7d", "30d", "90d"] as const;
export const GRANULARITIES = ["day", "week", "month"] as const;

export const TrendsResponse = z
  .object({
    period: z.enum([...PERIODS, "custom"]).openapi({ description: "`custom` where `from` or `to` was given" }),
    granularity: z.enum(GRANULARITIES),
    ...RangeFields,
    days: z
      .array(
        AnalyticsFigures.extend({
          date: Day.openapi({ description: "The day; of a week its Monday, of a month its first, also where the range begins later" }),
        }).openapi("TrendsDay"),
      )
      .openapi({ description: "Each day, week or month of the range, the empty ones too, oldest first" }),
    total: AnalyticsFigures.openapi({ description: "The whole range: a mean or median of days cannot be averaged" }),
  })
  .openapi("TrendsResponse");

export const AgentMetric = z
  .object({
    agent_id: z.uuid(),
    full_name: z.string(),
    email: z.string(),
    is_online: z.boolean(),
    open_conversations: Now("The agent's open ones"),
    resolved_conversations: Now("The agent's resolved ones"),
    total_conversations: Now("All that are assigned to the agent"),
    pending_conversations: Now("The agent's pending ones"),
    period: AnalyticsFigures,
  })
  .openapi("AgentMetric");

export const ChannelMetric = z
  .object({
    channel: z.enum(CHANNELS),
    contact_count: Now("Contacts of the channel"),
    conversation_count: Now("Conversations of the channel"),
    open_conversations: Now("Open ones"),
    pending_conversations: Now("Pending ones"),
    resolved_conversations: Now("Resolved ones"),
    period: AnalyticsFigures,
    accounts: z
      .array(
        z
          .object({
            account_id: z.uuid(),
            display_name: z.string(),
            conversation_count: Now("Conversations of the account"),
            open_conversations: Now("Open ones"),
            pending_conversations: Now("Pending ones"),
            resolved_conversations: Now("Resolved ones"),
            period: AnalyticsFigures,
          })
          .openapi("AccountMetric"),
      )
      .openapi({ description: "The same for each connected account of the channel" }),
  })
  .openapi("ChannelMetric");
