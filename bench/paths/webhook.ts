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
  return [
    throughputFigure(
      {
        path: "webhook, text message, known conversation",
        ratio: 0.6,
        queries: 0,
        rowsRead: 0,
        objectCalls: 1,
        note: "Bounded by what follows the answer and shares the machine here: the inbox's log and D1's index. With nothing after the commit the same path reached 0.70 (431/s against 616/s, measured on two cores by leaving #afterCommit empty).",
      },
      compared,
      cost,
    ),
  ];
}
