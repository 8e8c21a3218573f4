import type { Config } from "../config";
import type { Cost } from "./cost";
import type { TenantDatabase } from "./database";

/** The context of every call, with or without a caller. */
export interface PublicCtx {
  env: Env;
  config: Config;
  /** The control database, metered. */
  control: D1Database;
  cost: Cost;
  requestId: string;
  /** The caller's IP address, for rate limits. */
  clientAddress: string;
  now(): number;
  newId(): string;
  /** The effects of entities' events; `commit` runs them. */
  effects: EventStage;
  /** Continues `work` after the answer. It may be lost, so nothing may depend on it. */
  background(work: Promise<unknown>): void;
}

/** The part of the caller that the kit needs for the audit row, idempotency and rights. */
export interface Caller {
  kind: string;
  id: string | null;
  /** The id of the session or API key. */
  credentialId: string;
  permissions: ReadonlySet<string>;
}

/** The tenant, as objects and queues refer to it. */
export interface OrgRef {
  id: string;
  tenantDb: string;
  /** Absent if it has not been read. */
  country?: string | null;
}

/** The context of a call in a tenant. Queues, objects and sweeps build one too, so verbs never depend on a Request. */
export interface TenantCtx extends PublicCtx {
  orgId: string;
  org: OrgRef;
  actor: Caller;
  db: TenantDatabase;
  /** Present if the call has an Idempotency-Key and the operation accepts one. */
  idempotency?: { caller: string; operation: string; key: string; bodyHash: string };
}

/** An event as a verb reports it; its type must be in the product's catalogue. */
export interface NewEvent {
  type: string;
  entityId: string;
  data: Record<string, unknown>;
}

/** Adds the effects of events to the batch that changes their entities. */
export interface EventStage {
  stage(
    ctx: TenantCtx,
    events: readonly NewEvent[],
  ): Promise<{
    statements: readonly D1PreparedStatement[];
    /** Call it once the batch is durable. Does not throw. */
    committed(): Promise<void>;
  }>;
}
