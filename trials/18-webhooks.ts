/**
 * Events go to fifty endpoints, of which some hang, fail or lie, while the platform is killed three times: every living
 * endpoint gets every event, signed, with one id each, and none waits for another.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { callOk, createEnvironment, inParallel, pause, percentile } from "./support/environment.ts";
import { atMost, exactly, type Report } from "./support/report.ts";
import { conversationsOf, shuffled } from "./support/traffic.ts";

export const name = "webhooks";

/**
 * TRIAL_SMALL=1: a fifth of the events to a quarter of the endpoints, for a busy machine, where requests of fifty
 * endpoints at once would time out: the second failure holds back a conversation for five minutes. TRIAL_FULL=1: ten
 * times the events.
 */
const SHARE = process.env.TRIAL_SMALL ? 0.25 : 1;
const [CONVERSATIONS, EACH] = process.env.TRIAL_SMALL ? [40, 5] : process.env.TRIAL_FULL ? [1000, 10] : [100, 10];
/** Waits grow with the load. */
const PATIENCE = Math.max(1, (CONVERSATIONS * EACH) / 1000);
const KILLS = 3;
const TIMED = 100;

type Kind = "fast" | "slow" | "huge" | "flapping" | "hanging" | "broken" | "gone" | "redirecting";
const ENDPOINTS: Record<Kind, number> = {
  fast: 20,
  slow: 10,
  huge: 5,
  flapping: 5,
  hanging: 4,
  broken: 2,
  gone: 2,
  redirecting: 2,
};
const LIVING: readonly Kind[] = ["fast", "slow", "huge", "flapping"];

interface Received {
  id: string;
  /** The body's hash, since all bodies would fill the memory. */
  body: string;
  /** It came again with another id or body. */
  hasOtherId: boolean;
  hasOtherBody: boolean;
  seq: number;
  conversation: string;
  delayMs: number;
}

interface Endpoint {
  id: string;
  kind: Kind;
  path: string;
  secret: string;
  /** Received deliveries, by the channel's id of the message. */
  got: Map<string, Received>;
  requests: number;
  unverified: number;
}

export async function run(report: Report): Promise<void> {
  const endpoints = new Map<string, Endpoint>();
  const server = createServer((request, response) => void take(endpoints, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const vars = { WEBHOOK_LOCAL_ORIGIN: origin };
  const environment = await createEnvironment({ cronEveryMs: 2000, vars });
  const { token } = environment;
  try {
    for (const [kind, count] of Object.entries(ENDPOINTS) as [Kind, number][])
      for (let i = 0; i < count * SHARE; i++) {
        const path = `/${kind}/${i}`;
        const body = { name: path, url: origin + path, events: ["message.received"] };
        const { body: made } = await callOk(`${environment.url}/api/webhooks`, { token, body });
        const { id, secret } = made as { id: string; secret: string };
        endpoints.set(path, { id, kind, path, secret, got: new Map(), requests: 0, unverified: 0 });
      }
    // Every isolate knows them.
    await pause(6000);

    const inbound = shuffled(conversationsOf(CONVERSATIONS, EACH, Date.now() - 3_600_000), 1);
    const all = [...endpoints.values()];
    const living = all.filter(({ kind }) => LIVING.includes(kind));
    const missing = (ids: readonly string[]): number =>
      living.reduce((sum, { got }) => sum + ids.filter((id) => !got.has(id)).length, 0);
    const expected = inbound.map(({ id }) => id);
    const deliver = async (message: (typeof inbound)[number]): Promise<void> => {
      while ((await environment.deliver([message])) !== 200) await pause(100);
    };
    const sent = inParallel(inbound, 8, deliver);
    for (let kill = 1; kill <= KILLS; kill++) {
      const enough = (expected.length * living.length * kill) / (KILLS + 1);
      await within(300 * PATIENCE, async () => {
        const count = living.reduce((sum, { got }) => sum + got.size, 0);
        report.progress(`${count} of ${expected.length * living.length} delivered`);
        return count >= enough;
      });
      await environment.kill();
      await environment.start();
    }
    await sent;
    // A busy machine lets requests time out: a third attempt comes within eight minutes.
    await within(480 * PATIENCE, async () => {
      report.progress(`${missing(expected)} are missing`);
      return missing(expected) === 0;
    });
    exactly(report, `missing, of ${expected.length} events at ${living.length} living endpoints`, missing(expected), 0);
    const received = living.flatMap(({ got }) => [...got.values()]);
    exactly(report, "events with more than one id", received.filter(({ hasOtherId }) => hasOtherId).length, 0);
    exactly(report, "events with more than one body", received.filter(({ hasOtherBody }) => hasOtherBody).length, 0);
    exactly(report, "requests that the official library refuses", sumOf(all, "unverified"), 0);
    exactly(
      report,
      "out of a conversation's order",
      living.reduce((sum, one) => sum + inversions(one), 0),
      0,
    );
    const steady = living.filter(({ kind }) => kind !== "flapping");
    let failures = 0;
    for (const { id } of steady) {
      const { body } = await callOk(`${environment.url}/api/webhooks/${id}/statistics`, { token });
      failures += (body as { failures: number }).failures;
    }
    // Each has held back its conversation: the machine was too busy for the load.
    report.figure("attempts without an answer in time, at steady endpoints", failures, "for comparison", true);
    const doubled = sumOf(steady, "requests") - steady.length * expected.length;
    atMost(report, "delivered twice: under way or unrecorded at a kill", doubled, KILLS * steady.length * 54, "");

    report.progress("timing the fast ones while others hang");
    const timed = conversationsOf(TIMED, 1, Date.now() - 60_000, "62899");
    for (const message of timed) {
      await deliver(message);
      await pause(50);
    }
    const fast = all.filter(({ kind }) => kind === "fast");
    const ids = timed.map(({ id }) => id);
    await within(60, async () => fast.every(({ got }) => ids.every((id) => got.has(id))));
    const delays = fast.flatMap(({ got }) => ids.map((id) => got.get(id)?.delayMs ?? Infinity));
    atMost(report, "behind the event at fast endpoints, p99", percentile(delays, 0.99), 2000, " ms");
  } finally {
    await environment.close();
    server.closeAllConnections();
    server.close();
  }
}

async function within(seconds: number, isTrue: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + seconds * 1000;
  while (!(await isTrue()) && Date.now() < until) await pause(250);
}

const sumOf = (endpoints: readonly Endpoint[], field: "requests" | "unverified"): number =>
  endpoints.reduce((sum, one) => sum + one[field], 0);

/** Events that came before an earlier one of the same conversation. */
function inversions({ got }: Endpoint): number {
  const last = new Map<string, number>();
  let count = 0;
  for (const { conversation, seq } of got.values()) {
    if (seq < (last.get(conversation) ?? 0)) count++;
    last.set(conversation, Math.max(seq, last.get(conversation) ?? 0));
  }
  return count;
}

async function take(
  endpoints: ReadonlyMap<string, Endpoint>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const endpoint = endpoints.get(request.url ?? "");
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The platform was killed while it sent.
    return;
  }
  if (!endpoint) return void response.writeHead(404).end();
  const body = Buffer.concat(chunks).toString();
  endpoint.requests++;
  try {
    new Webhook(endpoint.secret).verify(body, request.headers as Record<string, string>);
  } catch {
    endpoint.unverified++;
  }
  const isFirst = answer(endpoint, response, String(request.headers["webhook-id"]));
  if (isFirst) return;
  const { timestamp, data } = JSON.parse(body) as {
    timestamp: string;
    data: { seq: number; conversation_id: string; message: { external_id: string } };
  };
  const message = data.message.external_id;
  const [id, hash] = [String(request.headers["webhook-id"]), createHash("sha1").update(body).digest("base64")];
  const known = endpoint.got.get(message) ?? {
    id,
    body: hash,
    hasOtherId: false,
    hasOtherBody: false,
    seq: data.seq,
    conversation: data.conversation_id,
    delayMs: Date.now() - Date.parse(timestamp),
  };
  known.hasOtherId ||= known.id !== id;
  known.hasOtherBody ||= known.body !== hash;
  endpoint.got.set(message, known);
}

const refusedOnce = new Set<string>();

/** Returns whether the delivery was refused, to be taken later. */
function answer({ kind, path }: Endpoint, response: ServerResponse, id: string): boolean {
  switch (kind) {
    case "hanging":
      return true;
    case "broken":
      response.writeHead(500).end("broken");
      return true;
    case "gone":
      response.writeHead(410).end();
      return true;
    case "redirecting":
      response.writeHead(307, { location: "/fast/0" }).end();
      return true;
    case "flapping":
      // A third fails, once.
      if (!refusedOnce.has(path + id) && Number.parseInt(id.slice(-1), 16) % 3 === 0) {
        refusedOnce.add(path + id);
        response.writeHead(503).end();
        return true;
      }
      response.writeHead(204).end();
      return false;
    case "slow":
      setTimeout(() => response.writeHead(200).end("slow"), 100);
      return false;
    case "huge":
      response.writeHead(200).end("x".repeat(1_000_000));
      return false;
    case "fast":
      response.writeHead(202).end("taken");
      return false;
  }
}
