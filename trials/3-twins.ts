/** Every webhook five times concurrently: one row, one event, and an unread count that grows by one. */
import { callOk, type Environment, inParallel, pause } from "./support/environment.ts";
import { loadOf, onEveryChannel } from "./support/every-channel.ts";
import { exactly, type Report } from "./support/report.ts";
import { conversationsOf } from "./support/traffic.ts";

export const name = "twins";

const [CONVERSATIONS, EACH, TIMES] = [100, 10, 5];

export const run = (report: Report): Promise<void> => onEveryChannel(report, twins);

async function twins(environment: Environment, report: Report): Promise<void> {
  const inbound = conversationsOf(loadOf(environment, CONVERSATIONS), EACH, Date.now() - 3_600_000);
  let refused = 0;
  await inParallel(inbound, 4, async (message, index) => {
    const answers = await Promise.all(Array.from({ length: TIMES }, () => environment.deliver([message])));
    refused += answers.filter((status) => status !== 200).length;
    if (index % 100 === 0) report.progress(`${index} of ${inbound.length}`);
  });
  exactly(report, "not answered 200", refused, 0);
  const { hasProfiles } = environment.channel;
  if (hasProfiles) await untilNamed(environment);
  const findings = await environment.check([], 60);
  exactly(report, "messages", findings.messages, inbound.length);
  // Each conversation has one more event, `conversation.created`, and where names are asked for another one.
  const others = findings.conversations * (hasProfiles ? 2 : 1);
  exactly(report, "events message.received", findings.events - others, inbound.length);
  exactly(report, "unread", findings.unread, inbound.length);
  exactly(report, "differences between objects and D1", findings.differences.length, 0);
}

async function untilNamed({ url, token }: Environment): Promise<void> {
  for (const until = Date.now() + 30_000; Date.now() < until; await pause(200)) {
    const { data } = (await callOk(`${url}/api/conversations?limit=100`, { token })).body;
    if (data.every((one: { contact_name: string | null }) => one.contact_name !== null)) return;
  }
}
