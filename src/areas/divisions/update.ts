import { z } from "@hono/zod-openapi";
import { wakeRouting } from "../../../durable-objects/stubs";
import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../kit/operation";
import { AllocationMethod, Division, DivisionDescription, DivisionName, DivisionPath, type DivisionRow, toDivision } from "./model";
import { divisionNameTaken, divisionNotFound } from "./problems";
import { loadDivision } from "./store";

const UpdateDivision = z
  .strictObject({
    name: DivisionName.optional(),
    description: DivisionDescription.optional(),
    allocation_method: AllocationMethod.optional(),
    is_active: z.boolean().optional(),
  })
  .openapi("UpdateDivision");

export const update = operation({
  id: "updateDivision",
  tag: "Divisions",
  summary: "Update a division",
  description: "What waits in the queue is allocated by the new method from now on.",
  method: "patch",
  path: "/api/divisions/{id}",
  permission: "divisions.manage",
  params: DivisionPath,
  body: UpdateDivision,
  response: Division,
  problems: [divisionNotFound, divisionNameTaken],
  handle: ({ ctx, params, body }) => updateDivision(ctx, params.id, body),
});

export async function updateDivision(ctx: Ctx, id: string, input: z.infer<typeof UpdateDivision>): Promise<Division> {
  const before = await loadDivision(ctx, id);
  const after: DivisionRow = {
    ...before,
    name: input.name ?? before.name,
    description: input.description === undefined ? before.description : input.description,
    allocation_method: input.allocation_method ?? before.allocation_method,
    is_active: Number(input.is_active ?? before.is_active),
    updated_at: ctx.now(),
  };
  const { updated_at: _, ...changes } = changesBetween({ ...toDivision(before) }, { ...toDivision(after) });
  if (Object.keys(changes).length === 0) return toDivision(before);
  const [updated] = await commit(ctx, {
    write: [
      ctx.db.sql(
        "UPDATE divisions SET name = ?3, description = ?4, allocation_method = ?5, is_active = ?6, updated_at = ?7 WHERE org_id = ?1 AND id = ?2",
        id,
        after.name,
        after.description,
        after.allocation_method,
        after.is_active,
        after.updated_at,
      ),
    ],
    activity: { action: "division.update", entityType: "division", entityId: id, changes },
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, "divisions.name") ? divisionNameTaken() : error;
  });
  if (updated!.meta.changes === 0) throw divisionNotFound();
  ctx.background(wakeRouting(ctx));
  return toDivision(after);
}
