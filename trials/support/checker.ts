/**
 * Compares conversations with their rows in D1. Objects are the authority, so a difference is a fault of D1 or a stuck
 * outbox.
 */
import { deepStrictEqual } from "node:assert";

interface Inspected {
  row: Record<string, unknown> & { id: string; version: number; message_count: number; unread_count: number };
  counts: { messages: number; inbound: number; outgoing: number };
  seq: number;
  projected: number;
  published: number;
}

/** The bindings that the checker needs, from inside the Worker or through miniflare. */
export interface Deployment {
  tenantDatabases: D1Database[];
  conversation(name: string): { inspect(): Promise<Inspected | undefined> };
}

export interface Findings {
  conversations: number;
  messages: number;
  inbound: number;
  /** Messages in send queues. */
  outgoing: number;
  /** The number of all events of the conversations. */
  events: number;
  unread: number;
  differences: string[];
}

const PARALLEL = 50;

/** Compares all conversations of D1, and those in `expected`, which must exist even if D1 has no row. */
export async function checkState(
  deployment: Deployment,
  orgId: string,
  expected: readonly string[] = [],
): Promise<Findings> {
  const rows = new Map<string, Record<string, unknown>>();
  for (const db of deployment.tenantDatabases) {
    const { results } = await db.prepare("SELECT * FROM conversations WHERE org_id = ?").bind(orgId).all();
    for (const row of results) rows.set(String(row.id), row);
  }
  const findings: Findings = {
    conversations: 0,
    messages: 0,
    inbound: 0,
    outgoing: 0,
    events: 0,
    unread: 0,
    differences: [],
  };
  for (const [number, db] of deployment.tenantDatabases.entries())
    findings.differences.push(...(await searchDifferences(db)).map((text) => `database ${number}: ${text}`));
  const waiting = [...new Set([...rows.keys(), ...expected])];
  const worker = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const object = await deployment.conversation(`${orgId}:${id}`).inspect();
      if (object) {
        findings.conversations++;
        findings.messages += object.counts.messages;
        findings.inbound += object.counts.inbound;
        findings.outgoing += object.counts.outgoing;
        findings.events += object.seq;
        findings.unread += object.row.unread_count;
      }
      findings.differences.push(...differencesOf(id, object, rows.get(id)));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return findings;
}

/** Repeats the comparison until nothing differs or the time is over, since D1 follows the objects with a delay. */
export async function checkStateWithin(seconds: number, ...args: Parameters<typeof checkState>): Promise<Findings> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const findings = await checkState(...args);
    if (findings.differences.length === 0 || Date.now() > until) return findings;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Compares the full-text indexes with their rows, by FTS5's integrity check. */
export async function searchDifferences(db: D1Database): Promise<string[]> {
  const found: string[] = [];
  for (const index of ["contact_search", "conversation_search", "texts_fts", "quick_replies_fts"])
    await db
      .prepare(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`)
      .run()
      .catch((error: unknown) => found.push(`${index} is not as its rows are: ${String(error)}`));
  return found;
}

function differencesOf(id: string, object: Inspected | undefined, row: Record<string, unknown> | undefined): string[] {
  if (!object)
    return [`${id}: ${row ? "D1 has a row of a conversation that does not exist" : "the conversation does not exist"}`];
  const { row: own, counts, seq, projected, published } = object;
  const found: string[] = [];
  if (projected !== seq) found.push(`${id}: D1 knows events up to ${projected} of ${seq}`);
  if (published !== seq) found.push(`${id}: the inbox knows events up to ${published} of ${seq}`);
  if (counts.messages !== own.message_count)
    found.push(`${id}: counts ${own.message_count} messages and has ${counts.messages}`);
  if (!row) return [...found, `${id}: D1 has no row`];
  for (const [name, value] of Object.entries(own)) {
    // D1 does not have the events that change nothing in it: `projected` above is what must be equal.
    if (name === "projected_seq") continue;
    // While a window is open, D1 has a lower bound.
    if (name === "window_since" && row["window_status"] === "open" && Number(row[name]) <= Number(value)) continue;
    const theirs: unknown = Array.isArray(value) ? (JSON.parse(String(row[name])) as unknown) : row[name];
    try {
      deepStrictEqual(theirs, value);
    } catch {
      found.push(`${id}: ${name} is ${JSON.stringify(value)}, in D1 ${JSON.stringify(theirs)}`);
    }
  }
  return found;
}
