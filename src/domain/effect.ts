import type { OrgRef } from "../kit/context";
import type { TenantDatabase } from "../kit/database";
import type { Ctx } from "./context";
import type { ConversationState } from "./conversation/state";
import type { DomainEvent, EntityEvent } from "./event";
import type { StoredMessage } from "./message/state";

/** What a conversation has committed since D1 was last told: at least one event, without gaps, and the messages that they are about. */
export interface Committed {
  state: ConversationState;
  events: readonly DomainEvent[];
  messages: readonly StoredMessage[];
}

/** What an object has that D1 does not know yet, as plain rows by effect. Everything in it may come twice. */
export interface Projection {
  orgId: string;
  tenantDb: string;
  conversationId: string;
  /** The conversation's version, and the number of the last event in here: the object is told both once they are written. */
  version: number;
  upTo: number;
  rows: Readonly<Record<string, readonly object[]>>;
}

/**
 * What events lead to. One file `effect.ts` in the area that owns the rows, and one word in the list of src/effects.ts, which fixes the
 * order in the batch. Rows are plain JSON, since they travel from the object to the consumer, and complete: each names its conversation.
 *
 * Rows of conversations are written in the batch that projects the events, which may run again after a crash: statements are idempotent
 * by ids derived from the event. Rows of other entities are written in the batch that changes the entity, once.
 */
export interface Effect<Row extends object = object> {
  readonly name: string;
  /** Pure. The rows that a conversation's events lead to. */
  readonly fromConversation?: (committed: Committed) => readonly Row[];
  /** Pure. The rows that an entity's event leads to; undefined where the effect does not concern it. */
  readonly fromEntity?: (event: EntityEvent) => readonly Row[] | undefined;
  /** The statements for the rows of many conversations or entities: a few, whatever the number of rows. May read first. */
  readonly statements?: (
    db: TenantDatabase,
    rows: readonly Row[],
  ) => readonly D1PreparedStatement[] | Promise<readonly D1PreparedStatement[]>;
  /**
   * For entities whose rows are created by the statements themselves: the event of a row, told once if the row is new to `table`. Written
   * only where some effect is concerned by it.
   */
  readonly creates?: { table: string; event: (row: Row) => EntityEvent };
  /** Tells another object that something awaits it, once the rows are durable. May be lost: a sweep makes up for it. */
  readonly wake?: (whose: { env: Env; org: OrgRef }) => Promise<void>;
  /** Work of the consumer once a conversation's rows are durable. May be lost: a sweep makes up for it. */
  readonly after?: (ctx: Ctx, rows: readonly Row[]) => Promise<void>;
  /**
   * Brings an entity's event beyond its database. At least once, idempotent by the event's id: the event waits in the outbox until this
   * has succeeded. Undefined where the effect does not concern the event: then no outbox row is written.
   */
  readonly deliver?: (event: EntityEvent) => ((ctx: Ctx) => Promise<void>) | undefined;
}

/** Checks an effect's types where it is written, then forgets the row's, so that a list can hold all of them. */
export const effect = <Row extends object>(definition: Effect<Row>): Effect => definition as unknown as Effect;
