import { z } from "@hono/zod-openapi";
import { idPath } from "../../kit/id-path";
import { REOPEN_TO } from "../../domain/routing";
import { AgentPublic } from "../agents/model";

export const DivisionPath = idPath("division");

export const AllocationMethod = z.enum(["manual", "round_robin", "least_busy"]).openapi({
  description:
    "How conversations in the division's queue are allocated, oldest first: by nobody until an agent takes one (`manual`), to the agent whose last allocation is longest ago (`round_robin`), or to the agent with the fewest conversations (`least_busy`). Only members who are active, online and below their capacity are considered.",
});

export const Division = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string().nullable(),
    allocation_method: AllocationMethod,
    is_active: z
      .boolean()
      .openapi({ description: "Inactive divisions receive no transfers and allocate no conversations" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("Division");
export type Division = z.infer<typeof Division>;

export const DivisionWithCount = Division.extend({
  agent_count: z.int().openapi({ description: "Number of members" }),
}).openapi("DivisionWithCount");
export const DivisionWithAgents = Division.extend({
  agents: z.array(AgentPublic).openapi({ description: "The members" }),
}).openapi("DivisionWithAgents");

export const DivisionName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .openapi({ description: "Unique in the organization, ignoring the case of the letters A to Z" });
export const DivisionDescription = z.string().trim().max(500).nullable();

export const DivisionAgents = z
  .strictObject({
    agent_ids: z
      .array(z.uuid())
      .min(1)
      .max(100)
      .transform((ids) => [...new Set(ids)])
      .openapi({ description: "From 1 to 100 agents" }),
  })
  .openapi("DivisionAgents");
export type DivisionAgents = z.output<typeof DivisionAgents>;

const ReopenTo = z.enum(REOPEN_TO).openapi({
  description:
    "Which agent has a conversation that its customer reopens: the last one if active, online and below capacity, otherwise it waits in its division's queue or is unassigned (`last_agent_if_online`); none, so that it waits like any other (`queue`); or the last one unless suspended or deleted (`last_agent`)",
});
export const RoutingSettings = z.object({ reopen_to: ReopenTo }).openapi("RoutingSettings");
export type RoutingSettings = z.infer<typeof RoutingSettings>;
export const UpdateRoutingSettings = z
  .strictObject({ reopen_to: ReopenTo.optional() })
  .openapi("UpdateRoutingSettings");

/** A row of DIVISION_COLUMNS. Times are milliseconds since 1970. */
export interface DivisionRow {
  id: string;
  name: string;
  description: string | null;
  allocation_method: z.infer<typeof AllocationMethod>;
  is_active: number;
  agent_count: number;
  created_at: number;
  updated_at: number;
}

export const DIVISION_COLUMNS =
  "id, name, description, allocation_method, is_active, agent_count, created_at, updated_at";

export function toDivision(row: Omit<DivisionRow, "agent_count">): Division {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    allocation_method: row.allocation_method,
    is_active: row.is_active === 1,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}
