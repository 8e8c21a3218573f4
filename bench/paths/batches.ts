import type { Figure } from "../figures.ts";
import { sendAll } from "../load.ts";
import type { Stage } from "../stage.ts";
import { webhookRequest } from "../webhook.ts";

const MESSAGES = 1000;

/** The number of D1 batches for inbound messages. Each goes to a conversation of its own, the worst case. */
export async function batches({ counted, meter, seed, appSecret, progress }: Stage): Promise<Figure[]> {
  const round = () =>
    Array.from({ length: MESSAGES }, (_, i) =>
      webhookRequest(seed.phoneNumberId, appSecret, [
        { from: `62814${String(i).padStart(7, "0")}`, text: "Hello", at: Date.now() },
      ]),
    );
  await sendAll(counted.url, round());
  await meter.settle();
  const figures: Figure[] = [];
  for (const [title, perSecond] of [
    ["as fast as they come", Number.POSITIVE_INFINITY],
    ["at 100 a second", 100],
  ] as const) {
    progress(`D1 batches, ${title}`);
    await meter.reset();
    await sendAll(counted.url, round(), { perSecond });
    await meter.settle();
    const runs = (await meter.counts()).queueRuns.filter(({ queue }) => queue === "omnistream-events");
    const roundTrips = runs.reduce((sum, run) => sum + run.roundTrips, 0);
    figures.push({
      path: `D1 writes for 1,000 inbound messages, ${title}`,
      ours: `${roundTrips} batches`,
      must: "≤ 100 batches",
      isMet: roundTrips <= 100 && runs.length > 0,
      note: `Every round trip to D1 of ${runs.length} runs of the queue consumer, which got ${runs.reduce((sum, run) => sum + run.messages, 0)} queue messages; each inbound message to another conversation.`,
    });
  }
  return figures;
}
