import { z } from "@hono/zod-openapi";

export const pathId = (of: string) =>
  z.uuid().openapi({ description: `Id of the ${of}`, example: "01a209f6-40db-7dc6-982c-79beb11de4c0" });

/** Path parameters of operations on one entity. */
export const idPath = (of: string) => z.object({ id: pathId(of) });
