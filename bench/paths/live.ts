import { Audience } from "../audience.ts";
import type { Cost } from "../cost.ts";
import { costedWarm } from "../cost.ts";
import type { Figure } from "../figures.ts";
import { median, sendAll } from "../load.ts";
import { KNOWN_PHONES } from "../seed.ts";
import type { Stage } from "../stage.ts";
import { webhookRequest } from "../webhook.ts";

const SOCKETS = 1000;
/** workerd hibernates an object after ten idle seconds. */
const HIBERNATE_MS = 12_000;

/** The time from a customer's message to the last of 1,000 agents' sockets that gets it. */
export async function live(stage: Stage): Promise<Figure[]> {
  const { ours, counted, bare, seed, appSecret, effort, progress } = stage;
  progress(`opening ${SOCKETS} sockets on each side`);
  const headers = { authorization: `Bearer ${seed.large.token}` };
  const ourAudience = await Audience.gather(`${ours.url}/api/live`, SOCKETS, headers);
  const bareAudience = await Audience.gather(`${bare.url}/live`, SOCKETS);
  const event = () =>
    webhookRequest(seed.phoneNumberId, appSecret, [
      { from: KNOWN_PHONES[0]!, text: "Is the blue one still there?", at: Date.now() },
    ]);
  try {
    const { body, headers: signed } = event();
    const { cost } = await costedWarm(`${counted.url}/webhook`, { body: JSON.parse(body!), headers: signed! });
    // Waits for the `hello` frames, then counts the frames per event.
    await settled(ourAudience);
    const before = ourAudience.total;
    await sendAll(ours.url, [event()], { connections: 1 });
    await settled(ourAudience);
    const framesPerSocket = (ourAudience.total - before) / SOCKETS;
    const text = ourAudience.lastText;

    const ourTurn = () => timed(ourAudience, framesPerSocket, () => sendAll(ours.url, [event()], { connections: 1 }));
    const bareTurn = () =>
      timed(bareAudience, 1, () =>
        sendAll(bare.url, [{ method: "POST", path: "/broadcast", body: text }], { connections: 1 }),
      );
    const turns = async (count: number, restMs: number): Promise<[number, number][]> => {
      const times: [number, number][] = [];
      for (let i = 0; i < count; i++) {
        await new Promise((resolve) => setTimeout(resolve, restMs));
        const first = i % 2 === 0 ? await ourTurn() : undefined;
        const theirs = await bareTurn();
        times.push([first ?? (await ourTurn()), theirs]);
      }
      return times;
    };
    await turns(5, 0);
    progress("live, awake");
    const awake = await turns(effort.rounds * 5, 0);
    progress("live, hibernated");
    const hibernated = await turns(Math.max(3, effort.rounds - 1), HIBERNATE_MS);
    const title = "live: one event to 1,000";
    return [
      liveFigure(`${title} hibernated sockets of an org`, hibernated, cost, framesPerSocket),
      liveFigure(`${title} sockets, awake`, awake, cost, framesPerSocket),
    ];
  } finally {
    ourAudience.leave();
    bareAudience.leave();
  }
}

async function settled(audience: Audience): Promise<void> {
  for (let last = -1; last !== audience.total;) {
    last = audience.total;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function timed(audience: Audience, framesPerSocket: number, act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await audience.hear(audience.size * framesPerSocket, act);
  return performance.now() - startedAt;
}

function liveFigure(path: string, times: readonly [number, number][], cost: Cost, framesPerSocket: number): Figure {
  const ratio = median(times.map(([ours, bare]) => bare / ours));
  return {
    path,
    ours: `${median(times.map(([ours]) => ours)).toFixed(1)} ms to the last`,
    bare: `${median(times.map(([, bare]) => bare)).toFixed(1)} ms to the last`,
    ratio: ratio.toFixed(2),
    must: "≥ 0.6; queries 0, rows 0, calls ≤ 1",
    isMet: ratio >= 0.6 && cost.queries === 0 && cost.rowsRead === 0 && cost.objectCalls <= 1,
    queries: String(cost.queries),
    rowsRead: String(cost.rowsRead),
    objectCalls: String(cost.objectCalls),
    note: `Ours is timed from the webhook: signature, the conversation's commit, its call to the inbox, the inbox's commit, ${framesPerSocket} frame to each. Bare is one object call that sends.`,
  };
}
