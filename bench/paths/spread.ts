import { randomUUID } from "node:crypto";
import { callOk } from "../../scripts/api-client.ts";
import { Chance } from "../chance.ts";
import type { HttpRequest } from "../connection.ts";
import type { Figure } from "../figures.ts";
import { median, sendAll } from "../load.ts";
import { SPREAD_PHONES, WABA_ID } from "../seed.ts";
import type { Stage } from "../stage.ts";
import { type Usage, usageOf } from "../usage.ts";
import { statusRequest, webhookRequest } from "../webhook.ts";

/** Sends go to these, so that each round reaches most of them. */
const SEND_TO = 1000;
/** Longer than the wait before a conversation's alarm runs: its work belongs to the messages. */
const OURS_RESTS_MS = 11_000;
const QUIET_MS = 500;

/** Load spread over conversations, on ours or on bare, which also writes a list's row and a text to D1 by a queue. */
interface Side {
  url: string;
  pid: number;
  restsMs: number;
  /** Counts the messages that D1 has, from now on. */
  stored(): Promise<() => Promise<number>>;
}

interface Turn {
  answeredPerSecond: number;
  /** Until D1 has all messages. */
  durablePerSecond: number;
  cpuMs: number;
  kilobytes: number;
  usage: Usage;
}

interface Path {
  path: string;
  note: string;
  /** The requests of a turn on each side. */
  ours: () => HttpRequest[] | Promise<HttpRequest[]>;
  bare: () => HttpRequest[] | Promise<HttpRequest[]>;
  /** On ours, if one request sends several. */
  messages?: number;
  /** False: bare writes nothing to D1, so durable means answered. */
  reachesD1?: boolean;
}

/** Webhooks of one message for one of 4,000 conversations at random. */
export async function webhookSpread(stage: Stage): Promise<Figure[]> {
  const chance = new Chance(11);
  const requests = () => inbound(stage, 500, () => chance.one(SPREAD_PHONES));
  return compared(stage, {
    path: "webhook, spread over 4,000 known conversations",
    note: "Each message of another conversation at random.",
    ours: requests,
    bare: () => onBare(requests()),
  });
}

/** Webhooks of one message, each from another new customer. */
export async function webhookNew(stage: Stage): Promise<Figure[]> {
  let n = 0;
  const requests = () => inbound(stage, 250, () => `62816${String(n++).padStart(7, "0")}`);
  return compared(stage, {
    path: "webhook, new conversation each",
    note: "Bare makes an object with one table; ours also a contact.",
    ours: requests,
    bare: () => onBare(requests()),
  });
}

/** An agent's sends to one of 1,000 conversations at random. */
export async function sendSpread(stage: Stage): Promise<Figure[]> {
  await openWindows(stage);
  return compared(stage, {
    path: "send, spread over 1,000 conversations",
    note: "The channel's answer is kept too, after the agent's.",
    ours: () => ourSends(stage, 250),
    bare: () => bareSends(stage, 250).map(({ request }) => request),
  });
}

/** A campaign to 1,000 people who are known, beside as many sends of bare, sixteen at once. */
export async function campaign(stage: Stage): Promise<Figure[]> {
  const { ours, seed, effort } = stage;
  const count = Math.min(SEND_TO, 250 * effort.seconds);
  const templateId = await template(stage);
  const api = async (path: string, body: object): Promise<{ id: string }> =>
    (await callOk(`${ours.url}/api/campaigns${path}`, { token: seed.large.token, body })).body as { id: string };
  return compared(stage, {
    path: `campaign to ${count.toLocaleString("en")} known people`,
    note: "From the call that sends it. A campaign's own rows are in its object: who, which message, when, and what became of it. The number takes a thousand a second.",
    messages: count,
    async ours() {
      const { id } = await api("", { name: "Bench", template_id: templateId });
      const people = SPREAD_PHONES.slice(0, count).map((phone) => `+${phone}`);
      await api(`/${id}/recipients`, { phone_numbers: people });
      const headers = { authorization: `Bearer ${seed.large.token}`, "content-type": "application/json" };
      return [{ method: "POST", path: `/api/campaigns/${id}/send`, headers, body: "{}" }];
    },
    bare: () => SPREAD_PHONES.slice(0, count).map((phone) => bareSend(phone).request),
  });
}

/** An approved template, which the bench's channel could not be asked for. */
async function template({ ours, seed }: Stage): Promise<string> {
  const d1 = await ours.miniflare.getD1Database("TENANT_DB_00");
  const id = randomUUID();
  await d1
    .prepare(
      `INSERT INTO wa_templates (id, org_id, waba_id, name, language, category, status, parameter_format, components,
         status_at, category_at, quality_at, flag_at, components_at, created_at, updated_at)
       VALUES (?1, ?2, ?3, 'bench', 'en', 'UTILITY', 'APPROVED', 'POSITIONAL', ?4, 0, 0, 0, 0, 0, 0, 0)`,
    )
    .bind(id, seed.large.orgId, WABA_ID, JSON.stringify([{ type: "BODY", text: "Your order is ready." }]))
    .run();
  return id;
}

/** The statuses delivered, then read, of messages that were sent before. */
export async function ticks(stage: Stage): Promise<Figure[]> {
  const { ours, bare, seed, appSecret } = stage;
  await openWindows(stage);
  const both = (statusOf: (status: "delivered" | "read") => HttpRequest[]) => [
    ...statusOf("delivered"),
    ...statusOf("read"),
  ];
  return compared(stage, {
    path: "ticks: delivered and read",
    note: "Bare updates the message's row in its object and writes nothing to D1, so durable means answered.",
    reachesD1: false,
    async ours() {
      const sent = (await sendAll(ours.url, ourSends(stage, 250))).map(
        (text) => JSON.parse(text) as { _id: string; conversation_id: string },
      );
      await rest(ourSide(stage));
      return both((status) =>
        sent.map((message) => {
          const reference = `${message.conversation_id}.${message._id}`;
          const to = SPREAD_PHONES[seed.spreadConversationIds.indexOf(message.conversation_id)]!;
          return statusRequest(seed.phoneNumberId, appSecret, {
            id: `wamid.bench-${reference}`,
            status,
            to,
            reference,
          });
        }),
      );
    },
    async bare() {
      const sent = bareSends(stage, 250);
      await sendAll(
        bare.url,
        sent.map(({ request }) => request),
      );
      await rest(bareSide(stage));
      return onBare(
        both((status) =>
          sent.map(({ conversation, id }) =>
            statusRequest(seed.phoneNumberId, appSecret, {
              id,
              status,
              to: conversation,
              reference: `${conversation}.${id}`,
            }),
          ),
        ),
      );
    },
  });
}

// ── Requests ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function inbound({ seed, appSecret, effort }: Stage, perSecond: number, from: () => string): HttpRequest[] {
  return Array.from({ length: perSecond * effort.seconds }, (_, n) =>
    webhookRequest(seed.phoneNumberId, appSecret, [
      { from: from(), text: `Message number ${n} to a shop.`, at: Date.now() },
    ]),
  );
}

const onBare = (requests: readonly HttpRequest[]): HttpRequest[] =>
  requests.map((request) => ({ ...request, path: "/spread/webhook" }));

const BODY = JSON.stringify({ type: "text", content: { text: "Yes, two are left. Shall I keep one for you?" } });
const sendChance = new Chance(12);

function ourSends({ seed, effort }: Stage, perSecond: number): HttpRequest[] {
  const headers = { authorization: `Bearer ${seed.large.token}`, "content-type": "application/json" };
  return Array.from({ length: perSecond * effort.seconds }, () => ({
    method: "POST",
    path: `/api/conversations/${seed.spreadConversationIds[sendChance.below(SEND_TO)]}/messages`,
    headers,
    body: BODY,
  }));
}

let sends = 0;

function bareSends({ effort }: Stage, perSecond: number) {
  return Array.from({ length: perSecond * effort.seconds }, () => bareSend(SPREAD_PHONES[sendChance.below(SEND_TO)]!));
}

function bareSend(conversation: string) {
  const id = `sent-${sends++}`;
  const path = `/spread/send?conversation=${conversation}&id=${id}`;
  return { conversation, id, request: { method: "POST", path, body: BODY } satisfies HttpRequest };
}

/** The windows close after a day, and the seed may be older. */
async function openWindows(stage: Stage): Promise<void> {
  const { ours, seed, appSecret, progress } = stage;
  progress(`opening the windows of ${SEND_TO.toLocaleString("en")} conversations`);
  const hello = SPREAD_PHONES.slice(0, SEND_TO).map((from) =>
    webhookRequest(seed.phoneNumberId, appSecret, [{ from, text: "Hello", at: Date.now() }]),
  );
  await sendAll(ours.url, hello);
  await rest(ourSide(stage));
}

// ── Turns ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ROWIDS_PER_SECOND = 2 ** 18;

const ourSide = ({ ours, oursPid }: Stage): Side => ({
  url: ours.url,
  pid: oursPid,
  restsMs: OURS_RESTS_MS,
  async stored() {
    const d1 = await ours.miniflare.getD1Database("TENANT_DB_00");
    // A text's place grows by the second: all texts from this second on are counted.
    const last = (await d1.prepare("SELECT max(rowid) AS n FROM texts").first<number>("n"))!;
    const count = async (): Promise<number> =>
      (await d1
        .prepare("SELECT count(*) AS n FROM texts WHERE rowid >= ?")
        .bind(last - (last % ROWIDS_PER_SECOND))
        .first<number>("n"))!;
    const before = await count();
    return async () => (await count()) - before;
  },
});

const bareSide = ({ bare, barePid }: Stage): Side => ({
  url: bare.url,
  pid: barePid,
  restsMs: 0,
  async stored() {
    const d1 = await bare.miniflare.getD1Database("OWN");
    const count = async (): Promise<number> =>
      (await d1.prepare("SELECT max(n) AS n FROM texts").first<number>("n")) ?? 0;
    const before = await count();
    return async () => (await count()) - before;
  },
});

async function compared(
  stage: Stage,
  { path, note, messages, reachesD1 = true, ...requests }: Path,
): Promise<Figure[]> {
  // A turn takes several seconds more than its load.
  const rounds = Math.ceil(stage.effort.rounds / 2);
  const turns: { ours: Turn; bare: Turn }[] = [];
  // One turn of each is not counted: it writes what the copied state and the start leave behind.
  stage.progress(`${path}: warming up`);
  await turn(ourSide(stage), await requests.ours(), reachesD1, messages);
  await turn(bareSide(stage), await requests.bare(), reachesD1);
  for (let round = 0; round < rounds; round++) {
    stage.progress(`${path}: turn ${round + 1} of ${rounds}`);
    const ours = async (): Promise<Turn> => turn(ourSide(stage), await requests.ours(), reachesD1, messages);
    const first = round % 2 === 0 ? await ours() : undefined;
    const bare = await turn(bareSide(stage), await requests.bare(), reachesD1);
    turns.push({ ours: first ?? (await ours()), bare });
  }
  const of = (side: "ours" | "bare", figure: (turn: Turn) => number): number =>
    median(turns.map((one) => figure(one[side])));
  const told = (side: "ours" | "bare"): string => {
    const { usage } = turns.at(-1)![side];
    return [
      ...(messages === undefined ? [`${of(side, (one) => one.answeredPerSecond).toFixed(0)}/s answered`] : []),
      `${of(side, (one) => one.durablePerSecond).toFixed(0)}/s durable`,
      `${of(side, (one) => one.cpuMs).toFixed(1)} ms CPU`,
      `${of(side, (one) => one.kilobytes).toFixed(0)} KB`,
      `${usage.residentMb.toFixed(0)} MB, at most ${usage.peakMb.toFixed(0)}`,
    ].join("; ");
  };
  const ratio = median(turns.map((one) => one.ours.durablePerSecond / one.bare.durablePerSecond));
  const kilobytes = median(turns.map((one) => one.ours.kilobytes / one.bare.kilobytes));
  return [
    {
      path,
      ours: told("ours"),
      bare: told("bare"),
      ratio: `${ratio.toFixed(2)}; KB ${kilobytes.toFixed(1)} ×`,
      must: "durable ≥ 0.6; KB ≤ 3 ×",
      isMet: ratio >= 0.6 && kilobytes <= 3,
      note: `${note} CPU and kilobytes written to the disk are for each message, of the whole workerd process until it rests; then its resident memory.`,
    },
  ];
}

async function turn(
  side: Side,
  requests: readonly HttpRequest[],
  reachesD1: boolean,
  messages = requests.length,
): Promise<Turn> {
  const stored = await side.stored();
  const before = usageOf(side.pid);
  const startedAt = performance.now();
  const perSecond = (): number => messages / ((performance.now() - startedAt) / 1000);
  await sendAll(side.url, requests);
  const answeredPerSecond = perSecond();
  let durablePerSecond = answeredPerSecond;
  if (reachesD1) {
    for (let tries = 0; (await stored()) < messages; tries++) {
      if (tries === 600) throw new Error(`${await stored()} of ${messages} messages reached D1 in a minute`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    durablePerSecond = perSecond();
  }
  await rest(side);
  const usage = usageOf(side.pid);
  return {
    answeredPerSecond,
    durablePerSecond,
    cpuMs: (usage.cpuMs - before.cpuMs) / messages,
    kilobytes: (usage.writtenBytes - before.writtenBytes) / 1024 / messages,
    usage,
  };
}

/** Waits until the process has done what follows the requests. */
async function rest({ pid, restsMs }: Side): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, restsMs));
  for (let last = -1, now = usageOf(pid).cpuMs; now - last > 20; now = usageOf(pid).cpuMs) {
    last = now;
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  }
}
