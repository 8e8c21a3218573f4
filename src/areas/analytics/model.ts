import { z } from "@hono/zod-openapi";

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

export const Day = z.iso.date();
export const RangeFields = {
  from: Day.openapi({ description: "First day, in the organization's timezone" }),
  to: Day.openapi({ description: "Last day, inclusive" }),
  timezone: z.string().openapi({ description: "Timezone in which days begin and end", example: "Asia/Jakarta" }),
};

/** The description of a number that is as of now. */
export const Current = (subject: string) => z.int().openapi({ description: `${subject}, now` });
