/** Makes the benchmark's data through the product and its databases, and caches it in a temporary directory. */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { callOk } from "../scripts/api-client.ts";
import { root } from "../scripts/bundle.ts";
import { keptSecrets } from "../scripts/development-secrets.ts";
import { startPlatform } from "../scripts/platform.ts";
import { startBare } from "./bare/start.ts";
import { Chance } from "./chance.ts";
import type { HttpRequest } from "./connection.ts";
import { sendAll } from "./load.ts";
import { FIRST_ROWID, orgToken, searchTerms, textRowid } from "./product.ts";
import { fillWorkspace } from "./workspace.ts";
import { webhookRequest, type WebhookMessage } from "./webhook.ts";

export const LONG_CONVERSATION_MESSAGES = 50_000;
export const MESSAGES_TO_SEARCH = 1_000_000;
/** Customers whose conversations have an object; webhooks and sends use them. */
export const KNOWN_PHONES = Array.from({ length: 64 }, (_, i) => `62813${String(i).padStart(7, "0")}`);
/** The same for load that is spread; the bare Worker has their objects too. */
export const SPREAD_PHONES = Array.from({ length: 4000 }, (_, i) => `62815${String(i).padStart(7, "0")}`);
export const WABA_ID = "102290129340398";
const LONG_PHONE = "628120000000";
const PASSWORD = "bench-password";
const KEEP_DAYS = 5;

interface Tenant {
  orgId: string;
  token: string;
}

export interface Seed {
  /** 100,000 conversations. */
  large: Tenant & {
    adminId: string;
    agentToken: string;
    agentId: string;
    agentDivisionIds: string[];
    colleagueId: string;
    divisionId: string;
    tag: string;
    rareTag: string;
  };
  /** 1,000. */
  small: Tenant;
  phoneNumberId: string;
  longConversationId: string;
  knownConversationIds: string[];
  /** The conversations of `SPREAD_PHONES`. */
  spreadConversationIds: string[];
  /**
   * `few`: a surname of about 60 customers; `many`: one of about 1,000; `all`: the digits that every phone number
   * starts with.
   */
  names: { few: string; many: string; all: string };
  words: { rare: string; usual: string; common: string };
  /** A time (ISO) after which there are 200 conversations. */
  since: string;
  madeAt: number;
}

/** Returns the directory of the state and its description; makes both unless a recent one exists. */
export async function seeded(progress: (text: string) => void): Promise<{ stateDir: string; seed: Seed }> {
  const hash = createHash("sha256");
  const madeBy = [
    ...globSync(join(root, "migrations/*/*.sql")),
    join(root, "durable-objects/versions.ts"),
    join(import.meta.dirname, "workspace.ts"),
    import.meta.filename,
  ];
  for (const file of madeBy) hash.update(readFileSync(file));
  const stateDir = join(tmpdir(), `omnistream-bench-${hash.digest("hex").slice(0, 12)}`);
  const file = join(stateDir, "seed.json");
  if (existsSync(file)) {
    const seed = JSON.parse(await readFile(file, "utf8")) as Seed;
    if (Date.now() - seed.madeAt < KEEP_DAYS * 86_400_000) return { stateDir, seed };
  }
  // Outdated ones are deleted, since each has a gigabyte.
  for (const old of globSync(join(tmpdir(), "omnistream-bench-*")))
    if (Date.now() - statSync(old).mtimeMs > 86_400_000) await rm(old, { recursive: true, force: true });
  const making = `${stateDir}.${process.pid}`;
  await mkdir(making, { recursive: true });
  const seed = await make(making, progress);
  progress(`making ${SPREAD_PHONES.length.toLocaleString("en")} objects of the bare Worker`);
  await makeBareObjects(making, seed.phoneNumberId, keptSecrets(making).META_APP_SECRET);
  await writeFile(join(making, "seed.json"), JSON.stringify(seed, null, 2));
  await rm(stateDir, { recursive: true, force: true });
  await rename(making, stateDir);
  return { stateDir, seed };
}

async function make(stateDir: string, progress: (text: string) => void): Promise<Seed> {
  const secrets = keptSecrets(stateDir);
  const bare = await startBare(join(stateDir, "bare"), secrets.META_APP_SECRET);
  const platform = await startPlatform({
    stateDir,
    vars: { ...secrets, ENVIRONMENT: "development", GRAPH_API_URL: `${bare.url}/graph` },
  });
  try {
    const api = (path: string, body: unknown, token?: string) =>
      callOk(platform.url + path, { body, ...(token && { token }) });
    const register = async (name: string) => {
      const { body } = await api("/api/auth/register", {
        org_name: name,
        admin_email: `admin@${name}.test`,
        admin_password: PASSWORD,
      });
      return { orgId: body.organization.id as string, token: body.token as string, adminId: body.agent.id as string };
    };
    const large = await register("large");
    const small = await register("small");
    const agent = (
      await api(
        "/api/agents",
        { email: "agent@large.test", password: PASSWORD, full_name: "Ana Agent", role: "agent" },
        large.token,
      )
    ).body as {
      id: string;
    };
    const phoneNumberId = "106540352242922";
    const account = (
      await api(
        "/api/integrations/accounts",
        {
          channel: "whatsapp",
          display_name: "Bench",
          config: { phone_number_id: phoneNumberId, waba_id: WABA_ID, access_token: "bench-token" },
        },
        large.token,
      )
    ).body as { id: string };

    progress("seeding 1,000 and 100,000 conversations");
    const smallParts = await fillTenant(platform.miniflare, "TENANT_DB_01", small.orgId, account.id, [], 1000);
    const parts = await fillTenant(platform.miniflare, "TENANT_DB_00", large.orgId, account.id, [agent.id], 100_000);
    if (smallParts.conversationIds.length !== 1000) throw new Error("the small tenant is not small");
    const agentToken = (
      (await api("/api/auth/login", { email: "agent@large.test", password: PASSWORD })).body as { token: string }
    ).token;

    progress(`seeding ${MESSAGES_TO_SEARCH.toLocaleString("en")} messages to search`);
    const words = await fillTexts(platform.miniflare, large.orgId, parts.conversationIds);

    progress(
      `taking in a conversation of ${LONG_CONVERSATION_MESSAGES.toLocaleString("en")} messages and ${SPREAD_PHONES.length.toLocaleString("en")} short ones`,
    );
    await takeIn(platform.url, phoneNumberId, secrets.META_APP_SECRET);
    const d1 = await platform.miniflare.getD1Database("TENANT_DB_00");
    const ids = await projectedIds(d1);
    progress("seeding what a team of 500 has around its inbox");
    await fillWorkspace(d1, { orgId: large.orgId, conversationId: ids.get(`+${LONG_PHONE}`)!, ...parts });

    const { agentDivisionIds, ...rest } = parts.chosen;
    return {
      large: { ...large, agentToken, agentId: agent.id, agentDivisionIds, ...rest },
      small,
      phoneNumberId,
      longConversationId: ids.get(`+${LONG_PHONE}`)!,
      knownConversationIds: KNOWN_PHONES.map((phone) => ids.get(`+${phone}`)!),
      spreadConversationIds: SPREAD_PHONES.map((phone) => ids.get(`+${phone}`)!),
      names: parts.names,
      words,
      since: new Date(
        (await d1
          .prepare("SELECT updated_at FROM conversations WHERE org_id = ? ORDER BY updated_at DESC LIMIT 1 OFFSET 200")
          .bind(large.orgId)
          .first<number>("updated_at"))!,
      ).toISOString(),
      madeAt: Date.now(),
    };
  } finally {
    await platform.close();
    await bare.close();
  }
}

const CHANNELS = ["whatsapp", "whatsapp", "whatsapp", "whatsapp", "instagram", "instagram", "messenger", "email"];

/** Fills an inbox as after a year of use: most conversations resolved, read and assigned, few with tags. */
async function fillTenant(
  miniflare: Miniflare,
  binding: string,
  orgId: string,
  accountId: string,
  agentIds: string[],
  count: number,
) {
  const chance = new Chance(count);
  const d1 = await miniflare.getD1Database(binding);
  const now = Date.now();
  const [agentCount, divisionCount] = count >= 100_000 ? [500, 50] : [40, 10];
  const agents = [...agentIds, ...Array.from({ length: agentCount - agentIds.length }, () => chance.uuid())];
  const divisions = Array.from({ length: divisionCount }, () => chance.uuid());
  const tags = chance.words(30, 2);
  await d1.batch([
    d1
      .prepare(
        `INSERT INTO agents (id, org_id, email, full_name, role_id, created_at, updated_at)
         SELECT value, ?1, value || '@bench.test', 'Agent ' || key, (SELECT id FROM roles WHERE org_id = ?1 AND name = 'agent'), ?3, ?3 FROM json_each(?2)`,
      )
      .bind(orgId, JSON.stringify(agents.slice(agentIds.length)), now),
    d1
      .prepare(
        "INSERT INTO divisions (id, org_id, name, created_at, updated_at) SELECT value, ?1, 'Division ' || key, ?3, ?3 FROM json_each(?2)",
      )
      .bind(orgId, JSON.stringify(divisions), now),
    d1
      .prepare(
        "INSERT INTO division_agents (org_id, division_id, agent_id) SELECT ?1, d.value, a.value FROM json_each(?2) d JOIN json_each(?3) a ON a.key % ?4 IN (d.key, (d.key + 3) % ?4)",
      )
      .bind(orgId, JSON.stringify(divisions), JSON.stringify(agents), divisionCount),
  ]);
  const firstNames = chance.words(300, 2);
  const surnames = chance.words(2000, 3);
  const named = new Map<string, number>();
  const conversationIds: string[] = [];
  for (let from = 0; from < count; from += 5000) {
    const rows = Array.from({ length: Math.min(5000, count - from) }, () => {
      const surname = chance.zipf(surnames);
      named.set(surname, (named.get(surname) ?? 0) + 1);
      const name = `${chance.zipf(firstNames)} ${surname}`;
      const phone = `+6281${chance.below(1_000_000_000).toString().padStart(9, "0")}`;
      const status = chance.next();
      const at = Math.floor(now - chance.next() ** 2 * 365 * 86_400_000) - 60_000;
      const row = {
        id: chance.uuid(),
        contact: chance.uuid(),
        channel: chance.one(CHANNELS),
        status: status < 0.05 ? "open" : status < 0.07 ? "pending" : "resolved",
        agent: chance.next() < 0.8 ? chance.zipf(agents) : "",
        division: chance.next() < 0.8 ? chance.one(divisions) : "",
        tags: chance.next() < 0.2 ? [...new Set([chance.zipf(tags), chance.zipf(tags)])] : [],
        unread: chance.next() < 0.03 ? 1 + chance.below(5) : 0,
        name,
        phone,
        terms: searchTerms({ name, phone_number: phone }),
        last: `${chance.words(8, 2).join(" ")}.`,
        at,
        created: at - chance.below(30 * 86_400_000),
      };
      conversationIds.push(row.id);
      return row;
      // FTS5 inserts fastest in rowid order.
    }).sort((a, b) => a.at - b.at);
    await d1.batch([
      d1
        .prepare(
          `INSERT INTO contacts (id, org_id, channel_source, phone_number, name, org_token, terms, created_at, updated_at)
           SELECT r.value ->> 'contact', ?1, r.value ->> 'channel', r.value ->> 'phone', r.value ->> 'name', ?3, r.value -> 'terms', r.value ->> 'created', r.value ->> 'at' FROM json_each(?2) r`,
        )
        .bind(orgId, JSON.stringify(rows), orgToken(orgId)),
      d1
        .prepare(
          `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, assigned_agent_id, division_id, tags, tag_keys, unread_count, contact_name, contact_phone, last_message, last_message_at,
             message_count, version, created_at, updated_at)
           SELECT r.value ->> 'id', ?1, r.value ->> 'contact', ?3, r.value ->> 'channel', r.value ->> 'status', r.value ->> 'agent', r.value ->> 'division', json_extract(r.value, '$.tags'), json_extract(r.value, '$.tags'), r.value ->> 'unread',
             r.value ->> 'name', r.value ->> 'phone', r.value ->> 'last', r.value ->> 'at', 10, 20, r.value ->> 'created', r.value ->> 'at' FROM json_each(?2) r`,
        )
        .bind(orgId, JSON.stringify(rows), accountId),
    ]);
  }
  const nameOf = (customers: number): string =>
    [...named].sort(([, a], [, b]) => Math.abs(a - customers) - Math.abs(b - customers))[0]![0];
  return {
    conversationIds,
    agents,
    divisions,
    names: { few: nameOf(60), many: nameOf(1000), all: "62" },
    chosen: {
      agentDivisionIds: divisions.filter((_, i) => i === 0 || (i + 3) % divisionCount === 0),
      colleagueId: agents[3]!,
      divisionId: divisions[2]!,
      tag: tags[0]!,
      rareTag: tags[20]!,
    },
  };
}

/** Fills a year of message texts, with a natural distribution of words (Zipf). */
async function fillTexts(
  miniflare: Miniflare,
  orgId: string,
  conversationIds: readonly string[],
): Promise<Seed["words"]> {
  const chance = new Chance(7);
  const d1 = await miniflare.getD1Database("TENANT_DB_00");
  const vocabulary = chance.words(20_000, 2);
  const now = Math.floor(Date.now() / 1000);
  const chunk = 10_000;
  for (let from = 0; from < MESSAGES_TO_SEARCH; from += chunk) {
    // In order of time, as real messages arrive.
    const rows = Array.from({ length: chunk }, (_, i) => {
      const conversation = chance.one(conversationIds);
      const seconds = now - Math.floor((1 - (from + i) / MESSAGES_TO_SEARCH) * 365 * 86_400) - 60;
      const place = conversation.replaceAll("-", "").slice(0, 10);
      const number = chance.hex(6);
      const id = `${seconds.toString(16).padStart(8, "0")}${place}${number}`;
      return {
        id,
        place: textRowid(id),
        conversation,
        body: Array.from({ length: 3 + chance.below(14) }, () => chance.zipf(vocabulary)).join(" "),
        at: seconds * 1000,
      };
    });
    await d1
      .prepare(
        `INSERT OR IGNORE INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at)
         SELECT ${FIRST_ROWID} + (r.value ->> 'place'), r.value ->> 'id', ?1, r.value ->> 'conversation', iif(r.key % 2, 'inbound', 'outbound'), 'text', r.value ->> 'body', r.value ->> 'at' FROM json_each(?2) r`,
      )
      .bind(orgId, JSON.stringify(rows))
      .run();
  }
  // By Zipf, the n-th word is in about (words per message) / (n · ln 20,000) of the messages.
  return { rare: vocabulary[10_000]!, usual: vocabulary[500]!, common: vocabulary[0]! };
}

async function takeIn(url: string, phoneNumberId: string, appSecret: string): Promise<void> {
  const perDelivery = 500;
  const now = Date.now();
  const message = (n: number): WebhookMessage => ({
    from: LONG_PHONE,
    text: `Message number ${n}, about as long as what people write to a shop.`,
    at: now - (LONG_CONVERSATION_MESSAGES - n) * 1000,
  });
  const deliveries = Array.from({ length: LONG_CONVERSATION_MESSAGES / perDelivery }, (_, d) =>
    webhookRequest(
      phoneNumberId,
      appSecret,
      Array.from({ length: perDelivery }, (__, i) => message(d * perDelivery + i)),
    ),
  );
  await sendAll(url, deliveries, { connections: 1 });
  await sendAll(
    url,
    KNOWN_PHONES.map((from) => webhookRequest(phoneNumberId, appSecret, [{ from, text: "Hello", at: now }])),
  );
  await sendAll(url, greetings(phoneNumberId, appSecret, SPREAD_PHONES));
}

const greetings = (phoneNumberId: string, appSecret: string, phones: readonly string[]): HttpRequest[] =>
  phones.map((from) => webhookRequest(phoneNumberId, appSecret, [{ from, text: "Hello", at: Date.now() }]));

/** Makes the bare Worker's objects of `SPREAD_PHONES`, in the state that it gets a copy of. */
async function makeBareObjects(stateDir: string, phoneNumberId: string, appSecret: string): Promise<void> {
  const bare = await startBare(stateDir, appSecret);
  try {
    const requests = greetings(phoneNumberId, appSecret, SPREAD_PHONES);
    await sendAll(
      bare.url,
      requests.map((request) => ({ ...request, path: "/spread/webhook" })),
    );
  } finally {
    await bare.close();
  }
}

/** Waits until the conversations are projected. Returns their ids by phone number. */
async function projectedIds(d1: Awaited<ReturnType<Miniflare["getD1Database"]>>): Promise<Map<string, string>> {
  const phones = [LONG_PHONE, ...KNOWN_PHONES, ...SPREAD_PHONES].map((phone) => `+${phone}`);
  for (let tries = 0; tries < 600; tries++) {
    const { results } = await d1
      .prepare(
        "SELECT id, contact_phone, message_count FROM conversations WHERE contact_phone IN (SELECT value FROM json_each(?))",
      )
      .bind(JSON.stringify(phones))
      .all<{ id: string; contact_phone: string; message_count: number }>();
    const isComplete =
      results.length === phones.length && results.some((row) => row.message_count === LONG_CONVERSATION_MESSAGES);
    if (isComplete) return new Map(results.map((row) => [row.contact_phone, row.id]));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("the index did not catch up in five minutes");
}
