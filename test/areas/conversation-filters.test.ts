import { beforeAll, describe, expect, it, vi } from "vitest";
import fc from "fast-check";
import { searchTerms } from "../../src/areas/contacts/terms";
import { clock, MINUTE } from "../../src/kit/clock";
import { orgToken } from "../../src/kit/id";
import { type Caller, type Org, organization } from "../harness";
import { expectProblem } from "../problem";
import { division } from "../tenant";
import { volume } from "../volume";

vi.setConfig({ testTimeout: 60_000 });

/** Windows, SLA and order of the list, over rows that are put there as a projection would have. */

interface Row {
  id: string;
  status: string;
  channel: string;
  assigned: string;
  division: string;
  window: string;
  sla: string;
  unread: number;
  tags: string[];
  account: string;
  at: number;
}

const ACCOUNTS = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];

let org: Org;
let agent: Caller;
let mine: string;
let theirs: string;
let rows: Row[];

beforeAll(async () => {
  org = await organization();
  agent = await org.agent();
  mine = await division(org, "Mine", [agent.agentId]);
  theirs = await division(org, "Other");
  const pick = <T>(n: number, of: T[]): T => of[n % of.length]!;
  // Numbers without a pattern, and the same in each run.
  let seed = 7;
  const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) >> 8;
  const now = clock.now();
  rows = Array.from({ length: 600 }, (_, i) => ({
    id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
    status: pick(random(), ["open", "pending", "resolved"]),
    channel: pick(random(), ["whatsapp", "whatsapp", "whatsapp", "instagram", "email"]),
    assigned: pick(random(), ["", agent.agentId, org.agentId]),
    division: pick(random(), ["", mine, theirs]),
    window: pick(random(), ["open", "open", "expiring", "expired"]),
    sla: pick(random(), ["not_applicable", "active", "warning", "met", "breached"]),
    unread: random() % 2,
    tags: ["vip", 'say "hi", twice', "🔥", "??"].filter(() => random() % 3 === 0),
    account: pick(random(), ACCOUNTS),
    at: now - Math.floor(i / 2) * 2 * MINUTE,
  }));
  await org.tenantDb
    .prepare(
      `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, assigned_agent_id, division_id, unread_count, window_status, sla_status, tags, tag_keys, version, created_at, updated_at, last_inbound_at)
       SELECT value ->> 'id', ?1, value ->> 'id', value ->> 'account', value ->> 'channel', value ->> 'status', value ->> 'assigned', value ->> 'division', value ->> 'unread', value ->> 'window', value ->> 'sla', value -> 'tags', value -> 'tags', 1, 0, value ->> 'at', value ->> 'at' FROM json_each(?2)`,
    )
    .bind(org.id, JSON.stringify(rows))
    .run();
  await org.tenantDb
    .prepare(
      `INSERT INTO contacts (id, org_id, channel_source, org_token, terms, created_at, updated_at)
       SELECT value ->> 'id', ?1, 'whatsapp', ?3, ?4, 0, value ->> 'at' FROM json_each(?2)`,
    )
    .bind(org.id, JSON.stringify(rows), orgToken(org.id), JSON.stringify(searchTerms({ name: "Customer" })))
    .run();
}, 60_000);

type Filter = Partial<Record<"window" | "unread" | "sort" | "q" | "updated_since", string>> &
  Partial<
    Record<
      "status" | "channel" | "assigned_agent_id" | "division_id" | "sla_status" | "tag" | "account_id",
      string | string[]
    >
  >;

const expected = (filter: Filter, seesAll: boolean): string[] => {
  const way = filter.sort === "oldest" ? 1 : -1;
  const anyOf = (values: string | string[] | undefined, value: string): boolean =>
    values === undefined || [values].flat().includes(value);
  const agents =
    filter.assigned_agent_id &&
    [filter.assigned_agent_id]
      .flat()
      .map((id) => (id === "none" ? "" : id === "me" ? (seesAll ? org : agent).agentId : id));
  return rows
    .filter((row) => seesAll || row.assigned === "" || row.assigned === agent.agentId || row.division === mine)
    .filter((row) => anyOf(filter.status, row.status) && anyOf(filter.channel, row.channel))
    .filter((row) => anyOf(filter.account_id, row.account))
    .filter((row) => anyOf(agents, row.assigned) && anyOf(filter.division_id, row.division))
    .filter((row) => filter.window === undefined || (row.window === filter.window && row.status !== "resolved"))
    .filter((row) => anyOf(filter.sla_status, row.sla))
    .filter((row) => [filter.tag ?? []].flat().every((tag) => row.tags.includes(tag.toLowerCase())))
    .filter((row) => filter.updated_since === undefined || row.at >= Date.parse(filter.updated_since))
    .filter((row) => filter.unread === undefined || row.unread === Number(filter.unread === "true"))
    .sort((a, b) => way * (a.at - b.at || a.id.localeCompare(b.id)))
    .map((row) => row.id);
};

/** Rows that an answer has read. */
const rowsRead = (headers: Headers): number =>
  Number(/d1_rows_read;desc="(\d+)"/.exec(headers.get("server-timing")!)![1]);

/** All pages, and the most rows that one of them has read. */
async function all(who: Caller, filter: Filter): Promise<{ ids: string[]; worst: number }> {
  const ids: string[] = [];
  let [cursor, worst] = ["", 0];
  do {
    const pairs = Object.entries({ limit: "50", ...filter, ...(cursor && { cursor }) });
    const query = new URLSearchParams(pairs.flatMap(([name, values]) => [values].flat().map((value) => [name, value])));
    const { body, headers, status } = await who.call("GET", `/api/conversations?${query.toString()}`);
    expect(status, JSON.stringify(body)).toBe(200);
    ids.push(...body.data.map((row: any) => row.id));
    worst = Math.max(worst, rowsRead(headers));
    cursor = body.next_cursor ?? "";
  } while (cursor);
  return { ids, worst };
}

const WINDOWS = ["open", "expiring", "expired"];
const SLAS = ["active", "warning", "met", "breached"];
const single: Filter[] = [
  ...WINDOWS.map((window) => ({ window })),
  ...SLAS.map((sla_status) => ({ sla_status })),
  { sort: "oldest" },
];
const others: Filter[] = [
  {},
  { status: "open" },
  { unread: "true" },
  { sort: "oldest" },
  { q: "cust" },
  { q: "cust", unread: "false", tag: "vip" },
];

describe("by window, by SLA, in either order, each with other filters", () => {
  it.each(single.map((filter) => [JSON.stringify(filter), filter] as const))("%s", async (_, filter) => {
    for (const more of others) {
      for (const [who, seesAll] of [
        [org, true],
        [agent, false],
      ] as const) {
        const { ids, worst } = await all(who, { ...filter, ...more });
        expect(ids, JSON.stringify({ ...filter, ...more })).toEqual(expected({ ...filter, ...more }, seesAll));
        // By order alone: the page. Otherwise live conversations may be skipped, and many ranges are merged by a queue.
        const isMain = Object.keys({ ...filter, ...more }).every((name) => name === "sort" || name === "q");
        const live = rows.filter(({ status }) => status !== "resolved").length;
        expect(worst, JSON.stringify({ ...filter, ...more })).toBeLessThanOrEqual(isMain ? 3 * 50 : 7 * 50 + live);
      }
    }
  });

  it("together with each other and with tags", async () => {
    for (const filter of [
      { window: "expired", sla_status: "breached" },
      { window: "open", sla_status: "active" },
      { window: "expiring", tag: "vip" },
      { window: "open", tag: "vip" },
      { sla_status: "warning", tag: "vip" },
      { sla_status: "not_applicable" },
      { sla_status: "not_applicable", tag: "vip", sort: "oldest" },
      { sla_status: "met", tag: "vip", sort: "oldest", status: "resolved" },
      { window: "expired", status: "resolved" },
    ] as Filter[])
      for (const [who, seesAll] of [
        [org, true],
        [agent, false],
      ] as const)
        expect((await all(who, filter)).ids, JSON.stringify(filter)).toEqual(expected(filter, seesAll));
  });

  it("refuses what is none", async () => {
    for (const query of [
      "window=closed",
      "sla_status=late",
      "sla_status=met&sla_status=late",
      "sort=name",
      "sort=oldest&sort=newest",
      "unread=true&unread=false",
      "window=open&window=expired",
      "status=",
      "status=open,pending",
      "status[]=open",
      `division_id=${mine}&division_id=none`,
      Array.from({ length: 11 }, (_, i) => `tag=${i}`).join("&"),
    ])
      expectProblem(await org.call("GET", `/api/conversations?${query}`), 400, "malformed_request");
  });
});

describe("by several values of a filter", () => {
  /** The rows that a page may read: in main views three for each that it returns; otherwise live ones may be skipped. */
  const bound = (filter: Filter): number => {
    const names = Object.keys(filter).filter((name) => name !== "sort" && name !== "updated_since");
    const tags = new Set([filter.tag ?? []].flat().map((tag) => tag.toLowerCase()));
    const isSearch = names.includes("q") || names.includes("account_id") || tags.size > 1;
    const isMain = names.every((name) => ["assigned_agent_id", "division_id"].includes(name)) && names.length <= 1;
    const live = rows.filter(({ status }) => status !== "resolved").length;
    return isSearch || isMain ? 3 * 50 + 20 : 7 * 50 + live + 4 * 100;
  };

  async function check(filter: Filter): Promise<void> {
    for (const [who, seesAll] of [
      [org, true],
      [agent, false],
    ] as const) {
      const { ids, worst } = await all(who, filter);
      expect(ids, JSON.stringify(filter)).toEqual(expected(filter, seesAll));
      expect(worst, JSON.stringify(filter)).toBeLessThanOrEqual(bound(filter));
    }
  }

  it("finds any of them, and all of the tags", async () => {
    for (const filter of [
      { status: ["open", "pending"] },
      { status: ["open", "resolved"], unread: "true" },
      { status: ["open", "pending", "resolved"] },
      { channel: ["instagram", "email"] },
      { assigned_agent_id: ["me", "none"] },
      { assigned_agent_id: ["me", agent.agentId, org.agentId, "none"], division_id: [mine, theirs] },
      { division_id: [mine, theirs], sla_status: ["warning", "breached"] },
      { division_id: [mine, theirs], sort: "oldest" },
      { tag: ["vip", "VIP"] },
      { tag: ["vip", 'Say "hi", twice'] },
      { tag: ["🔥", "??"], sort: "oldest" },
      { tag: ["vip", "🔥", "??"], status: ["open", "resolved"], division_id: [mine, theirs] },
      { tag: ["vip", "nobody's"] },
      { account_id: ACCOUNTS[0]! },
      { account_id: ACCOUNTS, status: "open", sort: "oldest" },
      { account_id: ACCOUNTS[1]!, tag: "vip", unread: "true", assigned_agent_id: ["me", "none"] },
      { q: "cust", status: ["open", "pending"], tag: ["vip", "🔥"], assigned_agent_id: ["me", "none"] },
    ] as Filter[])
      await check(filter);
  });

  it("finds the same as a plain look at each conversation, whatever the filters", async () => {
    const some = (values: readonly string[]) =>
      fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 4 }), {
        nil: undefined,
        freq: 1,
      });
    const one = (values: readonly string[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 1 });
    const filters = fc
      .record({
        status: some(["open", "pending", "resolved"]),
        channel: some(["whatsapp", "instagram", "email", "messenger"]),
        assigned_agent_id: some(["me", "none", org.agentId, agent.agentId]),
        division_id: some([mine, theirs]),
        sla_status: some(["not_applicable", ...SLAS]),
        tag: some(["vip", "🔥", "??", 'say "hi", twice']),
        account_id: some(ACCOUNTS),
        unread: one(["true", "false"]),
        window: one(["open", "expired"]),
        sort: one(["oldest", "newest"]),
        q: one(["cust"]),
        updated_since: one([new Date(rows[300]!.at).toISOString()]),
      })
      .map((filter) => Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as Filter);
    await fc.assert(fc.asyncProperty(filters, check), { numRuns: volume(600, 60), endOnFailure: false });
  }, 300_000);
});

it("does not read history to find what is rare in it", async () => {
  const other = await organization();
  const member = await other.agent();
  const its = await division(other, "Its", [member.agentId]);
  await other.tenantDb
    .prepare(
      `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, assigned_agent_id, division_id, unread_count, sla_status, tags, tag_keys, version, created_at, updated_at)
       SELECT printf(?6, value), ?1, printf(?6, value), printf(?6, value), iif(value = 1, 'email', 'whatsapp'), 'resolved', iif(value % 2, ?3, ''), iif(value % 3, ?4, ''), value = 2, iif(value = 3, 'breached', 'met'),
         iif(value = 4, '["rare"]', '["usual"]'),
         CASE WHEN value = 4 THEN '["rare"]' WHEN value = 5 THEN '["usual","odd","even"]' WHEN value % 2 THEN '["usual","odd"]' ELSE '["usual","even"]' END, 1, 0, ?5 + value FROM json_each(?2)`,
    )
    .bind(
      other.id,
      JSON.stringify(Array.from({ length: 2000 }, (_, i) => i)),
      other.agentId,
      its,
      clock.now() - 24 * 60 * MINUTE,
      "00000000-0000-4000-9000-%012d",
    )
    .run();
  await other.tenantDb
    .prepare(
      `INSERT INTO contacts (id, org_id, channel_source, org_token, terms, created_at, updated_at)
       SELECT c.id, ?1, 'whatsapp', ?2, ?3, 0, 0 FROM conversations c WHERE c.org_id = ?1`,
    )
    .bind(other.id, orgToken(other.id), JSON.stringify(searchTerms({ name: "Customer" })))
    .run();
  const rare = ["channel=email", "unread=true", "sla_status=breached", "tag=rare"];
  for (const [i, filter] of rare.entries())
    for (const more of ["", "status=resolved", `division_id=${its}`, "sort=oldest"])
      for (const who of [other, member]) {
        const { body, headers } = await who.call("GET", `/api/conversations?${filter}&${more}`);
        const found = body.data.map((one: { id: string }) => Number(one.id.slice(-12)));
        expect([[], [i + 1]], `${filter}&${more}`).toContainEqual(found);
        // Four for each range: twenty for each of three ways to see a conversation.
        expect(rowsRead(headers), `${filter}&${more}`).toBeLessThanOrEqual(4 * 3 * 20 + 20);
      }
  // Several values are more ranges, and several tags are one conversation each.
  for (const [filter, numbers] of [
    ["channel=email&channel=instagram", [1]],
    ["sla_status=breached&sla_status=warning", [3]],
    [`division_id=${its}&division_id=${other.id}&unread=true`, [2]],
    [`assigned_agent_id=none&assigned_agent_id=${member.agentId}&sla_status=breached&sla_status=active`, []],
    ["tag=odd&tag=even", [5]],
    ["tag=usual&tag=rare", []],
    ["tag=rare&tag=usual", []],
    ["tag=usual&tag=odd&tag=even&sort=oldest", [5]],
  ] as const)
    for (const who of [other, member]) {
      const { body, headers } = await who.call("GET", `/api/conversations?${filter}`);
      const found = body.data.map((one: { id: string }) => Number(one.id.slice(-12)));
      // The member does not see what a colleague has outside of the division.
      expect(who === other ? [numbers] : [[], numbers], filter).toContainEqual(found);
      expect(rowsRead(headers), filter).toBeLessThanOrEqual(4 * 3 * 32 + 20);
    }
});

it("takes as many values as filters may have, at the cost of a range each", async () => {
  const many = Array.from({ length: 9 }, (_, i) => `00000000-0000-4000-a000-${String(i).padStart(12, "0")}`);
  const filter: Filter = {
    status: ["open", "resolved"],
    channel: ["whatsapp", "instagram", "email"],
    assigned_agent_id: ["none", ...many],
    division_id: [mine, ...many],
    sla_status: ["active", "warning", "met", "breached"],
    unread: "true",
  };
  const { assigned_agent_id: agents, division_id: divisions, ...more } = filter;
  for (const narrowed of [filter, { ...more, assigned_agent_id: agents }, { ...more, division_id: divisions }])
    for (const tag of [[], ["vip"], ["vip", ...Array.from({ length: 9 }, (_, i) => `tag "${i}"`)]])
      for (const [who, seesAll] of [
        [org, true],
        [agent, false],
      ] as const) {
        const asked = { ...narrowed, ...(tag.length > 0 && { tag }) } as Filter;
        const { ids, worst } = await all(who, asked);
        expect(ids, JSON.stringify(asked)).toEqual(expected(asked, seesAll));
        expect(worst, JSON.stringify(asked)).toBeLessThanOrEqual(7 * 50 + rows.length + 4 * 410);
      }
});

it("shows the same to an agent of more divisions than a statement has parameters", async () => {
  for (let n = 0; n < 150; n++) await division(org, `Of many ${n}`, [agent.agentId]);
  for (const filter of [
    {},
    { status: "open" },
    { tag: "vip" },
    { window: "expired" },
    { sla_status: "warning", sort: "oldest" },
    { tag: "vip", unread: "true" },
  ] as Filter[])
    expect((await all(agent, filter)).ids, JSON.stringify(filter)).toEqual(expected(filter, false));
  // An agent finds a colleague's conversations only in the agent's own divisions.
  const { body } = await agent.call("GET", `/api/conversations?limit=100&assigned_agent_id=${org.agentId}`);
  const found = rows.filter((row) => row.assigned === org.agentId && row.division === mine).map((row) => row.id);
  expect(body.data.map((one: { id: string }) => one.id).toSorted()).toEqual(found.toSorted());
});

it("keeps the order that an agent has chosen, for that agent and not for keys", async () => {
  const first = async (who: Caller, query = ""): Promise<string> =>
    (await who.call("GET", `/api/conversations?limit=1${query}`)).body.data[0].id;
  const [newest, oldest] = [expected({}, false)[0]!, expected({ sort: "oldest" }, false)[0]!];
  expect(await first(agent)).toBe(newest);
  expect(
    (await agent.call("PATCH", `/api/agents/${agent.agentId}`, { conversation_sort: "oldest" })).body.conversation_sort,
  ).toBe("oldest");
  expect(await first(agent)).toBe(oldest);
  expect(await first(agent, "&sort=newest")).toBe(newest);
  const key = await org.apiKey(org.agentId);
  await org.call("PATCH", `/api/agents/${org.agentId}`, { conversation_sort: "oldest" });
  expect(await first(key)).toBe(expected({}, true)[0]!);
  expect((await org.call("GET", `/api/agents/${agent.agentId}`)).body.conversation_sort).toBe("oldest");
  expectProblem(
    await agent.call("PATCH", `/api/agents/${agent.agentId}`, { conversation_sort: "name" }),
    422,
    "invalid_request",
  );
});
