import { idPath } from "../../kit/id-path";
import { operation } from "../../kit/operation";
import { AgentPublic, toAgentPublic } from "./model";
import { agentNotFound } from "./problems";
import { loadAgent } from "./store";

export const AgentPath = idPath("agent");

export const get = operation({
  id: "getAgent",
  tag: "Agents",
  summary: "Get an agent by ID",
  method: "get",
  path: "/api/agents/{id}",
  permission: "agents.view",
  params: AgentPath,
  response: AgentPublic,
  problems: [agentNotFound],
  handle: async ({ ctx, params }) => toAgentPublic(await loadAgent(ctx, params.id)),
});
