/**
 * A thousand sockets of a hibernating inbox: an event reaches all at once, and a socket that resumes misses nothing.
 */
import { callOk } from "../scripts/api-client.ts";
import { LiveSocket } from "../scripts/live-socket.ts";
import { createEnvironment, type Environment, inParallel, pause, percentile } from "./support/environment.ts";
import { atMost, exactly, type Report } from "./support/report.ts";

export const name = "hibernation";

const [SOCKETS, AGENTS, CONNECTIONS, MISSED] = [1000, 5, 32, 20];
/** The runtime hibernates an object after ten seconds without work. */
const IDLE_SECONDS = 20;

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment();
  try {
    const tokens = await tokensOf(environment);
    let sockets = await opened(environment, tokens, report);
    const memoryBefore = await environment.memory();
    for (let left = IDLE_SECONDS; left > 0; left--) {
      report.progress(`${left} s of silence`);
      await pause(1000);
    }

    const from = "628120000001";
    const writes = async (id: string): Promise<number> => {
      const startedAt = performance.now();
      const status = await environment.deliver([{ from, id, at: Date.now(), text: id }]);
      if (status !== 200) throw new Error(`a webhook was answered ${status}`);
      return startedAt;
    };
    const reached = async (id: string): Promise<number[]> => {
      const startedAt = await writes(id);
      const came = await Promise.allSettled(
        sockets.map((socket) => socket.until(({ frame }) => frame.message?.external_id === id, id, 10_000)),
      );
      return came.flatMap((one) => (one.status === "fulfilled" ? [one.value.at - startedAt] : []));
    };
    const first = await reached("first");
    exactly(report, "sockets that the first event reached", first.length, SOCKETS);
    atMost(report, "first event, to half of them", percentile(first, 0.5), 500, " ms");
    atMost(report, "first event, to the last", Math.max(...first), 500, " ms");
    const awake = await reached("second");
    atMost(report, "next event, to the last", Math.max(...awake), 500, " ms");
    report.figure("memory of the runtime", `${Math.round(memoryBefore / 1e6)} MB`, "to be known", true);

    const positions = sockets.map((socket) => socket.seq);
    for (const socket of sockets) socket.close();
    for (let n = 0; n < MISSED; n++) await writes(`missed ${n}`);
    const resumedAt = performance.now();
    sockets = await opened(environment, tokens, report, positions);
    const missing = (socket: LiveSocket) =>
      MISSED -
      new Set(socket.arrivals.map(({ frame }) => frame.message?.external_id).filter((id) => id?.startsWith("missed")))
        .size;
    const deadline = performance.now() + 10_000;
    while (performance.now() < deadline && sockets.some((socket) => missing(socket) > 0)) await pause(20);
    exactly(
      report,
      "missed over a reconnect",
      sockets.reduce((n, socket) => n + missing(socket), 0),
      0,
    );
    const told = sockets.reduce(
      (n, socket) => n + socket.arrivals.filter(({ frame }) => frame.message !== undefined).length,
      0,
    );
    exactly(report, "said twice or too much", told - SOCKETS * MISSED, 0);
    report.figure(
      "all back, with what they missed",
      `${((performance.now() - resumedAt) / 1000).toFixed(1)} s`,
      "to be known",
      true,
    );
    for (const socket of sockets) socket.close();
  } finally {
    await environment.close();
  }
}

async function opened(
  { url }: Environment,
  tokens: string[],
  report: Report,
  positions: number[] = [],
): Promise<LiveSocket[]> {
  const sockets: LiveSocket[] = [];
  let count = 0;
  await inParallel(Array.from({ length: SOCKETS }), CONNECTIONS, async (_, i) => {
    sockets[i] = await LiveSocket.open(url, tokens[i % tokens.length]!, positions[i]);
    if (++count % 50 === 0) report.progress(`${count} sockets`);
  });
  return sockets;
}

async function tokensOf({ url, token }: Environment): Promise<string[]> {
  const tokens = [token];
  for (let n = 1; n < AGENTS; n++) {
    const [email, password] = [`agent-${n}@trial.test`, "trial-password"];
    await callOk(`${url}/api/agents`, { token, body: { email, password, full_name: `Agent ${n}`, role: "agent" } });
    tokens.push((await callOk(`${url}/api/auth/login`, { body: { email, password } })).body.token as string);
  }
  return tokens;
}
