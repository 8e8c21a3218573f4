import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createEnvironment,
  type Environment,
  inParallel,
  messagesOf,
  pause,
} from "../../trials/support/environment.ts";
import { conversationsOf, inPortions, shuffled } from "../../trials/support/traffic.ts";

const CONVERSATIONS = 200;
const EACH = 10;
const KILLS = 5;

let environment: Environment;
beforeAll(async () => {
  environment = await createEnvironment();
});
afterAll(() => environment?.close());

it(
  "loses nothing and doubles nothing when it is killed five times while 2,000 messages come in",
  { timeout: 300_000 },
  async () => {
    const inbound = conversationsOf(CONVERSATIONS, EACH, Date.now() - 3_600_000);
    const people = [...new Set(inbound.map(({ from }) => from))];
    const deliveries = inPortions(shuffled(inbound, 3), 5);

    let answered = 0;
    let refused = 0;
    const over = new AbortController();
    const killing = (async () => {
      for (let kill = 1; kill <= KILLS; kill++) {
        // Each in its part of the run, at a moment that nobody has chosen.
        while (!over.signal.aborted && answered < (deliveries.length * (kill - Math.random())) / (KILLS + 1))
          await pause(2);
        await pause(Math.random() * 20);
        await environment.kill();
        await environment.start();
      }
    })();
    await inParallel(deliveries, 16, async (items) => {
      while ((await environment.deliver(items)) !== 200) {
        refused++;
        await pause(100);
      }
      answered++;
    });
    over.abort();
    await killing;
    // Otherwise nothing was tried.
    expect(refused).toBeGreaterThan(0);

    const ids = people.map((from) => environment.conversationId(from));
    await inParallel(people, 8, async (from) => {
      const messages = await messagesOf(environment, environment.conversationId(from));
      expect(messages.map((message) => message.content.text)).toEqual(
        Array.from({ length: EACH }, (_, k) => String(k)),
      );
    });
    expect(await environment.check(ids)).toMatchObject({
      conversations: CONVERSATIONS,
      messages: inbound.length,
      unread: inbound.length,
      outgoing: 0,
      differences: [],
    });
  },
);
