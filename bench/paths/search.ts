import { compare } from "../compare.ts";
import { costedWarm } from "../cost.ts";
import type { Figure } from "../figures.ts";
import { MESSAGES_TO_SEARCH } from "../seed.ts";
import type { Stage } from "../stage.ts";

/** Words of one in a hundred thousand, of one in some hundred, and of every second message. */
export async function search({ ours, counted, bare, seed, effort, progress }: Stage): Promise<Figure[]> {
  const { rare, usual, common } = seed.words;
  const searches = { "a rare word": rare, "a usual word": usual, "a common word": common, "a usual and a common word": `${usual} ${common}` };
  const figures: Figure[] = [];
  for (const [title, words] of Object.entries(searches)) {
    progress(`search ${title}`);
    const path = `/api/messages/search?${new URLSearchParams({ q: words, limit: "50" }).toString()}`;
    const match = words
      .split(" ")
      .map((word) => `"${word}"`)
      .join(" AND ");
    const { cost, body } = await costedWarm(counted.url + path, { token: seed.large.token });
    const {
      ours: our,
      bare: their,
      slowness,
    } = await compare(
      { url: ours.url, request: () => ({ method: "GET", path, headers: { authorization: `Bearer ${seed.large.token}` } }) },
      { url: bare.url, request: () => ({ method: "GET", path: `/search?${new URLSearchParams({ match }).toString()}` }) },
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
