import type { Caller, TenantCtx } from "../kit/context";
import type { Permission } from "./permissions";

/** Orders in which an agent may have the inbox, by activity. */
export const CONVERSATION_SORTS = ["newest", "oldest"] as const;
export type ConversationSort = (typeof CONVERSATION_SORTS)[number];

/** The caller: an agent, a program with an API key, or the system (a consumer or the cron). `id` is the agent's. */
export interface Actor extends Caller {
  kind: "agent" | "api_key" | "system";
  /** When the credential was read, for callers that outlive the call (sockets). Milliseconds. */
  readAt?: number;
  /** When the credential ends by itself. Milliseconds. */
  expiresAt?: number | null;
  permissions: ReadonlySet<Permission>;
  /** A key of type `read`: may look, and must not change anything even where an operation needs only a right to look. */
  readsOnly?: boolean;
  divisionIds: readonly string[];
  /** The agent's choice; a program gets the newest first. */
  conversationSort?: ConversationSort;
}

/** Everything that a capability may touch. */
export interface Ctx extends TenantCtx {
  actor: Actor;
}

/** The rights of an active agent by role and divisions. */
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

/** The one rule for who may see a conversation; lists say the same in SQL (areas/conversations/filter.ts). */
export function maySee(who: Visibility, conversation: VisibilityScope): boolean {
  if (who.all || conversation.assignedAgentId === null || conversation.assignedAgentId === who.agentId) return true;
  return conversation.divisionId !== null && who.divisionIds.includes(conversation.divisionId);
}
