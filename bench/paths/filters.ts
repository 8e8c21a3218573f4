import { compareList } from "./list.ts";
import { costedWarm } from "../cost.ts";
import { type Figure, throughputFigure } from "../figures.ts";
import { listStatement, matchOwnPrefixes, orgToken, searchStatement } from "../product.ts";
import type { Stage } from "../stage.ts";

type Filter = Parameters<typeof listStatement>[0];
type Sees = Parameters<typeof listStatement>[1];

interface Choice {
  /** The query parameter. Two choices of the same parameter are not combined. */
  name: string;
  values: string[];
  /** The same filter in the product's form. */
  filter: Filter;
  /** A page of it alone reads only itself. */
  isMain?: boolean;
}

interface Who {
  name: "admin" | "agent";
  token: string;
  sees: Sees;
}

interface Measured {
  title: string;
  queries: number;
  rowsRead: number;
  objectCalls: number;
  returned: number;
  /** Rows that it may read. */
  allowed: number;
  scans: string[];
}

/** Other filters than the main ones skip live conversations, and merge many ranges by a queue. */
const allowedRows = (isMain: boolean, returned: number, live: number): number =>
  isMain ? 3 * Math.max(1, returned) : live + 7 * returned + 4 * 100;

/**
 * Every filter and every pair of filters, of one value and of several, for an admin and for an agent: rows read and query
 * plans.
 */
export async function filters(stage: Stage): Promise<Figure[]> {
  const { seed, progress } = stage;
  const { large } = seed;
  const d1 = await stage.ours.miniflare.getD1Database("TENANT_DB_00");
  const live = (await d1
    .prepare("SELECT count(*) AS live FROM conversations WHERE org_id = ? AND status <> 'resolved'")
    .bind(large.orgId)
    .first<number>("live"))!;
  const people: Who[] = [
    { name: "admin", token: large.token, sees: { all: true, agentId: large.adminId, divisionIds: [] } },
    {
      name: "agent",
      token: large.agentToken,
      sees: { all: false, agentId: large.agentId, divisionIds: large.agentDivisionIds },
    },
  ];
  const figures: Figure[] = [];
  for (const who of people) {
    const choices = choicesOf(stage, who);
    const pairs = choices.flatMap((one, i) =>
      choices
        .slice(i + 1)
        .filter((other) => other.name !== one.name)
        .map((other) => [one, other]),
    );
    const sets = [[], ...choices.map((one) => [one]), ...pairs];
    progress(`${sets.length} filters and pairs as ${who.name}`);
    const measured: Measured[] = [];
    for (const set of sets) measured.push(await measure(stage, who, set, live));
    figures.push(...summaries(who, measured));
  }
  const [admin, agent] = people as [Who, Who];
  const timed: [Who, Record<string, string>][] = [
    [admin, { status: "open" }],
    [admin, { unread: "true" }],
    [admin, { tag: large.tag, channel: "whatsapp" }],
    [admin, { q: seed.names.few }],
    [admin, { q: seed.names.all }],
    [agent, { q: seed.names.all, status: "open" }],
    [agent, {}],
    [agent, { status: "open", division_id: large.divisionId }],
  ];
  for (const [who, query] of timed) {
    const words = Object.entries(query).map(([name, value]) =>
      name === "status" || name === "unread" || name === "channel" || name === "q" ? `${name}=${value}` : name,
    );
    const title = `${words.join(" + ") || "no filter"}, as ${who.name}, at 100,000`;
    progress(`list ${title}`);
    const path = `/api/conversations?${new URLSearchParams({ limit: "50", ...query }).toString()}`;
    const { cost, body } = await costedWarm(stage.counted.url + path, { token: who.token });
    const compared = await compareList(stage, "large", path, who.token);
    figures.push(
      throughputFigure(
        {
          path: `list ${title}`,
          ratio: 0.6,
          queries: 1,
          rowsRead: allowedRows("q" in query || Object.keys(query).length === 0, body.data.length, live),
          objectCalls: 0,
        },
        compared,
        cost,
      ),
    );
  }
  return figures;
}

function choicesOf({ seed }: Stage, who: Who): Choice[] {
  const { large } = seed;
  return [
    { name: "status", values: ["open"], filter: { status: ["open"] } },
    { name: "status", values: ["open", "pending"], filter: { status: ["open", "pending"] }, isMain: true },
    { name: "status", values: ["pending", "resolved"], filter: { status: ["pending", "resolved"] } },
    { name: "channel", values: ["email"], filter: { channel: ["email"] } },
    { name: "channel", values: ["email", "messenger"], filter: { channel: ["email", "messenger"] } },
    { name: "assigned_agent_id", values: ["me"], filter: { assigned: [who.sees.agentId!] }, isMain: true },
    { name: "assigned_agent_id", values: ["none"], filter: { assigned: [""] }, isMain: true },
    {
      name: "assigned_agent_id",
      values: [large.colleagueId],
      filter: { assigned: [large.colleagueId] },
      isMain: who.sees.all,
    },
    {
      name: "assigned_agent_id",
      values: ["me", "none"],
      filter: { assigned: [who.sees.agentId!, ""] },
      isMain: true,
    },
    {
      name: "division_id",
      values: [large.divisionId],
      filter: { division: [large.divisionId] },
      isMain: who.sees.all,
    },
    {
      name: "division_id",
      values: large.agentDivisionIds,
      filter: { division: large.agentDivisionIds },
      isMain: true,
    },
    {
      name: "division_id",
      values: [large.divisionId, ...large.agentDivisionIds],
      filter: { division: [large.divisionId, ...large.agentDivisionIds] },
      isMain: who.sees.all,
    },
    { name: "sla_status", values: ["warning", "breached"], filter: { sla: ["warning", "breached"] } },
    { name: "tag", values: [large.tag], filter: { tags: [large.tag] } },
    { name: "tag", values: [large.tag, large.rareTag], filter: { tags: [large.tag, large.rareTag] } },
    { name: "unread", values: ["true"], filter: { unread: true } },
    { name: "q", values: [seed.names.few], filter: {} },
    { name: "q", values: [seed.names.all], filter: {} },
    { name: "updated_since", values: [seed.since], filter: { updatedSince: Date.parse(seed.since) }, isMain: true },
  ];
}

async function measure(
  { counted, ours, seed }: Stage,
  who: Who,
  set: readonly Choice[],
  live: number,
): Promise<Measured> {
  const query = new URLSearchParams({ limit: "50" });
  for (const { name, values } of set) for (const value of values) query.append(name, value);
  const { body, cost } = await costedWarm(`${counted.url}/api/conversations?${query.toString()}`, { token: who.token });
  const filter: Filter = Object.assign({}, ...set.map((choice) => choice.filter));
  const words = set.find(({ name }) => name === "q")?.values[0];
  const org = orgToken(seed.large.orgId);
  const match = words === undefined ? undefined : matchOwnPrefixes(org, words);
  const isSearch = match !== undefined || (filter.tags?.length ?? 0) > 1;
  const { sql, params } = isSearch
    ? searchStatement(org, match, filter, who.sees, 50, undefined)
    : listStatement(filter, who.sees, 50, undefined);
  const d1 = await ours.miniflare.getD1Database("TENANT_DB_00");
  const { results } = await d1
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(seed.large.orgId, ...params)
    .all<{ detail: string }>();
  return {
    title: set.map(({ name, values }) => `${name}=${values.map(shown).join()}`).join(" + ") || "no filter",
    ...cost,
    returned: body.data.length,
    allowed: allowedRows(
      isSearch || set.length === 0 || (set.length === 1 && !!set[0]!.isMain),
      body.data.length,
      live,
    ),
    // The page of a priority queue is sorted once more.
    scans: results
      .map(({ detail }) => detail)
      .filter(
        (step) =>
          /^SCAN (conversations|conversation_tags|contacts|c|k|n)\b/.test(step) ||
          (step.includes("TEMP B-TREE") && !results.some(({ detail }) => detail === "RECURSIVE STEP")),
      ),
  };
}

/** An id is not worth reading. */
const shown = (value: string): string => (value.length > 12 ? "…" : value);

function summaries(who: Who, measured: readonly Measured[]): Figure[] {
  const full = measured.filter(({ returned }) => returned === 50);
  const short = measured.filter(({ returned }) => returned < 50);
  return [
    summary(`${full.length} filters and pairs with a full page, as ${who.name}`, full),
    summary(`${short.length} filters and pairs with a short page, as ${who.name}`, short),
  ];
}

function summary(path: string, measured: readonly Measured[]): Figure {
  const ratioOf = ({ rowsRead, returned }: Measured): number => rowsRead / Math.max(1, returned);
  const scanning = measured.filter(({ scans }) => scans.length > 0);
  const over = measured.filter((one) => one.rowsRead > one.allowed).sort((a, b) => ratioOf(b) - ratioOf(a));
  const queries = Math.max(...measured.map((one) => one.queries));
  const objectCalls = Math.max(...measured.map((one) => one.objectCalls));
  const worst = Math.max(...measured.map(ratioOf));
  const notes = [
    ...(over.length > 0
      ? [
          `too many rows (read / returned): ${over.map((one) => `${one.title} ${one.rowsRead}/${one.returned}`).join(", ")}`,
        ]
      : []),
    ...(scanning.length > 0
      ? [`scans: ${scanning.map((one) => `${one.title}: ${one.scans.join("; ")}`).join(", ")}`]
      : []),
  ];
  return {
    path,
    ours: `full scans: ${scanning.length}`,
    must: "queries ≤ 1, no scan; main views: rows ≤ 3 × returned; others: ≤ live + 7 × returned + 4 × ranges",
    isMet: queries <= 1 && over.length === 0 && scanning.length === 0 && objectCalls === 0,
    queries: `≤ ${queries}`,
    rowsRead: `≤ ${worst.toFixed(1)} × returned`,
    objectCalls: String(objectCalls),
    ...(notes.length > 0 && { note: notes.join(". ") }),
  };
}
