/** Kills while scheduled messages are due: each is sent once, in its conversation's order. */
import { callOk, createEnvironment, inParallel, messagesOf, pause } from "./support/environment.ts";
import { atMost, exactly, type Report } from "./support/report.ts";
import { conversationsOf } from "./support/traffic.ts";

export const name = "scheduled";

/** TRIAL_SMALL=1: a tenth of the load, for a busy machine. */
const [CONVERSATIONS, EACH, LEAD_SECONDS] = process.env.TRIAL_SMALL ? [50, 4, 15] : [400, 5, 60];
const TOTAL = CONVERSATIONS * EACH;
/** The numbers of accepted messages at which it kills: the first during claims, the others during sends. */
const KILL_AT = [TOTAL / 100, TOTAL / 4, TOTAL / 2];
/** The most messages between the channel's answer and the commit when a process dies. */
const IN_FLIGHT = 20;
const CONNECTIONS = 8;
const PATIENCE_SECONDS = 300;

interface Scheduled {
  status: string;
}

export async function run(report: Report): Promise<void> {
  const environment = await createEnvironment({ cronEveryMs: 1000 });
  try {
    const { url, token, graph } = environment;
    const people = conversationsOf(CONVERSATIONS, 1, Date.now() - 60_000);
    const idOf = (from: string): string => environment.conversationId(from);
    await inParallel(people, CONNECTIONS, async (message) => {
      while ((await environment.deliver([message])) !== 200);
    });
    const dueAt = Date.now() + LEAD_SECONDS * 1000;
    await inParallel(people, CONNECTIONS, async ({ from }, i) => {
      for (let k = 0; k < EACH; k++) {
        const body = {
          type: "text",
          content: { text: `${from} ${k}` },
          scheduled_at: new Date(dueAt + k).toISOString(),
        };
        await callOk(`${url}/api/conversations/${idOf(from)}/scheduled-messages`, { token, body });
      }
      if (i % 20 === 0) report.progress(`${i * EACH} scheduled`);
    });
    exactly(report, "scheduled too late for the trial", Number(Date.now() > dueAt), 0);
    exactly(report, "sent before their time", graph.simulator.state.messages.length, 0);

    const accepted = (): number => graph.simulator.state.messages.length;
    for (const at of KILL_AT) {
      while (accepted() < at) await pause(5);
      await environment.kill();
      report.progress(`killed at ${accepted()}`);
      await environment.start();
    }
    // Distinct texts only, so that a duplicate does not replace a missing message.
    const texts = (): string[] =>
      graph.simulator.state.messages.map(({ body }) => (body.text as { body: string }).body);
    const startedAt = Date.now();
    const open = async (): Promise<number> => {
      let n = 0;
      await inParallel(people, CONNECTIONS, async ({ from }) => {
        const { body } = await callOk(`${url}/api/conversations/${idOf(from)}/scheduled-messages?limit=100`, { token });
        n += (body as { data: Scheduled[] }).data.filter(({ status }) => status !== "sent").length;
      });
      return n;
    };
    let left = await open();
    while ((left > 0 || new Set(texts()).size < TOTAL) && Date.now() - startedAt < PATIENCE_SECONDS * 1000) {
      report.progress(`${left} not sent yet, ${accepted()} at the channel`);
      await pause(1000);
      left = await open();
    }
    exactly(report, `not sent in the end, of ${TOTAL}`, left, 0);
    // Sends that a kill left in doubt wait for their status, or are repeated.
    await graph.simulator.settle();
    await pause(2000);

    const wanted = people.flatMap(({ from }) => Array.from({ length: EACH }, (_, k) => `${from} ${k}`));
    const reached = new Set(texts());
    exactly(report, "never reached the channel", wanted.filter((text) => !reached.has(text)).length, 0);
    atMost(
      report,
      "reached it twice: under way when a process died",
      texts().length - reached.size,
      KILL_AT.length * IN_FLIGHT,
      "",
    );
    let [doubled, missing, disordered] = [0, 0, 0];
    await inParallel(people, CONNECTIONS, async ({ from }) => {
      const messages = (await messagesOf(environment, idOf(from))).filter(({ direction }) => direction === "outbound");
      const said = messages.map(({ content }) => content.text as string);
      doubled += said.length - new Set(said).size;
      missing += EACH - new Set(said).size;
      if (said.some((text, k) => text !== `${from} ${k}`)) disordered++;
    });
    exactly(report, "messages doubled in their conversation", doubled, 0);
    exactly(report, "messages missing in their conversation", missing, 0);
    exactly(report, "conversations out of the order of their times", disordered, 0);
    report.progress("comparing with D1");
    const findings = await environment.check(
      people.map(({ from }) => idOf(from)),
      60,
    );
    exactly(report, "differences between objects and D1", findings.differences.length, 0);
  } finally {
    await environment.close();
  }
}
