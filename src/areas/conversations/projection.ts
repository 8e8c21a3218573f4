import { ROWS, TenantDatabase } from "../../kit/database";
import { tenantD1 } from "../../config";
import { Cost } from "../../kit/cost";
import { dayIn } from "../../kit/day";
import { tagKey } from "../../domain/tag";
import { type CountedEvent, countStatements } from "../analytics/count";
import { contactStatements } from "../contacts/projection";
import { recentTimezoneOf } from "../working-hours/timezone";
import { notStale } from "./stale";
import { FIRST_ROWID, otherTextPlace, textPlace } from "./text-place";

/** What an object has that D1 does not know yet, as plain rows. Everything in it may come twice. */
export interface Projection {
  orgId: string;
  tenantDb: string;
  /** The number of the last event in here; the object is told when it is written. */
  upTo: number;
  /** It has come to wait in a queue, or somebody has room now. */
  concernsRouting: boolean;
  conversation: {
    id: string;
    contact_id: string;
    account_id: string;
    channel: string;
    status: string;
    assigned_agent_id: string;
    division_id: string;
    waiting_since: number | null;
    given_up_by: string | null;
    tags: string[];
    unread_count: number;
    contact_name: string | null;
    contact_phone: string | null;
    contact_user_id: string | null;
    contact_username: string | null;
    last_message: string | null;
    last_message_at: number | null;
    last_inbound_at: number | null;
    window_status: string;
    sla_status: string;
    cycle: number;
    message_count: number;
    version: number;
    created_at: number;
    updated_at: number;
    thread_key: string;
  };
  texts: { id: string; direction: string; type: string; body: string; created_at: number }[];
  media: {
    id: string;
    message_id: string;
    r2_key: string;
    mime_type: string;
    file_name: string | null;
    file_size: number | null;
    sha256: string | null;
    created_at: number;
  }[];
  /** Of the conversation itself, unless another entity is named. */
  activities: {
    id: string;
    actor_kind: string;
    actor_id: string | null;
    action: string;
    entity_type?: string;
    entity_id?: string;
    changes: unknown;
    created_at: number;
  }[];
  transfers: {
    id: string;
    transferred_by: string | null;
    from_agent_id: string | null;
    to_agent_id: string | null;
    from_division_id: string | null;
    to_division_id: string | null;
    note: string | null;
    created_at: number;
  }[];
  /** What analytics counts of it. */
  counts: CountedEvent[];
  surveys: {
    id: string;
    cycle: number;
    status: string;
    message_id: string | null;
    agent_id: string;
    error_message: string | null;
    rating: number | null;
    comment: string | null;
    rated_via: string | null;
    created_at: number;
    sent_at: number | null;
    rated_at: number | null;
    expires_at: number;
    survey_version: number;
  }[];
  /** What is measured of cycles that have changed; `seq` is the event that said so. */
  cycles: {
    cycle: number;
    seq: number;
    channel: string;
    division_id: string;
    opened_at: number;
    first_inbound_at: number | null;
    first_response_at: number | null;
    resolved_at: number | null;
  }[];
  breaches: {
    id: string;
    cycle: number;
    sla_policy_id: string;
    breach_type: string;
    threshold_secs: number;
    breached_at: number;
  }[];
}

// A row never goes back: what comes late has a lower version and changes nothing.
const CONVERSATIONS = `
INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, assigned_agent_id, division_id, waiting_since, given_up_by, tags, tag_keys, unread_count, contact_name, contact_phone,
  last_message, last_message_at, last_inbound_at, window_status, sla_status, cycle, message_count, version, created_at, updated_at)
SELECT r.value ->> 'id', ?1, r.value ->> 'contact_id', r.value ->> 'account_id', r.value ->> 'channel', r.value ->> 'status', r.value ->> 'assigned_agent_id', r.value ->> 'division_id', r.value ->> 'waiting_since', r.value ->> 'given_up_by',
  json_extract(r.value, '$.tags'), json_extract(r.value, '$.tag_keys'), r.value ->> 'unread_count', r.value ->> 'contact_name', r.value ->> 'contact_phone', r.value ->> 'last_message', r.value ->> 'last_message_at',
  r.value ->> 'last_inbound_at', r.value ->> 'window_status', r.value ->> 'sla_status', r.value ->> 'cycle', r.value ->> 'message_count', r.value ->> 'version', r.value ->> 'created_at', r.value ->> 'updated_at'
FROM ${ROWS} WHERE true
ON CONFLICT (id) DO UPDATE SET
  status = excluded.status, assigned_agent_id = excluded.assigned_agent_id, division_id = excluded.division_id, waiting_since = excluded.waiting_since, given_up_by = excluded.given_up_by, tags = excluded.tags, tag_keys = excluded.tag_keys, unread_count = excluded.unread_count,
  contact_name = excluded.contact_name, contact_phone = excluded.contact_phone, last_message = excluded.last_message, last_message_at = excluded.last_message_at,
  last_inbound_at = excluded.last_inbound_at, window_status = excluded.window_status, sla_status = excluded.sla_status, cycle = excluded.cycle, message_count = excluded.message_count, version = excluded.version, updated_at = excluded.updated_at
WHERE excluded.version > conversations.version`;

const TEXTS = `
INSERT INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at)
SELECT iif(EXISTS (SELECT 1 FROM texts t WHERE t.rowid = first.id + (r.value ->> 'place') AND t.id <> r.value ->> 'id'), first.id + (r.value ->> 'other_place'), first.id + (r.value ->> 'place')),
  r.value ->> 'id', ?1, r.value ->> 'conversation_id', r.value ->> 'direction', r.value ->> 'type', r.value ->> 'body', r.value ->> 'created_at'
FROM ${ROWS}, (SELECT ${FIRST_ROWID} AS id) first WHERE ${notStale("conversation_id")}
ON CONFLICT (org_id, id) DO UPDATE SET body = excluded.body WHERE excluded.body <> texts.body
ON CONFLICT (rowid) DO NOTHING`;

const MEDIA = `
INSERT OR IGNORE INTO media (id, org_id, conversation_id, message_id, r2_key, mime_type, file_name, file_size, sha256, created_at)
SELECT r.value ->> 'id', ?1, r.value ->> 'conversation_id', r.value ->> 'message_id', r.value ->> 'r2_key', r.value ->> 'mime_type', r.value ->> 'file_name', r.value ->> 'file_size', r.value ->> 'sha256', r.value ->> 'created_at'
FROM ${ROWS}`;

const ACTIVITIES = `
INSERT OR IGNORE INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, changes, created_at)
SELECT r.value ->> 'id', ?1, r.value ->> 'actor_kind', r.value ->> 'actor_id', r.value ->> 'action', coalesce(r.value ->> 'entity_type', 'conversation'), coalesce(r.value ->> 'entity_id', r.value ->> 'conversation_id'), json_extract(r.value, '$.changes'), r.value ->> 'created_at'
FROM ${ROWS}`;

const TRANSFERS = `
INSERT OR IGNORE INTO conversation_transfers (id, org_id, conversation_id, transferred_by, from_agent_id, to_agent_id, from_division_id, to_division_id, note, created_at)
SELECT r.value ->> 'id', ?1, r.value ->> 'conversation_id', r.value ->> 'transferred_by', r.value ->> 'from_agent_id', r.value ->> 'to_agent_id', r.value ->> 'from_division_id', r.value ->> 'to_division_id', r.value ->> 'note', r.value ->> 'created_at'
FROM ${ROWS}`;

// The row is inserted first and filled in by an UPDATE, since triggers on updates count the daily figures.
const NEW_SURVEYS = `
INSERT OR IGNORE INTO csat_surveys (id, org_id, conversation_id, contact_id, cycle, channel, agent_id, created_at, expires_at)
SELECT r.value ->> 'id', ?1, r.value ->> 'conversation_id', r.value ->> 'contact_id', r.value ->> 'cycle', r.value ->> 'channel', r.value ->> 'agent_id', r.value ->> 'created_at', r.value ->> 'expires_at'
FROM ${ROWS}`;

const SURVEYS = `
UPDATE csat_surveys SET status = r.value ->> 'status', message_id = r.value ->> 'message_id', error_message = r.value ->> 'error_message', rating = r.value ->> 'rating',
  comment = r.value ->> 'comment', rated_via = r.value ->> 'rated_via', sent_at = r.value ->> 'sent_at', rated_at = r.value ->> 'rated_at', expires_at = r.value ->> 'expires_at',
  sent_day = coalesce(csat_surveys.sent_day, r.value ->> 'sent_day'), rated_day = coalesce(csat_surveys.rated_day, r.value ->> 'rated_day'), version = r.value ->> 'survey_version'
FROM ${ROWS} WHERE csat_surveys.org_id = ?1 AND csat_surveys.id = r.value ->> 'id' AND r.value ->> 'survey_version' > csat_surveys.version`;

// Facts carry the number of their event, so older ones change nothing. Newer ones have the deadlines computed again. Where the
// organization never had a policy, a cycle that is over is closed at once.
const CYCLES = `
INSERT INTO sla_clocks (org_id, conversation_id, cycle, seq, channel, division_id, opened_at, first_inbound_at, first_response_at, resolved_at, is_open)
SELECT ?1, r.value ->> 'conversation_id', r.value ->> 'cycle', r.value ->> 'seq', r.value ->> 'channel', r.value ->> 'division_id', r.value ->> 'opened_at',
  r.value ->> 'first_inbound_at', r.value ->> 'first_response_at', r.value ->> 'resolved_at',
  iif(r.value ->> 'resolved_at' IS NULL, 1, (SELECT o.sla_version > 0 FROM orgs o WHERE o.org_id = ?1))
FROM ${ROWS} WHERE true
ON CONFLICT (org_id, conversation_id, cycle) DO UPDATE SET
  seq = excluded.seq, division_id = excluded.division_id, opened_at = excluded.opened_at, first_inbound_at = excluded.first_inbound_at,
  first_response_at = excluded.first_response_at, resolved_at = excluded.resolved_at, is_open = excluded.is_open, settings_version = 0
WHERE excluded.seq > sla_clocks.seq`;

// A breach happens when the threshold has passed, so that is the actual time.
const BREACHES = `
INSERT OR IGNORE INTO sla_breaches (id, org_id, conversation_id, cycle, sla_policy_id, breach_type, threshold_secs, actual_secs, breached_at)
SELECT r.value ->> 'id', ?1, r.value ->> 'conversation_id', r.value ->> 'cycle', r.value ->> 'sla_policy_id', r.value ->> 'breach_type', r.value ->> 'threshold_secs', r.value ->> 'threshold_secs', r.value ->> 'breached_at'
FROM ${ROWS}`;

/**
 * Each text with its place in the index. The statement looks whether a place is taken in the table; of two texts in the same statement
 * with the same place, the second is given its other place here. Sorted by place, since FTS5 flushes its buffer to the index whenever a
 * rowid is lower than the one before.
 */
function placed<T extends { id: string }>(texts: readonly T[]): (T & { place: number; other_place: number })[] {
  const taken = new Map<number, string>();
  const places = texts.map((text) => {
    const [first, other] = [textPlace(text.id), otherTextPlace(text.id)];
    const place = (taken.get(first) ?? text.id) === text.id ? first : other;
    taken.set(place, text.id);
    return { ...text, place, other_place: other };
  });
  return places.toSorted((a, b) => a.place - b.place);
}

const withTagKeys = (row: Projection["conversation"]) => ({ ...row, tag_keys: row.tags.map(tagKey) });

/** Writes a conversation's row alone, in one statement; texts and the rest follow with the consumer. */
export async function projectRow(
  env: Env,
  { orgId, tenantDb }: { orgId: string; tenantDb: string },
  row: Projection["conversation"],
  cost: Cost,
): Promise<string | null> {
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, cost, "first-primary");
  await db.sql(CONVERSATIONS, JSON.stringify([withTagKeys(row)])).run();
  return db.bookmark;
}

/**
 * Writes what objects have to say into a tenant database: one transaction for any number of conversations, a few statements
 * whatever their number. Idempotent, and never backwards. Returns the bookmark that a reader needs to see it.
 */
export async function project(env: Env, projections: readonly Projection[], cost = new Cost()): Promise<string | null> {
  const [first] = projections;
  if (!first) return null;
  if (projections.some((p) => p.orgId !== first.orgId || p.tenantDb !== first.tenantDb))
    throw new Error("a projection is of one tenant");
  const db = new TenantDatabase(tenantD1(env, first.tenantDb), first.orgId, cost, "first-primary");
  const conversations = projections.map(({ conversation }) => withTagKeys(conversation));
  const owned = <T extends object>(
    pick: (p: Projection) => readonly T[],
  ): (T & { conversation_id: string; version: number })[] =>
    projections.flatMap((p) =>
      pick(p).map((row) => ({ ...row, conversation_id: p.conversation.id, version: p.conversation.version })),
    );
  const statements = [...contactStatements(db, conversations), db.sql(CONVERSATIONS, JSON.stringify(conversations))];
  const add = (sql: string, rows: readonly unknown[], ...more: string[]): void => {
    if (rows.length > 0) statements.push(db.sql(sql, JSON.stringify(rows), ...more));
  };
  add(TEXTS, placed(owned((p) => p.texts)));
  add(
    MEDIA,
    owned((p) => p.media),
  );
  add(
    ACTIVITIES,
    owned((p) => p.activities),
  );
  add(
    TRANSFERS,
    owned((p) => p.transfers),
  );
  add(
    CYCLES,
    owned((p) => p.cycles),
  );
  add(
    BREACHES,
    owned((p) => p.breaches),
  );
  if (projections.some((p) => p.counts.length > 0)) {
    const counted = projections.map(({ conversation: c, counts }) => ({
      id: c.id,
      channel: c.channel,
      account: c.account_id,
      events: counts,
    }));
    statements.push(...countStatements(db, counted, await recentTimezoneOf(db)));
  }
  const surveys = projections.flatMap(({ conversation: { id, contact_id, channel }, surveys: theirs }) =>
    theirs.map((survey) => ({ ...survey, conversation_id: id, contact_id, channel })),
  );
  if (surveys.length > 0) {
    const timezone = await recentTimezoneOf(db);
    const dayOf = (at: number | null): string | null => (at === null ? null : dayIn(timezone, at));
    add(NEW_SURVEYS, surveys);
    add(
      SURVEYS,
      surveys.map((survey) => ({ ...survey, sent_day: dayOf(survey.sent_at), rated_day: dayOf(survey.rated_at) })),
    );
  }
  await db.batch(statements);
  return db.bookmark;
}
