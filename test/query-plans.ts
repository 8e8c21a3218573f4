import { env } from "cloudflare:workers";
import { afterAll } from "vitest";

/**
 * Explains each statement of a tenant that a suite ran. In small test data every plan is quick; over a large tenant one
 * that has only the organization to search by reads all of its rows. SQLite guesses that an organization has ten rows
 * and prefers its index to that of the ids: such a statement says `+org_id`.
 */
const BOUNDED_TABLES = new Set([
  "agents",
  "api_keys",
  "campaign_settings",
  "chat_expiration_rules",
  "divisions",
  "holidays",
  "integration_accounts",
  "orgs",
  "roles",
  "sla_policies",
  "webhooks",
  "working_hours",
]);
const INTENDED = [
  // The erasure of a contact, which is rare and takes its time.
  /^DELETE FROM (drafts|mail_names|webhook_deliveries|contact_aliases|reopenings) WHERE/,
  /^SELECT m\.r2_key FROM media m/,
  /^SELECT id FROM campaigns WHERE org_id = \?1$/,
  // Once after a start of the inbox's object, for numbers that it keeps from then on.
  /^SELECT id, version, assigned_agent_id AS agent/,
  // Reads the first row that it finds.
  /WHERE NOT EXISTS \(SELECT 1 FROM \w+ WHERE org_id = \?1\)/,
  // Once, when an organization makes its first policy.
  /^UPDATE sla_clocks SET is_open = 1 WHERE is_open = 2/,
];

const ran = new Set<string>();
const explained = new Set<string>();

export function refuseUnboundedReads(): void {
  const prototype = Object.getPrototypeOf(env.TENANT_DB_00.withSession()) as D1DatabaseSession & { isRecorded?: true };
  if (!prototype.isRecorded) {
    const { prepare } = prototype;
    prototype.isRecorded = true;
    prototype.prepare = function (this: D1DatabaseSession, sql: string) {
      ran.add(sql);
      return prepare.call(this, sql);
    };
  }
  afterAll(explainNewStatements);
}

async function explainNewStatements(): Promise<void> {
  const faults: string[] = [];
  for (const sql of ran) {
    if (explained.has(sql)) continue;
    explained.add(sql);
    if (!/\borg_id\b/.test(sql) || /\bLIMIT\b/.test(sql) || INTENDED.some((intended) => intended.test(sql))) continue;
    for (const detail of await planOf(sql)) {
      const name = /^SEARCH (\w+) USING .*\(org_id=\?\)$/.exec(detail)?.[1];
      if (name !== undefined && !BOUNDED_TABLES.has(tableOf(name, sql))) faults.push(`${detail}: ${sql}`);
    }
  }
  if (faults.length > 0) throw new Error(`statements that read all rows of an organization:\n${faults.join("\n")}`);
}

async function planOf(sql: string): Promise<string[]> {
  const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, n]) => Number(n)));
  const plan = env.TENANT_DB_00.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(
    ...Array.from({ length: parameters || sql.split("?").length - 1 }, () => null),
  );
  try {
    return (await plan.all<{ detail: string }>()).results.map(({ detail }) => detail);
  } catch (error) {
    // The control database uses sessions too.
    if (String(error).includes("no such table")) return [];
    throw error;
  }
}

/** The table of a name in a plan, which is an alias where the statement gives one. */
const tableOf = (name: string, sql: string): string =>
  new RegExp(String.raw`\b(?:FROM|JOIN) (\w+) (?:AS )?${name}\b`).exec(sql)?.[1] ?? name;
