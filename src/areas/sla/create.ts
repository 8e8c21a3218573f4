import { happened } from "../../domain/event";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { divisionUnknown } from "../divisions/problems";
import { requireKnownDivision } from "../divisions/require";
import { type PolicyRow, toPolicy } from "./model";
import { CreateSlaPolicy, SlaPolicy } from "./schema";
import { tooManyPolicies } from "./problems";
import { noOtherDefault } from "./store";

const MAX_POLICIES = 200;

export default operation({
  id: "createSlaPolicy",
  summary: "Create an SLA policy",
  description:
    "The most specific policy applies to a conversation: channel and division, division, channel, the default, then one for everything; among equals the highest priority. It applies from the beginning of the current cycle, also to conversations that are already open.",
  body: CreateSlaPolicy,
  examples: {
    "For WhatsApp": {
      name: "WhatsApp",
      first_response_time_secs: 900,
      resolution_time_secs: 28_800,
      warning_threshold_pct: 80,
      channel: "whatsapp",
    },
  },
  response: SlaPolicy,
  status: 201,
  idempotent: "stored",
  problems: [divisionUnknown, tooManyPolicies],
  handle: ({ ctx, body }) => createPolicy(ctx, body),
});

export async function createPolicy(ctx: Ctx, input: CreateSlaPolicy): Promise<SlaPolicy> {
  const now = ctx.now();
  const row: PolicyRow = {
    ...input,
    id: ctx.newId(),
    description: input.description ?? null,
    channel: input.channel ?? null,
    division_id: input.division_id ?? null,
    is_default: Number(input.is_default),
    is_active: 1,
    created_at: now,
    updated_at: now,
  };
  await requireKnownDivision(ctx, row.division_id);
  const [count] = await ctx.db.query<{ n: number }>("SELECT count(*) AS n FROM sla_policies WHERE org_id = ?1");
  if (count!.n >= MAX_POLICIES) throw tooManyPolicies(`the maximum is ${MAX_POLICIES} policies`);
  const answer = toPolicy(row);
  const { id, created_at: _, updated_at: __, ...fields } = answer;
  await commit(ctx, {
    write: [
      ...(input.is_default ? [noOtherDefault(ctx, id)] : []),
      ctx.db.sql(
        `INSERT INTO sla_policies (id, org_id, name, description, first_response_time_secs, resolution_time_secs, warning_threshold_pct, priority, channel, division_id, is_active, is_default, created_at, updated_at)
         VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?11, ?12, ?12)`,
        id,
        row.name,
        row.description,
        row.first_response_time_secs,
        row.resolution_time_secs,
        row.warning_threshold_pct,
        row.priority,
        row.channel,
        row.division_id,
        row.is_default,
        now,
      ),
    ],
    events: [
      happened(
        "sla_policy.created",
        id,
        Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, [null, value]])),
      ),
    ],
    answer,
    status: 201,
  });
  return answer;
}
