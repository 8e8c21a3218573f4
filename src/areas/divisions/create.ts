import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { wakeRouting } from "../../objects";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../domain/operation";
import { AllocationMethod, Division, DivisionDescription, DivisionName, toDivision } from "./model";
import { divisionNameTaken } from "./problems";

const CreateDivision = z
  .strictObject({
    name: DivisionName,
    description: DivisionDescription.default(null),
    allocation_method: AllocationMethod.default("manual"),
  })
  .openapi("CreateDivision");

export default operation({
  id: "createDivision",
  summary: "Create a division",
  body: CreateDivision,
  response: Division,
  status: 201,
  idempotent: "stored",
  problems: [divisionNameTaken],
  handle: ({ ctx, body }) => createDivision(ctx, body),
});

export async function createDivision(ctx: Ctx, input: z.output<typeof CreateDivision>): Promise<Division> {
  const [id, now] = [ctx.newId(), ctx.now()];
  const answer = toDivision({ id, ...input, is_active: 1, created_at: now, updated_at: now });
  await commit(ctx, {
    write: [
      ctx.db.sql(
        "INSERT INTO divisions (id, org_id, name, description, allocation_method, created_at, updated_at) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?6)",
        id,
        input.name,
        input.description,
        input.allocation_method,
        now,
      ),
    ],
    events: [
      happened("division.created", id, {
        name: [null, input.name],
        description: [null, input.description],
        allocation_method: [null, input.allocation_method],
      }),
    ],
    answer,
    status: 201,
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, "divisions.name") ? divisionNameTaken() : error;
  });
  // The queue is empty, but this call creates the routing object: a Durable Object stays near its first call, and the
  // organization's country is known here.
  ctx.background(wakeRouting(ctx));
  return answer;
}
