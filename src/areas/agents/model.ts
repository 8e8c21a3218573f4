import { z } from "@hono/zod-openapi";
import { CONVERSATION_SORTS, type ConversationSort } from "../../domain/context";

export const AGENT_STATUSES = ["active", "suspended", "deleted"] as const;

export const Capacity = z.int().min(0).max(10_000).nullable().openapi({
  description:
    "Maximum number of unresolved conversations up to which the agent is allocated more; null for no limit. Manual assignment may exceed it.",
});

export const Signature = z.string().max(4000).nullable().openapi({
  description: "Stands under the mails that the agent writes, above the account's signature; null for none",
});

export const AgentPublic = z
  .object({
    id: z.uuid(),
    email: z.string(),
    full_name: z.string(),
    role: z.string().openapi({ description: "The role's name", example: "agent" }),
    is_online: z.boolean().openapi({
      description: "True if a live socket is open or the agent was set online; false after the agent was set offline",
    }),
    status: z.enum(AGENT_STATUSES).openapi({ description: "Suspended and deleted agents cannot log in" }),
    capacity: Capacity,
    conversation_sort: z
      .enum(CONVERSATION_SORTS)
      .openapi({ description: "Default sort order of the agent's conversation list" }),
    signature: Signature,
    division_ids: z
      .array(z.uuid())
      .openapi({ description: "Divisions the agent is a member of, and whose conversations the agent sees" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("AgentPublic");
export type AgentPublic = z.infer<typeof AgentPublic>;

/** Trimmed and lower-cased, so that one mailbox belongs to one agent. */
export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, "must be an email address")
  .openapi({ format: "email", example: "ana@example.com" });
export const Password = z.string().min(6).max(256).openapi({ format: "password" });
export const FullName = z.string().trim().min(1).max(200);
export const RoleName = z.string().trim().toLowerCase().min(1).max(100);

/** A row of AGENT_COLUMNS: an agent with the role's name. Times are milliseconds since 1970. */
export interface AgentRow {
  id: string;
  email: string;
  full_name: string;
  role: string;
  role_id: string;
  status: (typeof AGENT_STATUSES)[number];
  is_online_by_hand: number;
  is_away: number;
  /** 1 if the agent was set online or has an open socket, and was not set offline. */
  is_present: number;
  capacity: number | null;
  conversation_sort: ConversationSort;
  signature: string | null;
  /** JSON array of ids. */
  division_ids: string;
  created_at: number;
  updated_at: number;
}

export const AGENT_COLUMNS = `a.id, a.email, a.full_name, r.name AS role, a.role_id, a.status, a.is_online_by_hand, a.is_away, a.is_present, a.capacity, a.conversation_sort, a.signature,
  (SELECT json_group_array(m.division_id) FROM division_agents m WHERE m.org_id = a.org_id AND m.agent_id = a.id) AS division_ids, a.created_at, a.updated_at
  FROM agents a JOIN roles r ON r.id = a.role_id AND r.org_id = a.org_id`;

export function toAgentPublic(row: AgentRow): AgentPublic {
  return {
    id: row.id,
    email: row.email,
    full_name: row.full_name,
    role: row.role,
    is_online: row.status === "active" && row.is_present === 1,
    status: row.status,
    capacity: row.capacity,
    conversation_sort: row.conversation_sort,
    signature: row.signature,
    division_ids: JSON.parse(row.division_ids) as string[],
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}
