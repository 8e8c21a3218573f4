import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { DIVISION_COLUMNS, type DivisionRow, DivisionWithCount, toDivision } from "./model";

export default operation({
  id: "listDivisions",
  summary: "List divisions",
  description: "Sorted by name, with the number of agents in each.",
  response: z.array(DivisionWithCount),
  handle: async ({ ctx }) => {
    const rows = await ctx.db.query<DivisionRow>(
      `SELECT ${DIVISION_COLUMNS} FROM divisions WHERE org_id = ?1 ORDER BY name COLLATE NOCASE`,
    );
    return rows.map((row) => ({ ...toDivision(row), agent_count: row.agent_count }));
  },
});
