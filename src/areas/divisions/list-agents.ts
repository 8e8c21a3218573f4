import { z } from "@hono/zod-openapi";
import { operation } from "../../kit/operation";
import { AgentPublic } from "../agents/model";
import { DivisionPath } from "./model";
import { divisionNotFound } from "./problems";
import { loadDivision, membersOf } from "./store";

export const listAgents = operation({
  id: "listDivisionAgents",
  tag: "Divisions",
  summary: "List agents in a division",
  method: "get",
  path: "/api/divisions/{id}/agents",
  permission: "divisions.view",
  params: DivisionPath,
  response: z.array(AgentPublic),
  problems: [divisionNotFound],
  handle: async ({ ctx, params }) => (await Promise.all([membersOf(ctx, params.id), loadDivision(ctx, params.id)]))[0],
});
