import type { Page } from "playwright-core";
import { expect } from "vitest";
import { Chance } from "../../bench/chance.ts";
import { eventually, flow, type Network, networkOf, type Org, type Person, replyField } from "./stage";

/**
 * The one property above all, in the browser: after any mix of events, lost connections, own writes and filters, the
 * list equals a fresh GET of its view. `FUZZ_STEPS` sets how many steps are taken, `FUZZ_SEED` repeats a run.
 */

const STEPS = Number(process.env.FUZZ_STEPS ?? 100);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1e9);
const CUSTOMERS = 9;
const BETWEEN_CHECKS = 20;
const LOST = /net::ERR_INTERNET_DISCONNECTED|WebSocket connection|4(03|04|09|22) \(/;
const TAGS = ["vip", "Jakarta", "refund"];

interface Tab {
  page: Page;
  who: Person;
  network: Network;
}

interface World {
  org: Org;
  chance: Chance;
  tabs: Tab[];
  people: { name: string; phone: string; id: string }[];
  agents: Person[];
  divisions: string[];
}

const viewsOf = (division: string): string[] => [
  "?status=open&status=pending",
  "?status=open&status=pending&sort=oldest",
  "?status=resolved",
  "?status=open&status=pending&assigned_agent_id=me",
  "?assigned_agent_id=none",
  `?division_id=${division}`,
  "?tag=vip",
  "?tag=vip&tag=refund&sort=oldest",
  "?unread=true",
  "?status=open&unread=false",
  "?window=open",
  "?q=Customer",
  "?q=er%203",
];

/** Acts of others by the API, and of customers. A refusal changes nothing. */
function others({ org, chance, people, agents, divisions }: World, n: number): (() => Promise<unknown>)[] {
  const { id, name, phone } = chance.one(people);
  const change = (path: string, method: string, body?: unknown) => () =>
    org.api(`/api/conversations/${id}${path}`, { method, body }).catch(() => undefined);
  return [
    () => org.sim("/customers", { body: { from: phone, name, phoneNumberId: org.numberId, text: `customer ${n}` } }),
    change("/messages", "POST", { type: "text", content: { text: `answer ${n}` } }),
    change("/status", "PATCH", { status: chance.one(["open", "resolved"]) }),
    change("/assign", "PATCH", { agent_id: chance.one([...agents.map((one) => one.id), null]) }),
    change("/tags", "PATCH", { tags: TAGS.filter(() => chance.next() < 0.4) }),
    change("/transfer", "POST", { to_division_id: chance.one(divisions) }),
    change(chance.one(["/read", "/unread"]), "POST"),
    change("/notes", "POST", { content: `note ${n}` }),
    () =>
      org
        .api("/api/conversations/bulk", {
          body: {
            action: "add_tags",
            params: { tags: [chance.one(TAGS)] },
            conversation_ids: people.map((one) => one.id).filter(() => chance.next() < 0.5),
          },
        })
        .catch(() => undefined),
  ];
}

/** Acts of the agent in a tab. */
function own(world: World, { page, network }: Tab, n: number): (() => Promise<unknown>)[] {
  const press = async (key: string): Promise<void> => {
    await page.evaluate("document.activeElement?.blur()");
    await page.keyboard.press(key);
  };
  const show = (search: string): Promise<void> =>
    page.evaluate(`history.pushState(null, "", location.pathname + "${search}")`);
  return [
    () => press("j"),
    () => press("k"),
    () => press("e"),
    () => page.evaluate("navigation.canGoBack && history.back()"),
    async () => {
      if (!(await replyField(page).isVisible())) return;
      await replyField(page).fill(`own ${n}`);
      await page.keyboard.press("Control+Enter");
    },
    () => show(world.chance.one(viewsOf(world.divisions[0]!))),
    () => show(world.chance.one(viewsOf(world.divisions[1]!))),
    () => network.cut(),
    () => network.restore(),
  ];
}

/** Each row as a person reads it: who, the last words, how many are unread. */
const shownRows = (page: Page): Promise<string[]> =>
  page.locator("ul[aria-label=Conversations] > li").evaluateAll((items) =>
    items
      .map((item) => ({
        top: item.getBoundingClientRect().top,
        text: ["bdi", "a > span:nth-child(2) > span", "a b"]
          .map((one) => item.querySelector(one)?.firstChild?.textContent ?? "")
          .join(" | "),
      }))
      .sort((one, other) => one.top - other.top)
      .map(({ text }) => text),
  );

async function equalsFreshGet({ org }: World, { page, who, network }: Tab): Promise<void> {
  await network.restore();
  await eventually(async () => {
    const search = new URL(page.url()).search;
    const { data } = await org.api(`/api/conversations${search}&limit=100`, { as: who });
    const wanted = data.map(
      (one: { contact_name: string; last_message: string | null; unread_count: number }) =>
        `${one.contact_name} | ${one.last_message ?? ""} | ${one.unread_count > 0 ? one.unread_count : ""}`,
    );
    expect(await shownRows(page), `${who.name} at ${search}`).toEqual(wanted);
  }, 20_000);
}

flow("each shown view equals a fresh GET, whatever happened before", async (org) => {
  const chance = new Chance(SEED);
  const agents = [org.admin, await org.agent("Sari")];
  const divisions = await Promise.all(
    [1, 2].map(async (n) => (await org.api("/api/divisions", { body: { name: `Division ${n}` } })).id),
  );
  await org.api(`/api/divisions/${divisions[0]}/agents`, { body: { agent_ids: [agents[1]!.id] } });
  const names = Array.from({ length: CUSTOMERS }, (_, i) => `Customer ${i + 1}`);
  const people = await Promise.all(names.map(async (name) => ({ name, ...(await org.customer(name, "hello")) })));
  const tabs = await Promise.all(
    agents.map(async (who): Promise<Tab> => {
      let network!: Network;
      const prepare = async (page: Page): Promise<void> => void (network = await networkOf(page));
      const page = await org.open(who, "/inbox/?status=open&status=pending", { height: 1300, expects: LOST, prepare });
      return { page, who, network };
    }),
  );
  const world: World = { org, chance, tabs, people, agents, divisions };
  await Promise.all(tabs.map((tab) => equalsFreshGet(world, tab)));
  const taken: string[] = [];
  try {
    for (let n = 1; n <= STEPS; n++) {
      const isOwn = chance.next() < 0.4;
      const all = isOwn ? own(world, chance.one(tabs), n) : others(world, n);
      const which = chance.below(all.length);
      taken.push(`${isOwn ? "own" : "others"} ${which}`);
      await all[which]!();
      if (n % BETWEEN_CHECKS === 0) await Promise.all(tabs.map((tab) => equalsFreshGet(world, tab)));
    }
    await Promise.all(tabs.map((tab) => equalsFreshGet(world, tab)));
  } catch (error) {
    console.error(`FUZZ_SEED=${SEED}, after ${taken.length} steps: ${taken.slice(-BETWEEN_CHECKS).join(", ")}`);
    throw error;
  }
});
