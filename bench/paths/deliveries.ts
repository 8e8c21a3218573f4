import { randomUUID } from "node:crypto";
import { callOk } from "../../scripts/api-client.ts";
import { compare } from "../compare.ts";
import type { HttpRequest } from "../connection.ts";
import { costed } from "../cost.ts";
import type { Figure } from "../figures.ts";
import { median, sendAll } from "../load.ts";
import { KNOWN_PHONES } from "../seed.ts";
import type { Stage } from "../stage.ts";
import { webhookRequest } from "../webhook.ts";

/** Deliveries of a turn. */
const COUNT = 1000;
const DEFAULT_RATE = 50;
const BODY = JSON.stringify({ type: "message.received", timestamp: new Date(0).toISOString(), data: "x".repeat(1500) });
/** For so long an isolate may not know a new webhook. */
const SETTINGS_MS = 6000;

/** Events on their way to endpoints of others. */
export async function deliveries(stage: Stage): Promise<Figure[]> {
  return [await toOneEndpoint(stage), ...(await ingestBeside(stage))];
}

/** A thousand deliveries that are due to one endpoint, beside as many requests of a bare object, four at a time too. */
async function toOneEndpoint({ ours, bare, seed, receiver, effort, progress }: Stage): Promise<Figure> {
  progress("deliveries to one endpoint");
  const { orgId, token } = seed.large;
  const d1 = await ours.miniflare.getD1Database("TENANT_DB_00");
  const [id = ""] = await subscribe(ours.url, token, 1, receiver.origin);
  const ourTurn = async (): Promise<number> => {
    const rows = Array.from({ length: COUNT }, () => ({ id: idNow(), entity: randomUUID() }));
    // As if they had failed for good, since `recover` wakes the endpoint.
    await d1
      .prepare(
        `INSERT INTO webhook_deliveries (org_id, webhook_id, id, event_type, entity_id, body, status)
         SELECT ?1, ?2, r.value ->> 'id', 'message.received', r.value ->> 'entity', ?4, 'dead' FROM json_each(?3) r`,
      )
      .bind(orgId, id, JSON.stringify(rows), BODY)
      .run();
    return timed(receiver, () =>
      callOk(`${ours.url}/api/webhooks/${id}/recover`, { token, body: { since: new Date(0).toISOString() } }),
    );
  };
  const bareTurn = (): Promise<number> =>
    timed(receiver, () => sendAll(bare.url, [bareRequest(receiver.origin)], { connections: 1 }));
  try {
    await ourTurn();
    await bareTurn();
    const turns: { mine: number; theirs: number }[] = [];
    for (let round = 0; round < effort.rounds; round++) turns.push({ mine: await ourTurn(), theirs: await bareTurn() });
    const [mine, theirs] = [median(turns.map((turn) => turn.mine)), median(turns.map((turn) => turn.theirs))];
    const ratio = median(turns.map((turn) => turn.mine / turn.theirs));
    return {
      path: `webhook deliveries, ${COUNT.toLocaleString("en")} due to one endpoint`,
      ours: `${Math.round(mine)}/s`,
      bare: `${Math.round(theirs)}/s`,
      ratio: ratio.toFixed(2),
      must: `ratio reported; ≥ ${DEFAULT_RATE}/s, the default rate`,
      isMet: mine >= DEFAULT_RATE,
      note: "Four requests at a time on both sides. Bare sends the same bytes again and again. Ours reads rows, signs, and writes each outcome to D1, fifty together.",
    };
  } finally {
    await unsubscribe(ours.url, token, [id]);
  }
}

/** A customer's messages while 0, 1 and 20 webhooks get them. */
async function ingestBeside(stage: Stage): Promise<Figure[]> {
  const { ours, counted, bare, seed, appSecret, receiver, effort, progress } = stage;
  const { token } = seed.large;
  const request = (n: number): HttpRequest =>
    webhookRequest(seed.phoneNumberId, appSecret, [
      { from: KNOWN_PHONES[n % KNOWN_PHONES.length]!, text: `Message number ${n} to a shop.`, at: Date.now() },
    ]);
  const figures: Figure[] = [];
  for (const count of [0, 1, 20]) {
    progress(`webhook with ${count} subscriptions`);
    const ids = new Map<string, string[]>();
    try {
      for (const { url } of [ours, counted]) ids.set(url, await subscribe(url, token, count, receiver.origin));
      await new Promise((resolve) => setTimeout(resolve, SETTINGS_MS));
      // The first asks for the settings.
      const { cost } = [
        await costOf(counted.url, request(0)),
        await costOf(counted.url, request(KNOWN_PHONES.length)),
      ][1]!;
      const before = receiver.times.length;
      const {
        ours: mine,
        bare: theirs,
        ratio,
      } = await compare({ url: ours.url, request }, { url: bare.url, request }, effort);
      const rate = ({ perSecond, p50, p90 }: typeof mine): string =>
        `${Math.round(perSecond).toLocaleString("en")}/s, ${p50.toFixed(1)} | ${p90.toFixed(1)} ms`;
      figures.push({
        path: `webhook, text message, ${count} subscriptions`,
        ours: rate(mine),
        bare: rate(theirs),
        ratio: ratio.toFixed(2),
        must: "ratio reported; queries ≤ 0, rows ≤ 0, calls ≤ 1",
        isMet: cost.queries === 0 && cost.rowsRead === 0 && cost.objectCalls <= 1,
        queries: String(cost.queries),
        rowsRead: String(cost.rowsRead),
        objectCalls: String(cost.objectCalls),
        note: `The answer costs the same with any number of subscriptions. The deliveries come after it, on the same cores: ${(receiver.times.length - before).toLocaleString("en")} of them meanwhile.`,
      });
    } finally {
      for (const [url, made] of ids) await unsubscribe(url, token, made);
    }
  }
  return figures;
}

const costOf = (url: string, { path, headers, body }: HttpRequest) =>
  costed(`${url}${path}`, { headers: headers!, body: body! });

/** Requests in a second, from the first to the last of a turn's. */
async function timed({ times, take }: Stage["receiver"], act: () => Promise<unknown>): Promise<number> {
  const first = times.length;
  await Promise.all([take(COUNT), act()]);
  return (1000 * (COUNT - 1)) / (times[first + COUNT - 1]! - times[first]!);
}

const bareRequest = (origin: string): HttpRequest => ({
  method: "POST",
  path: `/deliver?count=${COUNT}&to=${encodeURIComponent(origin)}`,
  body: BODY,
});

async function subscribe(url: string, token: string, count: number, origin: string): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const body = { name: "Bench", url: `${origin}/${i}`, events: ["message.received"], max_per_second: 1000 };
    ids.push(((await callOk(`${url}/api/webhooks`, { token, body })).body as { id: string }).id);
  }
  return ids;
}

async function unsubscribe(url: string, token: string, ids: readonly string[]): Promise<void> {
  for (const id of ids) await callOk(`${url}/api/webhooks/${id}`, { method: "DELETE", token });
}

/** An id as deliveries have it, which begins with the time. */
function idNow(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
