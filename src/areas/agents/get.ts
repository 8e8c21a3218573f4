import { idPath } from "../../kit/id-path";
import { operation } from "../../domain/operation";
import { AgentPublic, toAgentPublic } from "./model";
import { agentNotFound } from "./problems";
import { loadAgent } from "./store";

export const AgentPath = idPath("agent");

export default operation({
  id: "getAgent",
  summary: "Get an agent by ID",
  params: AgentPath,
  response: AgentPublic,
  problems: [agentNotFound],
  handle: async ({ ctx, params }) => toAgentPublic(await loadAgent(ctx, params.id)),
});
