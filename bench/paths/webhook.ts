import { compare } from "../compare.ts";
import { costedWarm } from "../cost.ts";
import { type Figure, throughputFigure } from "../figures.ts";
import { KNOWN_PHONES } from "../seed.ts";
import type { Stage } from "../stage.ts";
import { webhookRequest } from "../webhook.ts";

/** A text message of a customer whose conversation exists, over 64 conversations. */
export async function webhook(stage: Stage): Promise<Figure[]> {
  const { ours, counted, bare, seed, appSecret, effort } = stage;
  const request = (n: number) =>
    webhookRequest(seed.phoneNumberId, appSecret, [{ from: KNOWN_PHONES[n % KNOWN_PHONES.length]!, text: `Message number ${n} to a shop.`, at: Date.now() }]);
  const { body, headers } = request(0);
  const { cost } = await costedWarm(`${counted.url}/webhook`, { body: JSON.parse(body!), headers: headers! });
  const compared = await compare({ url: ours.url, request }, { url: bare.url, request }, effort);
  const withLog = await compare({ url: ours.url, request }, { url: bare.url, request: (n) => ({ ...request(n), path: "/webhook?log" }) }, effort);
  return [
    throughputFigure(
      {
        path: "webhook, text message, known conversation",
        ratio: 0.6,
        queries: 0,
        rowsRead: 0,
        objectCalls: 1,
        note: `Bounded by what follows the answer and shares this machine's cores with it: the live inbox's log and D1's index, one full-text row a message. Beside a bare Worker that also writes each message to one log of the organization it reaches ${withLog.ratio.toFixed(2)} in this run; with nothing at all after the commit 0.65 to 0.70 (measured by leaving #afterCommit empty).`,
      },
      compared,
      cost,
    ),
  ];
}
