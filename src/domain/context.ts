import type { Caller, TenantCtx } from "../kit/context";
import type { Permission } from "./permissions";

/** The orders of the inbox that an agent can choose, by activity. */
export const CONVERSATION_SORTS = ["newest", "oldest"] as const;
export type ConversationSort = (typeof CONVERSATION_SORTS)[number];

/** The caller: an agent, a program with an API key, or the system (a consumer or the cron). `id` is the agent's. */
export interface Actor extends Caller {
  kind: "agent" | "api_key" | "system";
  /** The agent's name; undefined for the system. */
  name?: string;
  /** When the credential was read, for callers that outlive the call (sockets). Milliseconds since 1970. */
  readAt?: number;
  /** When the credential expires. Milliseconds since 1970. */
  expiresAt?: number | null;
  permissions: ReadonlySet<Permission>;
  /** An API key of type `read`: must not change anything, even if an operation needs only a permission to view. */
  readsOnly?: boolean;
  divisionIds: readonly string[];
  /** The agent's choice; undefined for programs, which get the newest first. */
  conversationSort?: ConversationSort;
}

/** The context of a verb. */
export interface Ctx extends TenantCtx {
  actor: Actor;
}

/** The permissions of an active agent, by role and divisions. */
export interface AgentRights {
  permissions: ReadonlySet<string>;
  divisionIds: ReadonlySet<string>;
}

/** Which conversations an actor may see. */
export interface Visibility {
  all: boolean;
  agentId: string | null;
  divisionIds: readonly string[];
}

export function visibilityOf(actor: Actor): Visibility {
  return {
    all: actor.kind === "system" || actor.permissions.has("conversations.view_all"),
    agentId: actor.id,
    divisionIds: actor.divisionIds,
  };
}

/** The properties of a conversation that decide who may see it. */
export interface VisibilityScope {
  assignedAgentId: string | null;
  divisionId: string | null;
}

/** The rule for who may see a conversation; areas/conversations/filter.ts has the same in SQL. */
export function maySee(who: Visibility, conversation: VisibilityScope): boolean {
  if (who.all || conversation.assignedAgentId === null || conversation.assignedAgentId === who.agentId) return true;
  return conversation.divisionId !== null && who.divisionIds.includes(conversation.divisionId);
}
