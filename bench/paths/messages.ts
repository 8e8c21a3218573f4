import { compare } from "../compare.ts";
import { costedWarm } from "../cost.ts";
import { type Figure, throughputFigure } from "../figures.ts";
import { LONG_CONVERSATION_MESSAGES } from "../seed.ts";
import type { Stage } from "../stage.ts";

/** The newest page of a long conversation. */
export async function messages({ ours, counted, bare, seed, effort }: Stage): Promise<Figure[]> {
  const path = `/api/conversations/${seed.longConversationId}/messages?limit=50`;
  const { cost, body } = await costedWarm(counted.url + path, { token: seed.large.token });
  if (body.messages.length !== 50) throw new Error("the long conversation is not there");
  await fetch(`${bare.url}/messages/fill?count=${LONG_CONVERSATION_MESSAGES}`, {
    method: "POST",
    body: JSON.stringify(body.messages[0]),
  });
  const compared = await compare(
    {
      url: ours.url,
      request: () => ({ method: "GET", path, headers: { authorization: `Bearer ${seed.large.token}` } }),
    },
    { url: bare.url, request: () => ({ method: "GET", path: "/messages" }) },
    effort,
  );
  return [
    throughputFigure(
      {
        path: "list messages, page of 50, in a conversation of 50,000",
        ratio: 0.6,
        queries: 0,
        rowsRead: 0,
        objectCalls: 1,
      },
      compared,
      cost,
    ),
  ];
}
