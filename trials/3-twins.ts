/** Every webhook five times concurrently: one row, one event, and an unread count that grows by one. */
import { createEnvironment, inParallel } from "./support/environment.ts";
import { exactly, type Report } from "./support/report.ts";
import { conversationsOf, deliveryOf } from "./support/traffic.ts";

export const name = "twins";

const [CONVERSATIONS, EACH, TIMES] = [100, 10, 5];

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment();
  try {
    const inbound = conversationsOf(CONVERSATIONS, EACH, Date.now() - 3_600_000);
    let refused = 0;
    await inParallel(inbound, 4, async (message, index) => {
      const body = deliveryOf(environment.phoneNumberId, [message]);
      const answers = await Promise.all(Array.from({ length: TIMES }, () => environment.deliver(body)));
      refused += answers.filter((status) => status !== 200).length;
      if (index % 100 === 0) report.progress(`${index} of ${inbound.length}`);
    });
    exactly(report, "not answered 200", refused, 0);
    const findings = await environment.check([], 60);
    exactly(report, "messages", findings.messages, inbound.length);
    // Each conversation has one more event, `conversation.created`.
    exactly(report, "events message.received", findings.events - findings.conversations, inbound.length);
    exactly(report, "unread", findings.unread, inbound.length);
    exactly(report, "differences between objects and D1", findings.differences.length, 0);
  } finally {
    await environment.close();
  }
}
