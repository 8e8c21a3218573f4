import type { Config } from "../config";
import type { Cost } from "./cost";
import type { TenantDatabase } from "./database";

/** What every call has, also one without a caller. */
export interface PublicCtx {
  env: Env;
  config: Config;
  /** The control database, counted. */
  control: D1Database;
  cost: Cost;
  requestId: string;
  /** Address of the caller, for rate limits. */
  clientAddress: string;
  now(): number;
  newId(): string;
  /** What events of entities lead to; `commit` runs it. */
  effects: EventStage;
  /** Continues after the answer. It may be lost, so nothing that must happen may rest on it. */
  background(work: Promise<unknown>): void;
}

/** The caller as the kit knows it: enough for the audit row, idempotency and rights. */
export interface Caller {
  kind: string;
  id: string | null;
  /** The session or the API key in use. */
  credentialId: string;
  permissions: ReadonlySet<string>;
}

/** The tenant, as objects and queues need to know it. */
export interface OrgRef {
  id: string;
  tenantDb: string;
  /** Absent where the caller has not read it. */
  country?: string | null;
}

/** A call by somebody of a tenant. Queues, objects and cron build one too, so no verb sees a Request. */
export interface TenantCtx extends PublicCtx {
  orgId: string;
  org: OrgRef;
  actor: Caller;
  db: TenantDatabase;
  /** Set when the caller sent an Idempotency-Key to an operation that takes one. */
  idempotency?: { caller: string; operation: string; key: string; bodyHash: string };
}

/** An event as a verb reports it: the product's catalogue says what types there are. */
export interface NewEvent {
  type: string;
  entityId: string;
  data: Record<string, unknown>;
}

/** Turns events into a part of the batch that changes their entities. */
export interface EventStage {
  stage(
    ctx: TenantCtx,
    events: readonly NewEvent[],
  ): Promise<{
    statements: readonly D1PreparedStatement[];
    /** To be called once the batch is durable. Does not throw. */
    committed(): Promise<void>;
  }>;
}
