import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { wakeRouting } from "../../objects";
import { changesBetween, commit, newValues } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../domain/operation";
import { AllocationMethod, Division, DivisionDescription, DivisionName, DivisionPath, toDivision } from "./model";
import { divisionNameTaken, divisionNotFound } from "./problems";
import { loadDivision } from "./store";

const UpdateDivision = z
  .strictObject({
    name: DivisionName.optional(),
    description: DivisionDescription.optional(),
    allocation_method: AllocationMethod.optional(),
    is_active: z
      .boolean()
      .optional()
      .openapi({ description: "Inactive divisions receive no transfers and allocate no conversations" }),
  })
  .openapi("UpdateDivision");

export default operation({
  id: "updateDivision",
  summary: "Update a division",
  description: "A new allocation method applies at once, also to conversations already in the queue.",
  params: DivisionPath,
  body: UpdateDivision,
  response: Division,
  problems: [divisionNotFound, divisionNameTaken],
  handle: ({ ctx, params, body }) => updateDivision(ctx, params.id, body),
});

export async function updateDivision(ctx: Ctx, id: string, input: z.infer<typeof UpdateDivision>): Promise<Division> {
  const before = toDivision(await loadDivision(ctx, id));
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return before;
  const now = ctx.now();
  await commit(ctx, {
    write: [ctx.db.update("divisions", { id }, { ...newValues(changes), updated_at: now })],
    events: [happened("division.updated", id, changes)],
    mustChange: true,
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, "divisions.name") ? divisionNameTaken() : error;
  });
  ctx.background(wakeRouting(ctx));
  return { ...before, ...newValues(changes), updated_at: new Date(now).toISOString() };
}
