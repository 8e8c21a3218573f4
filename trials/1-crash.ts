/** kill -9 during an ingest: no acknowledged message is lost, and a redelivery of all creates no duplicate. */
import { type Environment, inParallel, messagesOf } from "./support/environment.ts";
import { loadOf, onEveryChannel } from "./support/every-channel.ts";
import { exactly, type Report } from "./support/report.ts";
import { conversationsOf, shuffled } from "./support/traffic.ts";

export const name = "crash";

/** TRIAL_SMALL=1: a tenth of the load, for a busy machine. */
const [CONVERSATIONS, EACH, KILL_AT] = process.env.TRIAL_SMALL ? [100, 10, 400] : [500, 20, 4000];
const CONNECTIONS = 16;

export const run = (report: Report): Promise<void> => onEveryChannel(report, crash);

async function crash(environment: Environment, report: Report): Promise<void> {
  const conversations = loadOf(environment, CONVERSATIONS);
  const killAt = loadOf(environment, KILL_AT);
  const external = (id: string): string => environment.channel.externalId(id);
  const inbound = shuffled(conversationsOf(conversations, EACH, Date.now() - 3_600_000), 1);
  const acknowledged = new Set<string>();
  let killed: Promise<void> | undefined;
  await inParallel(inbound, CONNECTIONS, async (message) => {
    if (killed) return;
    if ((await environment.deliver([message])) === 200) acknowledged.add(external(message.id));
    if (acknowledged.size >= killAt) killed ??= environment.kill();
    if (acknowledged.size % 100 === 0) report.progress(`${acknowledged.size} acknowledged`);
  });
  await killed;
  await environment.start();

  const people = [...new Set(inbound.map(({ from }) => from))];
  const stored = async (): Promise<{ id: string; from: string }[]> => {
    const found: { id: string; from: string }[] = [];
    await inParallel(people, 8, async (from) => {
      // A conversation that has not begun has no messages.
      const messages = await messagesOf(environment, environment.conversationId(from)).catch(() => []);
      found.push(...messages.map((message: { external_id: string }) => ({ id: message.external_id, from })));
    });
    return found;
  };
  const kept = new Set((await stored()).map(({ id }) => id));
  exactly(report, "acknowledged and lost", [...acknowledged].filter((id) => !kept.has(id)).length, 0);

  let again = 0;
  await inParallel(inbound, CONNECTIONS, async (message) => {
    while ((await environment.deliver([message])) !== 200);
    if (++again % 100 === 0) report.progress(`${again} delivered again`);
  });
  const after = await stored();
  const owner = new Map(inbound.map(({ id, from }) => [external(id), from]));
  exactly(report, "messages after redelivery", after.length, inbound.length);
  exactly(report, "doubled", after.length - new Set(after.map(({ id }) => id)).size, 0);
  exactly(report, "in another's conversation", after.filter(({ id, from }) => owner.get(id) !== from).length, 0);
  report.progress("comparing with D1");
  const findings = await environment.check(
    people.map((from) => environment.conversationId(from)),
    60,
  );
  exactly(report, "conversations", findings.conversations, conversations);
  exactly(report, "differences between objects and D1", findings.differences.length, 0);
}
