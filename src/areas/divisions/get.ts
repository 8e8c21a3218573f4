import { operation } from "../../kit/operation";
import { DivisionPath, DivisionWithAgents, toDivision } from "./model";
import { divisionNotFound } from "./problems";
import { loadDivision, membersOf } from "./store";

export const get = operation({
  id: "getDivision",
  tag: "Divisions",
  summary: "Get a division with agents",
  method: "get",
  path: "/api/divisions/{id}",
  permission: "divisions.view",
  params: DivisionPath,
  response: DivisionWithAgents,
  problems: [divisionNotFound],
  handle: async ({ ctx, params }) => {
    const [division, agents] = await Promise.all([loadDivision(ctx, params.id), membersOf(ctx, params.id)]);
    return { ...toDivision(division), agents };
  },
});
