import fc from "fast-check";
import { expect, it } from "vitest";
import type { ConversationCounts, LiveFrame, LiveRemovedFrame } from "../../web/src/api/api.gen";
import { createCounting } from "../../web/src/live/counting";
import { createRows } from "../../web/src/live/rows";
import { type Change, DIVISIONS, ME, ServerModel } from "./server-model";

/** Whatever came in whatever order: numbers that are sure equal those of a fresh GET. */

const RUNS = Number(process.env.FUZZ_RUNS ?? 3000);

const change: fc.Arbitrary<Change> = fc.record(
  {
    row: fc.nat(12),
    status: fc.constantFrom("open", "pending", "resolved"),
    agent: fc.nat(2),
    division: fc.nat(2),
    unread: fc.nat(2),
    isActivity: fc.boolean(),
  },
  { requiredKeys: ["row", "isActivity"] },
);

type Step =
  | { do: "change"; change: Change; isOwn: boolean }
  | { do: "frames"; count: number }
  | { do: "begin" }
  | { do: "ask" }
  | { do: "answer" }
  | { do: "page"; lag: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("change" as const), change, isOwn: fc.boolean() }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant("frames" as const), count: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("begin" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("ask" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("answer" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("page" as const), lag: fc.nat(6) }) },
  ),
  { maxLength: 60 },
);

const OWN_DIVISIONS = DIVISIONS.slice(0, 1) as string[];

function countsOf(server: ServerModel): ConversationCounts {
  const of = (filter: object) => {
    const rows = server.list({ sort: "newest", status: ["open", "pending"], ...filter });
    return { total: rows.length, unread: rows.filter((row) => row.unread_count > 0).length };
  };
  return {
    seq: server.now,
    mine: of({ assigned_agent_id: ["me"] }),
    unassigned: of({ assigned_agent_id: ["none"] }),
    all: of({}),
    divisions: OWN_DIVISIONS.map((id) => ({ division_id: id, ...of({ division_id: [id] }) })),
  };
}

class Tab {
  readonly counting = createCounting(ME, () => false);
  private readonly rows = createRows();
  private readonly coming: (LiveFrame | LiveRemovedFrame)[] = [];
  private answer: ConversationCounts | undefined;
  private begunAt = 0;
  private time = 0;

  constructor(private readonly server: ServerModel) {}

  take(step: Step): void {
    this.time += 1000;
    switch (step.do) {
      case "change":
        return this.change(step.change, step.isOwn);
      case "frames":
        return this.coming.splice(0, step.count).forEach((frame) => this.hear(frame));
      case "begin":
        this.coming.length = 0;
        this.begunAt = this.server.now;
        this.counting.forget();
        // An answer that was on its way tells what was before.
        this.answer = undefined;
        return this.ask();
      case "ask":
        return this.ask();
      case "answer":
        if (this.answer) this.counting.receive(this.answer);
        this.answer = undefined;
        return;
      case "page": {
        const moment = Math.max(this.begunAt, this.server.now - step.lag);
        const page = this.server.page({ sort: "newest" }, undefined, 6, moment);
        return void this.rows.putPage(page.data, this.time);
      }
    }
  }

  private change(by: Change, isOwn: boolean): void {
    const frame = this.server.change(by);
    if (!frame) return;
    const { conversation, isRemoval } = frame;
    const at = new Date(this.time).toISOString();
    const place = { seq: this.server.now, at, conversation_id: conversation.id };
    this.coming.push(
      isRemoval
        ? { ...place, type: "conversation.removed" }
        : { ...place, type: "conversation.assigned", conversation, actor: { kind: "agent", id: null } },
    );
    // The answer of an own change comes before its frame.
    if (!isOwn || isRemoval) return;
    this.counting.know(this.rows.get(conversation.id), conversation);
    this.rows.put(conversation, this.time);
  }

  private hear(frame: LiveFrame | LiveRemovedFrame): void {
    this.counting.hear(frame, this.rows.get(frame.conversation_id));
    if ("conversation" in frame) this.rows.put(frame.conversation, this.time);
    else this.rows.remove(frame.conversation_id, this.time);
  }

  ask(): void {
    if (this.answer) return;
    this.counting.ask();
    this.answer = countsOf(this.server);
  }

  settle(): void {
    this.take({ do: "answer" });
    this.take({ do: "frames", count: 1000 });
  }
}

it("has the numbers of a fresh GET while it is sure, and is sure after one", () => {
  let sure = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), steps, (count, all) => {
      const server = new ServerModel(count);
      const tab = new Tab(server);
      tab.ask();
      for (const step of all) tab.take(step);
      tab.settle();
      const check = (): void => {
        const { seq: _seq, divisions, ...views } = countsOf(server);
        const own = Object.fromEntries(divisions.map(({ division_id: id, ...one }) => [id, one]));
        expect(tab.counting.counts()).toEqual({ ...views, divisions: own });
      };
      if (!tab.counting.isUnsure()) {
        sure++;
        check();
      }
      tab.ask();
      tab.settle();
      expect(tab.counting.isUnsure()).toBe(false);
      check();
    }),
    { numRuns: RUNS },
  );
  // Otherwise it would ask each minute.
  expect(sure).toBeGreaterThan(RUNS / 4);
});
