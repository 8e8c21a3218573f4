import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../domain/operation";
import { roleBeyondCaller } from "../roles/problems";
import { hashPassword } from "../../kit/password";
import { claimEmail } from "./address";
import { AgentPublic, Capacity, Email, FullName, Password, RoleName } from "./model";
import { agentEmailTaken, roleUnknown } from "./problems";
import { roleIdOf } from "./store";
import { agents } from "./table";

export const CreateAgent = z
  .strictObject({
    email: Email,
    password: Password,
    full_name: FullName,
    role: RoleName.default("agent").openapi({ description: 'Defaults to "agent"' }),
    capacity: Capacity.default(null),
  })
  .openapi("CreateAgent");

export default operation({
  id: "createAgent",
  summary: "Create a new agent",
  body: CreateAgent,
  response: AgentPublic,
  status: 201,
  idempotent: "stored",
  problems: [agentEmailTaken, roleUnknown, roleBeyondCaller],
  handle: ({ ctx, body }) => createAgent(ctx, body),
});

export async function createAgent(ctx: Ctx, input: z.infer<typeof CreateAgent>): Promise<AgentPublic> {
  const roleId = await roleIdOf(ctx, input.role);
  const [id, now] = [ctx.newId(), ctx.now()];
  const passwordHash = await hashPassword(input.password);
  await reserveIdentity(ctx, id, input.email, passwordHash);
  const at = new Date(now).toISOString();
  const answer: AgentPublic = {
    id,
    email: input.email,
    full_name: input.full_name,
    role: input.role,
    is_online: false,
    status: "active",
    capacity: input.capacity,
    conversation_sort: "newest",
    signature: null,
    division_ids: [],
    created_at: at,
    updated_at: at,
  };
  await commit(ctx, {
    write: [
      ctx.db.insert(agents, {
        id,
        email: input.email,
        fullName: input.full_name,
        roleId,
        status: "active",
        isOnlineByHand: false,
        isConnected: false,
        capacity: input.capacity,
        createdAt: now,
        updatedAt: now,
      }),
    ],
    events: [happened("agent.created", id, { email: [null, input.email], role: [null, input.role] })],
    answer,
    status: 201,
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, "agents.email") ? agentEmailTaken() : error;
  });
  return answer;
}

/** Written before the agent: an identity without an agent cannot log in. */
const reserveIdentity = (ctx: Ctx, agentId: string, email: string, passwordHash: string): Promise<void> =>
  claimEmail(
    ctx,
    email,
    ctx.control
      .prepare(
        "INSERT INTO identities (agent_id, org_id, email, password_hash, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
      )
      .bind(agentId, ctx.orgId, email, passwordHash, ctx.now(), ctx.now()),
  );
