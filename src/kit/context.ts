import type { Config } from "../config";
import type { Cost } from "./cost";
import type { TenantDatabase } from "./database";
import type { Permission } from "../domain/permissions";

/** In which order an agent has the inbox: by activity. */
export const CONVERSATION_SORTS = ["newest", "oldest"] as const;
export type ConversationSort = (typeof CONVERSATION_SORTS)[number];

/** Who acts. A system actor is a consumer or the cron. */
export interface Actor {
  kind: "agent" | "api_key" | "system";
  agentId: string | null;
  /** The session or the key that is used. */
  credentialId: string;
  /** When that was read, where it is for something that outlives the call. */
  readAt?: number;
  /** When that ends by itself. */
  expiresAt?: number | null;
  permissions: ReadonlySet<Permission>;
  /** A key of type `read`: for what needs no more than a right to look and yet changes something. */
  readsOnly?: boolean;
  divisionIds: readonly string[];
  /** As the agent has chosen; a program gets the newest first. */
  conversationSort?: ConversationSort;
}

/** What every call has, also one without a caller. */
export interface PublicCtx {
  env: Env;
  config: Config;
  /** The control database, counted. */
  control: D1Database;
  cost: Cost;
  requestId: string;
  /** Where the call came from, for rate limits. */
  clientAddress: string;
  now(): number;
  newId(): string;
  /** Goes on after the answer. Nothing that must happen may rest on it. */
  background(work: Promise<unknown>): void;
}

/** Everything a capability may touch. Queues, objects and cron build one too, so no verb ever sees a Request. */
export interface Ctx extends PublicCtx {
  orgId: string;
  org: OrgRef;
  actor: Actor;
  db: TenantDatabase;
  /** Set when the caller sent an Idempotency-Key to an operation that takes one. */
  idempotency?: { caller: string; operation: string; key: string; bodyHash: string };
}

/** The tenant, as objects and queues need to know it. */
export interface OrgRef {
  id: string;
  tenantDb: string;
  country: string | null;
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
    agentId: actor.agentId,
    divisionIds: actor.divisionIds,
  };
}

/** The one rule of who sees a conversation; lists say the same in SQL (areas/conversations/filter.ts). */
export function maySee(
  who: Visibility,
  conversation: { assignedAgentId: string | null; divisionId: string | null },
): boolean {
  if (who.all || conversation.assignedAgentId === null || conversation.assignedAgentId === who.agentId) return true;
  return conversation.divisionId !== null && who.divisionIds.includes(conversation.divisionId);
}
