import { type Comparison, compare } from "../compare.ts";
import { costed, costedWarm } from "../cost.ts";
import { type Figure, throughputFigure } from "../figures.ts";
import type { Stage } from "../stage.ts";

const PATH = "/api/conversations?limit=50";

/** The first page of the inbox at two sizes. Its cost must not depend on the number of conversations. */
export async function list(stage: Stage): Promise<Figure[]> {
  const { counted, seed, progress } = stage;
  const figures: Figure[] = [];
  for (const [size, title] of [
    ["small", "1,000"],
    ["large", "100,000"],
  ] as const) {
    progress(`list at ${title}`);
    const { token } = seed[size];
    const { cost, body } = await costedWarm(counted.url + PATH, { token });
    const compared = await compareList(stage, size, PATH, token);
    figures.push(
      throughputFigure(
        {
          path: `list conversations, page of 50, at ${title}`,
          ratio: 0.6,
          queries: 1,
          rowsRead: 2.2 * body.data.length,
          objectCalls: 0,
        },
        compared,
        cost,
      ),
    );
  }
  // Longer than the isolate caches a session.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const { cost } = await costed(counted.url + PATH, { token: seed.large.token });
  const request = (size: "small" | "large") => () => ({
    method: "GET" as const,
    path: PATH,
    headers: { authorization: `Bearer ${seed[size].token}` },
  });
  const sizes = await compare(
    { url: stage.ours.url, request: request("small") },
    { url: stage.ours.url, request: request("large") },
    stage.effort,
  );
  const between = Math.max(sizes.ratio, 1 / sizes.ratio);
  figures.push({
    path: "list: 1,000 beside 100,000; session not cached",
    ours: `${between.toFixed(2)}×`,
    must: "≤ 1.2×; queries ≤ 2",
    isMet: between <= 1.2 && cost.queries <= 2,
    queries: String(cost.queries),
    rowsRead: String(cost.rowsRead),
    objectCalls: String(cost.objectCalls),
  });
  return figures;
}

export function compareList(
  { ours, bare, seed, effort }: Stage,
  size: "small" | "large",
  path: string,
  token: string,
): Promise<Comparison> {
  return compare(
    { url: ours.url, request: () => ({ method: "GET", path, headers: { authorization: `Bearer ${token}` } }) },
    { url: bare.url, request: () => ({ method: "GET", path: `/list?size=${size}&org=${seed[size].orgId}` }) },
    effort,
  );
}
