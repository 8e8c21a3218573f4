/** Messages and statuses in random order: lists have the senders' order, and no status goes back. */
import { callOk, type Environment, inParallel, messagesOf, pause } from "./support/environment.ts";
import { loadOf, onEveryChannel } from "./support/every-channel.ts";
import { exactly, type Report } from "./support/report.ts";
import { conversationsOf, inPortions, type Inbound, shuffled, type Status } from "./support/traffic.ts";

export const name = "order";

const [CONVERSATIONS, EACH] = [100, 50];
const RANK = ["queued", "sending", "sent", "delivered", "read"];

export const run = (report: Report): Promise<void> => onEveryChannel(report, order, { graph: { autoStatuses: false } });

async function order(environment: Environment, report: Report): Promise<void> {
  const inbound = conversationsOf(loadOf(environment, CONVERSATIONS), EACH, Date.now() - 3_600_000);
  const people = [...new Set(inbound.map(({ from }) => from))];
  await inParallel(inPortions(shuffled(inbound, 1), 3), 16, async (items, index) => {
    await deliverAll(environment, items);
    if (index % 100 === 0) report.progress(`delivery ${index}`);
  });

  let inversions = 0;
  let missing = 0;
  await inParallel(people, 8, async (from) => {
    const messages = await messagesOf(environment, environment.conversationId(from));
    const said = messages.map((message) => Number(message.content.text));
    inversions += said.filter((k, i) => i > 0 && k < said[i - 1]!).length;
    missing += EACH - new Set(said).size;
  });
  exactly(report, "messages missing", missing, 0);
  exactly(report, "inversions", inversions, 0);

  await statuses(environment, people, report);
}

async function deliverAll(environment: Environment, items: readonly (Inbound | Status)[]): Promise<void> {
  while ((await environment.deliver(items)) !== 200) await pause(100);
}

async function statuses(environment: Environment, people: readonly string[], report: Report): Promise<void> {
  const { url, token, channel } = environment;
  await inParallel(people, 8, async (from) => {
    await callOk(`${url}/api/conversations/${environment.conversationId(from)}/messages`, {
      token,
      body: { type: "text", content: { text: "answer" } },
    });
  });
  while (environment.sent().length < people.length) await pause(100);
  let back = 0;
  let notRead = 0;
  await inParallel(environment.sent(), 8, async ({ id: externalId, to, reference }, index) => {
    const id = environment.conversationId(to);
    const words = shuffled([...channel.ticks, ...channel.ticks.slice(0, -1)], index);
    let highest = 0;
    for (const status of words) {
      await deliverAll(environment, [{ id: externalId, to, status, at: Date.now(), reference }]);
      const rank = RANK.indexOf(
        (await messagesOf(environment, id)).findLast(({ direction }) => direction === "outbound").status,
      );
      if (rank < highest) back++;
      highest = rank;
    }
    if (highest !== RANK.indexOf(channel.ticks.at(-1)!)) notRead++;
    report.progress(`statuses of ${index}`);
  });
  exactly(report, "statuses that went back", back, 0);
  exactly(report, `messages not ${channel.ticks.at(-1)} in the end`, notRead, 0);
}
