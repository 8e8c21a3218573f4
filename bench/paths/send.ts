import { compare } from "../compare.ts";
import { costedWarm } from "../cost.ts";
import { type Figure, throughputFigure } from "../figures.ts";
import { sendAll } from "../load.ts";
import { KNOWN_PHONES } from "../seed.ts";
import type { Stage } from "../stage.ts";
import { webhookRequest } from "../webhook.ts";

/** An agent's send to a channel that accepts it at once. */
export async function send({ ours, counted, bare, seed, appSecret, effort }: Stage): Promise<Figure[]> {
  const text = { type: "text", content: { text: "Yes, two are left. Shall I keep one for you?" } };
  const body = JSON.stringify(text);
  const headers = { authorization: `Bearer ${seed.large.token}`, "content-type": "application/json" };
  // Reopens the windows, which close after a day: the seed may be older.
  const fresh = KNOWN_PHONES.map((from) =>
    webhookRequest(seed.phoneNumberId, appSecret, [{ from, text: "Hello", at: Date.now() }]),
  );
  await sendAll(ours.url, fresh);
  await sendAll(counted.url, fresh);
  const pathOf = (n: number): string =>
    `/api/conversations/${seed.knownConversationIds[n % seed.knownConversationIds.length]}/messages`;
  const { cost } = await costedWarm(counted.url + pathOf(0), { body: text, token: seed.large.token });
  const compared = await compare(
    { url: ours.url, request: (n) => ({ method: "POST", path: pathOf(n), headers, body }) },
    {
      url: bare.url,
      request: (n) => ({
        method: "POST",
        path: `/send?org=${seed.large.orgId}&id=${seed.knownConversationIds[n % seed.knownConversationIds.length]}`,
        body,
      }),
    },
    effort,
  );
  return [
    throughputFigure(
      {
        path: "send",
        ratio: 0.5,
        queries: 1,
        rowsRead: 14,
        objectCalls: 1,
        note: "Bare keeps the message, calls the channel and keeps its answer, and writes the list's row to D1. Ours has beside that two events for the live inbox and the search's row.",
      },
      compared,
      cost,
    ),
  ];
}
