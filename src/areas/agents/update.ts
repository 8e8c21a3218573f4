import { z } from "@hono/zod-openapi";
import { inboxOf, wakeRouting } from "../../../durable-objects/stubs";
import { MINUTE } from "../../kit/clock";
import { changesBetween, commit } from "../../kit/commit";
import { CONVERSATION_SORTS, type Ctx } from "../../kit/context";
import { isUniqueViolation } from "../../kit/database";
import { operation } from "../../kit/operation";
import { roleBeyondCaller } from "../roles/problems";
import { hashPassword, verifyPassword } from "../../kit/password";
import { forbidden, tooManyRequests } from "../../kit/problem";
import { countTry } from "../../kit/rate-limit";
import { forgetCredentials } from "../auth/authenticate";
import { AgentPath } from "./get";
import { AgentPublic, type AgentRow, Capacity, Email, FullName, Password, RoleName, toAgentPublic } from "./model";
import { agentEmailTaken, agentHimself, agentLastAdmin, agentNotFound, passwordNeedsCurrent, roleUnknown } from "./problems";
import { ANOTHER_ADMIN, endSessions, isLastAdminFailure, loadAgent, requireAnotherAdmin, roleIdOf } from "./store";

export const UpdateAgent = z
  .strictObject({
    email: Email.optional().openapi({ description: "Needs agents.manage" }),
    full_name: FullName.optional(),
    role: RoleName.optional().openapi({ description: "Needs agents.manage" }),
    status: z.enum(["active", "suspended"]).optional().openapi({ description: "Needs agents.manage" }),
    conversation_sort: z.enum(CONVERSATION_SORTS).optional(),
    capacity: Capacity.optional().openapi({ description: "Needs agents.manage" }),
    password: Password.optional(),
    current_password: z.string().max(256).optional().openapi({ description: "Needed to change one's own password" }),
  })
  .openapi("UpdateAgent");

export const update = operation({
  id: "updateAgent",
  tag: "Agents",
  summary: "Update an agent",
  description:
    "Everybody may change their own name, password and order of the inbox; the rest needs `agents.manage`. A change of password, role or status ends the agent's sessions.",
  method: "patch",
  path: "/api/agents/{id}",
  permission: "signed_in",
  params: AgentPath,
  body: UpdateAgent,
  response: AgentPublic,
  problems: [agentNotFound, agentEmailTaken, agentLastAdmin, agentHimself, passwordNeedsCurrent, roleUnknown, roleBeyondCaller, tooManyRequests],
  handle: ({ ctx, params, body }) => updateAgent(ctx, params.id, body),
});

export async function updateAgent(ctx: Ctx, id: string, input: z.infer<typeof UpdateAgent>): Promise<AgentPublic> {
  const himself = id === ctx.actor.agentId && ctx.actor.kind === "agent";
  const needsRight = !himself || input.email || input.role || input.status || input.capacity !== undefined;
  if (needsRight && !ctx.actor.permissions.has("agents.manage")) throw forbidden("needs agents.manage");
  const before = await loadAgent(ctx, id);
  // Nobody reaches through another's account for rights that they do not have.
  if (!himself) await roleIdOf(ctx, before.role);
  if (himself && input.status === "suspended") throw agentHimself();
  const passwordHash = input.password && (await newPassword(ctx, id, himself, input.password, input.current_password));
  const roleId = input.role !== undefined && input.role !== before.role ? await roleIdOf(ctx, input.role) : before.role_id;
  const after: AgentRow = {
    ...before,
    email: input.email ?? before.email,
    full_name: input.full_name ?? before.full_name,
    role: input.role ?? before.role,
    role_id: roleId,
    status: input.status ?? before.status,
    conversation_sort: input.conversation_sort ?? before.conversation_sort,
    capacity: input.capacity === undefined ? before.capacity : input.capacity,
    updated_at: ctx.now(),
  };
  const losesAdmin = before.role === "admin" && before.status === "active" && (after.role !== "admin" || after.status !== "active");
  if (losesAdmin && !(await ctx.db.query(`SELECT 1 WHERE ${ANOTHER_ADMIN}`, id))[0]) throw agentLastAdmin();
  if (after.email !== before.email) await changeEmail(ctx, id, after.email);
  const endsSessions = passwordHash !== undefined || after.role_id !== before.role_id || after.status !== before.status;
  await commit(ctx, {
    write: [
      ...(losesAdmin ? [requireAnotherAdmin(ctx, id)] : []),
      ctx.db.sql(
        "UPDATE agents SET email = ?3, full_name = ?4, role_id = ?5, status = ?6, updated_at = ?7, capacity = ?8, conversation_sort = ?9 WHERE org_id = ?1 AND id = ?2 AND status <> 'deleted'",
        id,
        after.email,
        after.full_name,
        after.role_id,
        after.status,
        after.updated_at,
        after.capacity,
        after.conversation_sort,
      ),
      ...(endsSessions ? [endSessions(ctx, id)] : []),
    ],
    activity: {
      action: "agent.update",
      entityType: "agent",
      entityId: id,
      changes: {
        ...changesBetween(
          { ...before },
          {
            email: after.email,
            full_name: after.full_name,
            role: after.role,
            status: after.status,
            capacity: after.capacity,
            conversation_sort: after.conversation_sort,
          },
        ),
        ...(passwordHash && { password: ["(hidden)", "(changed)"] }),
      },
    },
  }).catch((error: unknown) => {
    throw isLastAdminFailure(error) ? agentLastAdmin() : error;
  });
  if (passwordHash) await changePassword(ctx, id, passwordHash);
  forgetCredentials();
  if (endsSessions) await inboxOf(ctx).revoke({ agentIds: [id] });
  if (after.capacity !== before.capacity || after.status !== before.status) ctx.background(wakeRouting(ctx));
  return toAgentPublic(after);
}

async function newPassword(ctx: Ctx, id: string, himself: boolean, password: string, current: string | undefined): Promise<string> {
  if (himself) {
    await countTry(ctx, { [`password:${id}`]: 10 }, MINUTE);
    const row = await ctx.control.prepare("SELECT password_hash FROM identities WHERE agent_id = ?").bind(id).first<{ password_hash: string }>();
    if (!row || !(await verifyPassword(current ?? "", row.password_hash))) throw passwordNeedsCurrent();
  }
  return hashPassword(password);
}

/** Before the tenant's row: an address is taken over all tenants first. */
async function changeEmail(ctx: Ctx, id: string, email: string): Promise<void> {
  try {
    await ctx.control.prepare("UPDATE identities SET email = ?, updated_at = ? WHERE agent_id = ?").bind(email, ctx.now(), id).run();
  } catch (error) {
    if (isUniqueViolation(error, "identities.email")) throw agentEmailTaken();
    throw error;
  }
}

/** After everything else was allowed. A session that the old password opened meanwhile ends too. */
async function changePassword(ctx: Ctx, id: string, passwordHash: string): Promise<void> {
  await ctx.control.prepare("UPDATE identities SET password_hash = ?, updated_at = ? WHERE agent_id = ?").bind(passwordHash, ctx.now(), id).run();
  await endSessions(ctx, id).run();
}
