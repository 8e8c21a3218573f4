import { z } from "@hono/zod-openapi";
import { AgentPublic } from "../agents/model";

export const DivisionPath = z.object({ id: z.uuid() });

export const AllocationMethod = z.enum(["manual", "round_robin", "least_busy"]).openapi({
  description:
    "Who gets what waits in the division's queue, oldest first: whoever takes it (`manual`), whoever was given one the longest time ago (`round_robin`), or whoever has the fewest (`least_busy`). Only members who are active, online and below their capacity.",
});

export const Division = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string().nullable(),
    allocation_method: AllocationMethod,
    is_active: z.boolean().openapi({ description: "Nothing is transferred to a division that is not active, nor allocated in it" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("Division");
export type Division = z.infer<typeof Division>;

export const DivisionWithCount = Division.extend({ agent_count: z.int() }).openapi("DivisionWithCount");
export const DivisionWithAgents = Division.extend({ agents: z.array(AgentPublic) }).openapi("DivisionWithAgents");

export const DivisionName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .openapi({ description: "Unique in the organization, whether its letters from A to Z are large or small" });
export const DivisionDescription = z.string().trim().max(500).nullable();

export const DivisionAgents = z
  .strictObject({
    agent_ids: z
      .array(z.uuid())
      .min(1)
      .max(100)
      .transform((ids) => [...new Set(ids)]),
  })
  .openapi("DivisionAgents");
export type DivisionAgents = z.output<typeof DivisionAgents>;

/** A row of `divisions`, as SQL gives it. */
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

export const DIVISION_COLUMNS = "id, name, description, allocation_method, is_active, agent_count, created_at, updated_at";

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
