/** Closed-loop load: each of a fixed number of connections sends its next request after the previous answer. */
import { Connection, type HttpRequest } from "./connection.ts";

export interface Load {
  perSecond: number;
  p50: number;
  p90: number;
}

export interface LoadOptions {
  url: string;
  /** The n-th request. */
  request: (n: number) => HttpRequest;
  seconds: number;
  connections?: number;
}

export async function load({ url, request, seconds, connections = 16 }: LoadOptions): Promise<Load> {
  const times: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  let n = 0;
  await onConnections(url, connections, async (connection) => {
    while (performance.now() < endsAt) {
      const sentAt = performance.now();
      await exchangeOk(connection, request(n++));
      times.push(performance.now() - sentAt);
    }
  });
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  times.sort((a, b) => a - b);
  return { perSecond: times.length / elapsedSeconds, p50: quantile(times, 0.5), p90: quantile(times, 0.9) };
}

/** Sends all requests as fast as possible, or at a rate. Returns the answers' bodies in order. */
export async function sendAll(
  url: string,
  requests: readonly HttpRequest[],
  { connections = 16, perSecond = Number.POSITIVE_INFINITY } = {},
): Promise<string[]> {
  const startedAt = performance.now();
  const answers: string[] = [];
  let n = 0;
  await onConnections(url, connections, async (connection) => {
    for (let mine = n++; mine < requests.length; mine = n++) {
      const waitMs = startedAt + (mine / perSecond) * 1000 - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      answers[mine] = await exchangeOk(connection, requests[mine]!);
    }
  });
  return answers;
}

async function onConnections(
  url: string,
  count: number,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const open = await Promise.all(Array.from({ length: count }, () => Connection.open(url)));
  try {
    await Promise.all(open.map(use));
  } finally {
    for (const connection of open) connection.close();
  }
}

/** Returns the answer's body. Throws for an unsuccessful answer, which would otherwise count as a fast one. */
async function exchangeOk(connection: Connection, request: HttpRequest): Promise<string> {
  const { status, text } = await connection.exchange(request);
  if (status < 200 || status > 299)
    throw new Error(`${request.method} ${request.path}: ${status} ${text.slice(0, 300)}`);
  return text;
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (quantile(sorted, 0.5) + sorted[Math.ceil(sorted.length / 2) - 1]!) / 2;
}
