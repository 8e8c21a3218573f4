import { compare } from "../compare.ts";
import { costedWarm } from "../cost.ts";
import { type Figure, throughputFigure } from "../figures.ts";
import { KNOWN_PHONES } from "../seed.ts";
import type { Stage } from "../stage.ts";
import { webhookRequest } from "../webhook.ts";

/** Webhooks of one text message each, for 64 existing conversations. */
export async function webhook(stage: Stage): Promise<Figure[]> {
  const { ours, counted, bare, seed, appSecret, effort } = stage;
  const request = (n: number) =>
    webhookRequest(seed.phoneNumberId, appSecret, [
      { from: KNOWN_PHONES[n % KNOWN_PHONES.length]!, text: `Message number ${n} to a shop.`, at: Date.now() },
    ]);
  const { body, headers } = request(0);
  const { cost } = await costedWarm(`${counted.url}/webhook`, { body: JSON.parse(body!), headers: headers! });
  const compared = await compare({ url: ours.url, request }, { url: bare.url, request }, effort);
  const withLog = await compare(
    { url: ours.url, request },
    { url: bare.url, request: (n) => ({ ...request(n), path: "/webhook?log" }) },
    effort,
  );
  return [
    throughputFigure(
      {
        path: "webhook, text message, known conversation",
        ratio: 0.6,
        queries: 0,
        rowsRead: 0,
        objectCalls: 1,
        note: `Both are bounded by one thread, and both sync one commit to the disk for each message, which takes a third of ours and half of the bare one's. The rest of ours is the commit itself (a message, an event, the state: 7 pages against 2) and the call through the app; leaving out all that follows the answer changes little. Turns differ by 0.1 either way. Beside a bare Worker that also writes each message to one log of the organization it reaches ${withLog.ratio.toFixed(2)} in this run.`,
      },
      compared,
      cost,
    ),
  ];
}
