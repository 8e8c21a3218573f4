import { compare } from "../compare.ts";
import { costedWarm } from "../cost.ts";
import type { Figure } from "../figures.ts";
import { MESSAGES_TO_SEARCH } from "../seed.ts";
import type { Stage } from "../stage.ts";

/** Searches a word of one in 100,000 messages, one of one in some hundred, and one of every second message. */
export async function search(stage: Stage): Promise<Figure[]> {
  const { ours, counted, bare, seed, effort, progress } = stage;
  const { rare, usual, common } = seed.words;
  const inOne = await conversationWith(stage, common);
  const searches: Record<string, { words: string; conversation?: string }> = {
    "a rare word": { words: rare },
    "a usual word": { words: usual },
    "a common word": { words: common },
    "a usual and a common word": { words: `${usual} ${common}` },
    "a common word, in one conversation": { words: common, conversation: inOne },
  };
  const figures: Figure[] = [];
  for (const [title, { words, conversation }] of Object.entries(searches)) {
    progress(`search ${title}`);
    const path = `/api/messages/search?${new URLSearchParams({ q: words, limit: "50", ...(conversation && { conversation_id: conversation }) }).toString()}`;
    const quoted = words
      .split(" ")
      .map((word) => `"${word}"`)
      .join(" AND ");
    const match = conversation
      ? `terms : (${quoted}) AND conversation : "c${conversation.replaceAll("-", "")}"`
      : quoted;
    const { cost, body } = await costedWarm(counted.url + path, { token: seed.large.token });
    const {
      ours: our,
      bare: their,
      slowness,
    } = await compare(
      {
        url: ours.url,
        request: () => ({ method: "GET", path, headers: { authorization: `Bearer ${seed.large.token}` } }),
      },
      {
        url: bare.url,
        request: () => ({ method: "GET", path: `/search?${new URLSearchParams({ match }).toString()}` }),
      },
      { ...effort, seconds: effort.seconds / 2 },
      1,
    );
    figures.push({
      path: `search ${MESSAGES_TO_SEARCH.toLocaleString("en")} messages, ${title}`,
      ours: `p50 ${our.p50.toFixed(2)} ms, ${body.data.length} found`,
      bare: `p50 ${their.p50.toFixed(2)} ms`,
      ratio: `${slowness.toFixed(2)} ×`,
      must: "p50 ≤ 3 ×; queries ≤ 1, calls 0",
      isMet: slowness <= 3 && cost.queries <= 1 && cost.objectCalls === 0,
      queries: String(cost.queries),
      rowsRead: String(cost.rowsRead),
      objectCalls: String(cost.objectCalls),
    });
  }
  return figures;
}

/** The id of a conversation with the word. Each conversation has about ten messages. */
async function conversationWith({ counted, seed }: Stage, word: string): Promise<string> {
  const { body } = await costedWarm(
    `${counted.url}/api/messages/search?${new URLSearchParams({ q: word, limit: "1" }).toString()}`,
    {
      token: seed.large.token,
    },
  );
  return body.data[0].conversation_id;
}
