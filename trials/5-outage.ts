/**
 * Every kind of outage of the channel: no message is lost or doubled, all are sent soon after, and inbound messages
 * are unaffected.
 */
import type { GraphFaults } from "../simulators/graph/faults.ts";
import { callOk, type Environment, inParallel, messagesOf, pause, percentile } from "./support/environment.ts";
import { loadOf, onEveryChannel } from "./support/every-channel.ts";
import { atMost, exactly, type Report } from "./support/report.ts";
import { conversationsOf } from "./support/traffic.ts";

export const name = "outage";

const CONVERSATIONS = 40;
/** TRIAL_FULL=1: five minutes per kind of outage. */
const PHASE_SECONDS = process.env.TRIAL_FULL ? 300 : 20;
const PHASES: [string, GraphFaults][] = [
  ["refused", { outage: { mode: "refuse" } }],
  ["500", { outage: { mode: "500" } }],
  ["429", { rateLimit: { code: 130429, retryAfterSeconds: 10 } }],
  ["hanging", { outage: { mode: "hang" } }],
];

export const run = (report: Report): Promise<void> => onEveryChannel(report, outage);

async function outage(environment: Environment, report: Report): Promise<void> {
  const { url, token, channel } = environment;
  const count = loadOf(environment, CONVERSATIONS);
  const people = [...new Set(conversationsOf(count, 1, Date.now()).map(({ from }) => from))];
  let n = 0;
  const customersWrite = async (): Promise<number> => {
    const startedAt = performance.now();
    const from = people[n++ % people.length]!;
    const status = await environment.deliver([{ from, id: `wamid.${n}`, at: Date.now(), text: `question ${n}` }]);
    if (status !== 200) throw new Error(`a webhook was answered ${status}`);
    return performance.now() - startedAt;
  };
  for (const _ of people) await customersWrite();
  const usual: number[] = [];
  for (let i = 0; i < 100; i++) {
    usual.push(await customersWrite());
    await pause(20);
  }

  let asked = 0;
  const during: number[] = [];
  for (const [phase, faults] of PHASES) {
    environment.fail(faults);
    const until = Date.now() + PHASE_SECONDS * 1000;
    await inParallel(people, 4, async (from) => {
      const answer = { type: "text", content: { text: `${from} ${asked++}` } };
      await callOk(`${url}/api/conversations/${environment.conversationId(from)}/messages`, { token, body: answer });
    });
    while (Date.now() < until) {
      during.push(await customersWrite());
      report.progress(`${phase}: ${Math.ceil((until - Date.now()) / 1000)} s`);
      await pause(50);
    }
  }
  exactly(report, "accepted during the outage", environment.sent().length, 0);
  environment.fail({});
  const recoveredAt = Date.now();
  while (environment.sent().length < asked && Date.now() - recoveredAt < 120_000) {
    report.progress(`recovered: ${environment.sent().length} of ${asked}`);
    await pause(200);
  }
  const drainSeconds = (Date.now() - recoveredAt) / 1000;
  await environment.settle();
  await pause(500);

  const texts = environment.sent().map(({ text }) => text);
  exactly(report, "lost", asked - new Set(texts).size, 0);
  exactly(report, "doubled", texts.length - new Set(texts).size, 0);
  const inTurn = people.every((from) => {
    const numbers = texts.filter((text) => text.startsWith(`${from} `)).map((text) => Number(text.split(" ")[1]));
    return numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
  });
  report.figure("in the order of each conversation", inTurn ? "yes" : "no", "yes", inTurn);
  let unread = 0;
  await inParallel(people, 8, async (from) => {
    const messages = await messagesOf(environment, environment.conversationId(from));
    unread += messages.filter(
      ({ direction, status }) => direction === "outbound" && status !== channel.ticks.at(-1),
    ).length;
  });
  exactly(report, `not shown as ${channel.ticks.at(-1)} in the end`, unread, 0);
  atMost(report, "sent after recovery within", drainSeconds, 60, " s");
  atMost(report, "ingest p99 during it", percentile(during, 0.99), 1000, " ms");
  report.figure(
    "ingest p50 before and during",
    `${percentile(usual, 0.5).toFixed(1)} and ${percentile(during, 0.5).toFixed(1)} ms`,
    "for comparison",
    true,
  );
}
