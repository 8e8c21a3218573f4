import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { inboxOf, wakeRouting } from "../../objects";
import { MINUTE } from "../../kit/clock";
import { changesBetween, commit, newValues } from "../../kit/commit";
import { CONVERSATION_SORTS, type Ctx } from "../../domain/context";
import { operation, requireRight } from "../../domain/operation";
import { roleBeyondCaller } from "../roles/problems";
import { hashPassword, verifyPassword } from "../../kit/password";
import { changedMeanwhile, tooManyRequests } from "../../kit/problem";
import { countTry } from "../../kit/rate-limit";
import { forgetCredentials } from "../access/authenticate";
import { claimEmail } from "./address";
import { AgentPath } from "./get";
import {
  AgentPublic,
  type AgentRow,
  Capacity,
  Email,
  FullName,
  Password,
  RoleName,
  Signature,
  toAgentPublic,
} from "./model";
import {
  agentEmailTaken,
  agentIsCaller,
  agentLastAdmin,
  agentNotFound,
  passwordNeedsCurrent,
  roleUnknown,
} from "./problems";
import {
  actorJson,
  endSessions,
  isLastAdminFailure,
  loadAgent,
  requireAnotherAdmin,
  revokeKeys,
  roleIdOf,
} from "./store";

export const UpdateAgent = z
  .strictObject({
    email: Email.optional().openapi({ description: "Needs `agents.manage`" }),
    full_name: FullName.optional(),
    role: RoleName.optional().openapi({ description: "Needs `agents.manage`" }),
    status: z.enum(["active", "suspended"]).optional().openapi({
      description:
        "Needs `agents.manage`. The open conversations of a suspended agent become unassigned within a minute, each with an entry in the activity log",
    }),
    conversation_sort: z
      .enum(CONVERSATION_SORTS)
      .optional()
      .openapi({ description: "Default sort order of the agent's conversation list" }),
    signature: Signature.optional(),
    capacity: Capacity.optional().openapi({ description: "Needs `agents.manage`" }),
    password: Password.optional().openapi({ description: "The new password, 6 to 256 characters" }),
    current_password: z
      .string()
      .max(256)
      .optional()
      .openapi({ description: "Required when callers change their own password" }),
  })
  .openapi("UpdateAgent");

export default operation({
  id: "updateAgent",
  summary: "Update an agent",
  description:
    "Changing the password, role or status ends the agent's sessions. A new password also revokes the agent's API keys, since whoever knew the old one may have made some.",
  alsoNeeds: { "agents.manage": "for everything but the caller's own name, signature, password and inbox order" },
  params: AgentPath,
  body: UpdateAgent,
  response: AgentPublic,
  problems: [
    changedMeanwhile,
    agentNotFound,
    agentEmailTaken,
    agentLastAdmin,
    agentIsCaller,
    passwordNeedsCurrent,
    roleUnknown,
    roleBeyondCaller,
    tooManyRequests,
  ],
  handle: ({ ctx, params, body }) => updateAgent(ctx, params.id, body),
});

export async function updateAgent(ctx: Ctx, id: string, input: z.infer<typeof UpdateAgent>): Promise<AgentPublic> {
  const isSelf = id === ctx.actor.id && ctx.actor.kind === "agent";
  const needsRight = !isSelf || input.email || input.role || input.status || input.capacity !== undefined;
  if (needsRight) requireRight(ctx, "agents.manage");
  const before = await loadAgent(ctx, id);
  // Callers must not gain permissions they lack by changing the account of an agent who has them.
  if (!isSelf) await roleIdOf(ctx, before.role);
  if (isSelf && input.status === "suspended") throw agentIsCaller();
  const passwordHash = input.password && (await newPassword(ctx, id, isSelf, input.password, input.current_password));
  const roleId =
    input.role !== undefined && input.role !== before.role ? await roleIdOf(ctx, input.role) : before.role_id;
  const { email, full_name, role, status, conversation_sort, signature, capacity } = input;
  const changes = changesBetween(before, { email, full_name, role, status, conversation_sort, signature, capacity });
  const after: AgentRow = { ...before, ...newValues(changes), role_id: roleId, updated_at: ctx.now() };
  const { role: _, ...columns } = newValues(changes);
  const [roleChanges, statusChanges] = ["role" in changes, "status" in changes];
  const endsSessions = passwordHash !== undefined || roleChanges || statusChanges;
  // Also if the row already has this address: an earlier call may have been interrupted between the two databases.
  if (email !== undefined) await changeEmail(ctx, id, email);
  if (Object.keys(changes).length === 0 && passwordHash === undefined) return toAgentPublic(before);
  const restoreEmail = async (): Promise<void> =>
    email === undefined ? undefined : changeEmail(ctx, id, before.email, email);
  await commit(ctx, {
    write: [
      ...((roleChanges && role !== "admin") || status === "suspended" ? [requireAnotherAdmin(ctx, id)] : []),
      ...(endsSessions ? [endSessions(ctx, id)] : []),
      ...(passwordHash !== undefined ? [revokeKeys(ctx, id)] : []),
      // The checks above depend on role and status: the update must fail if these have changed since they were read.
      ctx.db.update(
        "agents",
        { id, role_id: before.role_id, status: before.status, ...(email !== undefined && { email: before.email }) },
        {
          ...columns,
          role_id: roleChanges ? roleId : undefined,
          status_by: statusChanges ? actorJson(ctx) : undefined,
          updated_at: after.updated_at,
        },
      ),
    ],
    events: [
      happened("agent.updated", id, { ...changes, ...(passwordHash && { password: ["(hidden)", "(changed)"] }) }),
    ],
    mustChange: true,
  }).catch(async (error: unknown) => {
    await restoreEmail();
    throw isLastAdminFailure(error) ? agentLastAdmin() : error;
  });
  if (passwordHash) await changePassword(ctx, id, passwordHash);
  forgetCredentials();
  if (endsSessions) await inboxOf(ctx).revoke({ agentIds: [id] });
  if ("capacity" in changes || statusChanges) ctx.background(wakeRouting(ctx));
  return toAgentPublic(after);
}

async function newPassword(
  ctx: Ctx,
  id: string,
  isSelf: boolean,
  password: string,
  current: string | undefined,
): Promise<string> {
  if (isSelf) {
    await countTry(ctx, { [`password:${id}`]: 10 }, MINUTE);
    const row = await ctx.control
      .prepare("SELECT password_hash FROM identities WHERE agent_id = ?")
      .bind(id)
      .first<{ password_hash: string }>();
    if (!row || !(await verifyPassword(current ?? "", row.password_hash))) throw passwordNeedsCurrent();
  }
  return hashPassword(password);
}

/** Changes the email address for login; with `from`, only if `from` is still the current one. */
const changeEmail = (ctx: Ctx, id: string, email: string, from: string | null = null): Promise<void> =>
  claimEmail(
    ctx,
    email,
    ctx.control
      .prepare("UPDATE identities SET email = ?, updated_at = ? WHERE agent_id = ? AND email = coalesce(?, email)")
      .bind(email, ctx.now(), id, from),
  );

/**
 * Written last, after all checks. Also ends what the old password has opened since the batch: a session, and a key that
 * the session has made.
 */
async function changePassword(ctx: Ctx, id: string, passwordHash: string): Promise<void> {
  await ctx.control
    .prepare("UPDATE identities SET password_hash = ?, updated_at = ? WHERE agent_id = ?")
    .bind(passwordHash, ctx.now(), id)
    .run();
  await ctx.db.batch([endSessions(ctx, id), revokeKeys(ctx, id)]);
}
