import { z } from "@hono/zod-openapi";
import { SLA_STATUSES } from "../../domain/sla";
import { CHANNELS } from "../../channels/channel";
import { idPath } from "../../kit/id-path";

/** Apart from `model.ts`, since the effect starts without schemas. */

export const PolicyPath = idPath("SLA policy");

/** 90 days. */
const MAX_SECS = 7_776_000;
const Secs = z.int().min(1).max(MAX_SECS);
const Name = z.string().trim().min(1).max(100);
const Description = z.string().trim().max(500).nullable();
const FirstResponse = Secs.openapi({
  description:
    "Working-hours seconds allowed from the customer's first message to an agent's first answer; at most 90 days",
  example: 3600,
});
const Resolution = Secs.openapi({
  description: "Working-hours seconds allowed from the beginning of a cycle to its resolution; at most 90 days",
  example: 86_400,
});
const WarningPct = z
  .int()
  .min(1)
  .max(100)
  .openapi({ description: "Percentage of the allowed time after which the status becomes `warning`", example: 80 });
const Priority = z.int().min(0).max(1000).openapi({
  description: "Among equally specific policies, the one with the highest priority applies, then the oldest",
});
const ForChannel = z.enum(CHANNELS).nullable().openapi({ description: "null applies to every channel" });
const ForDivision = z.uuid().nullable().openapi({ description: "null applies to every division" });
const IsDefault = z
  .boolean()
  .openapi({ description: "The default policy applies where no other fits; there is at most one" });

export const SlaPolicy = z
  .object({
    id: z.uuid(),
    name: Name,
    first_response_time_secs: FirstResponse,
    resolution_time_secs: Resolution,
    warning_threshold_pct: WarningPct,
    priority: Priority,
    is_active: z.boolean().openapi({ description: "Inactive policies are not applied" }),
    is_default: IsDefault,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    description: Description,
    channel: ForChannel,
    division_id: ForDivision,
  })
  .openapi("SlaPolicy");
export type SlaPolicy = z.infer<typeof SlaPolicy>;

export const CreateSlaPolicy = z
  .strictObject({
    name: Name,
    description: Description.optional(),
    first_response_time_secs: FirstResponse,
    resolution_time_secs: Resolution,
    warning_threshold_pct: WarningPct.default(80),
    priority: Priority.default(0),
    channel: ForChannel.optional(),
    division_id: ForDivision.optional(),
    is_default: IsDefault.default(false),
  })
  .openapi("CreateSlaPolicy");
export type CreateSlaPolicy = z.output<typeof CreateSlaPolicy>;

export const UpdateSlaPolicy = z
  .strictObject({
    name: Name.optional(),
    description: Description.optional(),
    first_response_time_secs: FirstResponse.optional(),
    resolution_time_secs: Resolution.optional(),
    warning_threshold_pct: WarningPct.optional(),
    priority: Priority.optional(),
    channel: ForChannel.optional(),
    division_id: ForDivision.optional(),
    is_active: z.boolean().optional().openapi({ description: "Inactive policies are not applied" }),
    is_default: IsDefault.optional(),
  })
  .openapi("UpdateSlaPolicy");
export type UpdateSlaPolicy = z.output<typeof UpdateSlaPolicy>;

export const SlaBreachLog = z
  .object({
    id: z.uuid(),
    conversation_id: z.uuid(),
    sla_policy_id: z.uuid(),
    breach_type: z
      .enum(["first_response", "resolution"])
      .openapi({ description: "Which of the two times was exceeded" }),
    threshold_secs: z.int().openapi({ description: "Working-hours seconds allowed by the policy" }),
    actual_secs: z.int().openapi({
      description:
        "Working-hours seconds until the response or resolution; equal to the threshold while it is still outstanding",
    }),
    breached_at: z.iso.datetime().openapi({ description: "Time at which the threshold passed" }),
  })
  .openapi("SlaBreachLog");
export type SlaBreachLog = z.infer<typeof SlaBreachLog>;

export const ConversationSlaStatus = z
  .object({
    conversation_id: z.uuid(),
    policy_id: z.uuid().nullable().openapi({ description: "The policy that applies; null if none" }),
    policy_name: z.string().nullable().openapi({ description: "Null if no policy applies" }),
    frt_status: z.enum(SLA_STATUSES).openapi({
      description: "Status of the first response; `not_applicable` until the customer writes in this cycle",
    }),
    frt_elapsed_secs: z.int().openapi({ description: "Working-hours seconds until the first response, or until now" }),
    frt_threshold_secs: z
      .int()
      .nullable()
      .openapi({ description: "Working-hours seconds allowed; null if no policy applies" }),
    resolution_status: z.enum(SLA_STATUSES).openapi({ description: "Status of the resolution of the current cycle" }),
    resolution_elapsed_secs: z
      .int()
      .openapi({ description: "Working-hours seconds until the resolution, or until now" }),
    resolution_threshold_secs: z
      .int()
      .nullable()
      .openapi({ description: "Working-hours seconds allowed; null if no policy applies" }),
  })
  .openapi("ConversationSlaStatus");
export type ConversationSlaStatus = z.infer<typeof ConversationSlaStatus>;
