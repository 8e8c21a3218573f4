import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { AgentPublic } from "../agents/model";
import { DivisionPath } from "./model";
import { divisionNotFound } from "./problems";
import { loadDivision, membersOf } from "./store";

export default operation({
  id: "listDivisionAgents",
  summary: "List agents in a division",
  params: DivisionPath,
  response: z.array(AgentPublic),
  problems: [divisionNotFound],
  handle: async ({ ctx, params }) => (await Promise.all([membersOf(ctx, params.id), loadDivision(ctx, params.id)]))[0],
});
