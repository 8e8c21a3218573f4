import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { wakeRouting } from "../../objects";
import { changeRow } from "../../kit/change-row";
import type { Ctx } from "../../domain/context";
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
  const { after, changes } = await changeRow(ctx, {
    table: "divisions",
    id,
    before: toDivision(await loadDivision(ctx, id)),
    input,
    event: (changed) => happened("division.updated", id, changed),
    taken: { column: "divisions.name", problem: divisionNameTaken },
    missing: divisionNotFound,
  });
  if (Object.keys(changes).length > 0) ctx.background(wakeRouting(ctx));
  return after;
}
