import type { NewEvent, OrgRef } from "../kit/context";
import type { TenantDatabase } from "../kit/database";
import type { Ctx } from "./context";
import type { ConversationState } from "./conversation/state";
import type { DomainEvent, EntityEvent } from "./event";
import type { LiveFrame } from "./live-frames";
import type { StoredMessage } from "./message/state";

/**
 * Events that D1 does not have yet: at least one, without gaps, with the conversation's state and the messages that
 * they concern.
 */
export interface Committed {
  state: ConversationState;
  events: readonly DomainEvent[];
  messages: readonly StoredMessage[];
  /** Absent if nobody outside subscribes to any event of the organization. */
  subscribed?: SubscribedEvents;
}

/** For webhooks. */
export interface SubscribedEvents {
  /** The types that somebody subscribes to. */
  types: ReadonlySet<string>;
  /** The frames of those of the events that have such a type. */
  frames: readonly LiveFrame[];
  /** The deployment's address. */
  publicUrl: string;
}

/** The rows that D1 does not have yet, by effect. Delivered at least once. */
export interface Projection {
  orgId: string;
  tenantDb: string;
  conversationId: string;
  /** The number of the last included event. */
  upTo: number;
  rows: Readonly<Record<string, readonly object[]>>;
}

/**
 * The consequences of events. One file `effect.ts` in the area that owns the rows, and an entry in src/composition.ts,
 * which fixes the order in the batch. Rows are plain JSON, since they travel from the object to the consumer, and
 * complete: each names its conversation.
 *
 * Rows of conversations are written in the batch that projects the events, which may run again after a crash:
 * statements are idempotent by ids derived from the event. Rows of other entities are written once, in the batch that
 * changes the entity.
 */
export interface Effect<Row extends object = object> {
  readonly name: string;
  /** Pure. The rows for a conversation's events. */
  readonly fromConversation?: (committed: Committed) => readonly Row[];
  /** Pure. The rows for an entity's event; undefined if the effect does not apply to it. */
  readonly fromEntity?: (event: EntityEvent) => readonly Row[] | undefined;
  /**
   * Further events that an entity's event leads to, in the name of its actor: they are committed in the same batch, with effects of their
   * own. Reads what it needs to know. Undefined where the effect does not concern the event.
   */
  readonly leadsTo?: (event: EntityEvent) => ((db: TenantDatabase) => Promise<readonly NewEvent[]>) | undefined;
  /**
   * The statements for rows of many conversations or entities; their number does not grow with the rows. May read
   * first.
   */
  readonly statements?: (
    db: TenantDatabase,
    rows: readonly Row[],
  ) => readonly D1PreparedStatement[] | Promise<readonly D1PreparedStatement[]>;
  /**
   * For entities whose rows the statements create: the event of a row that is new to `table`. Emitted only if some
   * effect applies to it.
   */
  readonly creates?: { table: string; event: (row: Row) => EntityEvent };
  /** Notifies other objects once the rows are durable. May be lost, so a sweep must find the work too. */
  readonly wake?: (whose: { env: Env; org: OrgRef }, rows: readonly Row[]) => Promise<void>;
  /** Runs in the consumer once a conversation's rows are durable. May be lost, so a sweep must find the work too. */
  readonly after?: (ctx: Ctx, rows: readonly Row[]) => Promise<void>;
  /**
   * Delivers an entity's event outside its database, at least once and idempotent by the event's id: the event stays in
   * the outbox until this succeeds. Undefined if the effect does not apply to the event: then no outbox row is written.
   */
  readonly deliver?: (event: EntityEvent) => ((ctx: Ctx) => Promise<void>) | undefined;
}

/** Checks an effect's types where it is written, then erases the row's type, so that a list can hold all effects. */
export const effect = <Row extends object>(definition: Effect<Row>): Effect => definition as unknown as Effect;
