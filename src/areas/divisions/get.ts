import { operation } from "../../domain/operation";
import { DivisionPath, DivisionWithAgents, toDivision } from "./model";
import { divisionNotFound } from "./problems";
import { loadDivision, membersOf } from "./store";

export default operation({
  id: "getDivision",
  summary: "Get a division with agents",
  params: DivisionPath,
  response: DivisionWithAgents,
  problems: [divisionNotFound],
  handle: async ({ ctx, params }) => {
    const [division, agents] = await Promise.all([loadDivision(ctx, params.id), membersOf(ctx, params.id)]);
    return { ...toDivision(division), agents };
  },
});
