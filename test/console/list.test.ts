import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createList, type InboxList } from "../../web/src/live/list";
import type { ViewFilter } from "../../web/src/live/matches";
import { createRows, type Rows } from "../../web/src/live/rows";
import { type Change, DIVISIONS, type Frame, ME, ServerModel, TAGS } from "./server-model";

/**
 * The one property above all: after any mix of events, lost connections, own changes, views and late answers, the list
 * equals a fresh GET.
 */

const LIMIT = 4;
const RUNS = Number(process.env.FUZZ_RUNS ?? 3000);

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const change: fc.Arbitrary<Change> = fc.record(
  {
    row: fc.nat(30),
    status: fc.constantFrom("open", "pending", "resolved"),
    agent: fc.nat(2),
    division: fc.nat(2),
    unread: fc.nat(2),
    tags: fc.array(fc.nat(2), { maxLength: 2 }),
    window: fc.constantFrom("open", "expiring", "expired"),
    sla: fc.constantFrom("active", "warning", "breached"),
    isActivity: fc.boolean(),
  },
  { requiredKeys: ["row", "isActivity"] },
);

const filter: fc.Arbitrary<ViewFilter> = fc
  .record({
    sort: fc.constantFrom("newest", "oldest"),
    status: nullable(fc.uniqueArray(fc.constantFrom("open", "pending", "resolved"), { minLength: 1, maxLength: 2 })),
    assigned_agent_id: nullable(fc.uniqueArray(fc.constantFrom("me", "none"), { minLength: 1 })),
    division_id: nullable(fc.constantFrom(...DIVISIONS.filter((one) => one !== null)).map((one) => [one])),
    tag: nullable(fc.constantFrom(...TAGS).map((one) => [one])),
    unread: nullable(fc.constantFrom("true", "false")),
    window: nullable(fc.constantFrom("open", "expiring", "expired")),
    sla_status: nullable(fc.constantFrom("active", "warning", "breached").map((one) => [one])),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as ViewFilter);

type Step =
  | { do: "change"; change: Change; isOwn: boolean }
  | { do: "frames"; count: number }
  /** The line is lost for so long that the stream begins anew. */
  | { do: "begin" }
  | { do: "ask"; index: number; lag: number }
  | { do: "answer"; which: number }
  | { do: "show"; filter: ViewFilter; lag: number }
  | { do: "trim"; index: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("change" as const), change, isOwn: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("frames" as const), count: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("ask" as const), index: fc.nat(30), lag: fc.nat(2) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("answer" as const), which: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("show" as const), filter, lag: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("begin" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const), index: fc.nat(30) }) },
  ),
  { maxLength: 60 },
);

/** A tab: it hears frames in order, and its answers come whenever they come. */
class Tab {
  readonly rows: Rows = createRows();
  readonly list: InboxList;
  /** Frames that are on their way. */
  private readonly coming: Frame[] = [];
  private readonly asked: (() => void)[] = [];
  /** Since when the stream has told everything. */
  private begunAt = 0;
  private time = 0;

  constructor(
    private readonly server: ServerModel,
    first: ViewFilter,
  ) {
    this.list = createList(this.rows, ME, first, { maxRows: 10, freshMs: 3000 });
    this.ask(0, 0);
  }

  private hear({ conversation, isRemoval }: Frame): void {
    if (isRemoval) this.rows.remove(conversation.id, this.time);
    else this.rows.put(conversation, this.time);
    this.list.changed();
  }

  /** Lists may be behind the stream, but have all that was before it began (the second load, after the lag). */
  private ask(index: number, lag: number): void {
    const missing = this.list.missingAt(index);
    if (!missing) return;
    const moment = Math.max(this.begunAt, this.server.now - lag);
    const page = this.server.page(this.list.view().filter, missing.cursor, LIMIT, moment);
    const askedAt = this.time;
    this.asked.push(() => this.list.receive(missing, page, askedAt));
  }

  take(step: Step): void {
    this.time += 1000;
    switch (step.do) {
      case "change": {
        const frame = this.server.change(step.change);
        if (!frame) return;
        this.coming.push(frame);
        // The answer of an own change comes before its frame.
        if (step.isOwn && !frame.isRemoval) this.rows.put(frame.conversation, this.time);
        return this.list.changed();
      }
      case "frames":
        return this.coming.splice(0, step.count).forEach((frame) => this.hear(frame));
      case "begin":
        this.coming.length = 0;
        this.begunAt = this.server.now;
        this.list.restart(this.time);
        return this.ask(0, 0);
      case "ask":
        return this.ask(step.index, step.lag);
      case "answer":
        return this.asked.splice(step.which % Math.max(1, this.asked.length), 1).forEach((answer) => answer());
      case "show":
        this.list.show(step.filter);
        return this.ask(0, step.lag);
      case "trim":
        return this.list.trim(step.index, this.time);
    }
  }

  settle(): void {
    this.coming.splice(0).forEach((frame) => this.hear(frame));
    this.asked.splice(0).forEach((answer) => answer());
  }

  /** The loaded part must equal that part of a fresh GET: nothing is missing in it, nothing too much, nothing old. */
  shown(): (string | undefined)[] {
    return this.list.entries().map(({ id }) => id && `${id} ${this.rows.get(id)?.version}`);
  }

  loadAll(): void {
    for (let tries = 0; tries < 100; tries++) {
      const index = this.list.isReady() ? this.list.entries().findIndex(({ id }) => id === undefined) : 0;
      if (index === -1) return;
      this.ask(index, 0);
      this.settle();
    }
    throw new Error("never loaded");
  }
}

const wanted = (server: ServerModel, list: InboxList): string[] =>
  server.list(list.view().filter).map(({ id, version }) => `${id} ${version}`);

describe("the list", () => {
  it("equals a fresh GET, whatever came in whatever order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 24 }), filter, steps, (count, first, all) => {
        const server = new ServerModel(Math.max(1, count));
        const tab = new Tab(server, first);
        for (const step of all) tab.take(step);
        tab.settle();
        const fresh = wanted(server, tab.list);
        const shown = tab.shown();
        // The parts that are loaded stand in the order of the whole, without a gap inside of a part.
        const loaded = shown.filter((one) => one !== undefined);
        expect(fresh.filter((one) => loaded.includes(one))).toEqual(loaded);
        const firstPart = shown.indexOf(undefined) === -1 ? shown : shown.slice(0, shown.indexOf(undefined));
        if (tab.list.isReady()) expect(fresh.slice(0, firstPart.length)).toEqual(firstPart);
        tab.loadAll();
        expect(tab.shown()).toEqual(fresh);
      }),
      { numRuns: RUNS },
    );
  });

  it("holds at most 3,000 rows while one pages through many, and fetches again what it let go of", () => {
    const server = new ServerModel(20_000);
    const rows = createRows();
    const list = createList(rows, ME, { sort: "newest" });
    const all = server.list({ sort: "newest" });
    let most = 0;
    const look = (index: number): void => {
      for (let missing = list.missingAt(index); missing; missing = list.missingAt(index)) {
        const from = missing.cursor === undefined ? 0 : Number(missing.cursor);
        const hasMore = from + 100 < all.length;
        const page = {
          data: all.slice(from, from + 100),
          has_more: hasMore,
          next_cursor: hasMore ? `${from + 100}` : null,
        };
        list.receive(missing, page, 0);
        list.trim(index, 100_000);
        most = Math.max(most, rows.size());
      }
    };
    for (let index = 0; index < all.length; index += 100) look(index);
    expect(most).toBeLessThanOrEqual(3000);
    expect(list.entries().at(-1)!.id).toBe(all.at(-1)!.id);
    expect(list.entries()).toHaveLength(all.length);
    look(0);
    expect(
      list
        .entries()
        .slice(0, 50)
        .map(({ id }) => id),
    ).toEqual(all.slice(0, 50).map(({ id }) => id));
  });
});
