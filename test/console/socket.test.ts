import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { INITIAL, type SocketInput, type SocketState, step, type Timer } from "../../web/src/live/socket";

/** A tab, its line and the server of docs/live.md. Time passes only by `pass`. */
class World {
  state: SocketState = INITIAL;
  /** The positions of the addresses that were opened. */
  opened: (number | undefined)[] = [];
  /** Everything that the tab heard: frames by their number, `begin` and `resumed`. */
  heard: (number | "begin" | "resumed")[] = [];
  ends: number[] = [];
  sessionsAsked = 0;
  /** Whether the line takes and gives anything; a broken one says nothing. */
  isBroken = false;
  /** The events that there were, and the oldest that is still known. */
  events = 0;
  oldest = 1;
  now = 0;
  private readonly due = new Map<Timer, number>();
  /** The position of what the server has sent on this line; undefined: it has not accepted yet. */
  private line: { since: number | undefined; sent: number | undefined } | undefined;

  constructor(private readonly chance = 1) {}

  feed(input: SocketInput): void {
    const [next, effects] = step(this.state, input, this.chance);
    this.state = next;
    let isAsked = false;
    for (const effect of effects)
      switch (effect.do) {
        case "open":
          this.opened.push(effect.since);
          this.line = { since: effect.since, sent: undefined };
          break;
        case "close":
          this.line = undefined;
          break;
        case "send":
          isAsked = this.line !== undefined && !this.isBroken;
          break;
        case "timer":
          this.due.set(effect.name, this.now + effect.ms);
          break;
        case "cancel":
          this.due.delete(effect.name);
          break;
        case "frame":
          this.heard.push(effect.frame.seq!);
          break;
        case "begin":
        case "resumed":
          this.heard.push(effect.do);
          break;
        case "ask_session":
          this.sessionsAsked++;
          break;
        case "end":
          this.ends.push(effect.code);
      }
    if (isAsked) this.feed({ type: "text", text: "pong" });
  }

  /** The server accepts, greets, and sends what the line has not got. */
  flow(): void {
    if (!this.line || this.isBroken) return;
    if (this.line.sent === undefined) {
      const { since } = this.line;
      this.feed({ type: "opened" });
      const isTooOld = since !== undefined && since + 1 < this.oldest;
      this.line.sent = isTooOld ? this.events : (since ?? this.events);
      this.tell({ type: isTooOld ? "resync" : "hello", seq: this.line.sent });
    }
    while (this.line && this.line.sent! < this.events) this.tell({ type: "message.received", seq: ++this.line.sent! });
  }

  private tell(frame: object): void {
    this.feed({ type: "text", text: JSON.stringify(frame) });
  }

  close(code: number): void {
    if (!this.line) return;
    this.line = undefined;
    this.feed({ type: "closed", code });
  }

  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const [first] = [...this.due].sort(([, one], [, other]) => one - other);
      if (!first || first[1] > until) break;
      this.now = first[1];
      this.due.delete(first[0]);
      this.feed({ type: "timer", name: first[0] });
    }
    this.now = until;
  }

  waitsFor(name: Timer): number | undefined {
    const at = this.due.get(name);
    return at === undefined ? undefined : at - this.now;
  }

  get isWaitedFor(): boolean {
    return this.due.size > 0;
  }

  static opened(): World {
    const world = new World();
    world.feed({ type: "start" });
    world.flow();
    return world;
  }
}

describe("the socket", () => {
  it("begins at the server's position, hears frames in order, and goes on where it was", () => {
    const world = World.opened();
    world.events = 3;
    world.flow();
    world.close(1006);
    world.events = 5;
    world.pass(1000);
    world.flow();
    expect(world.heard).toEqual(["begin", 1, 2, 3, "resumed", 4, 5]);
    expect(world.opened).toEqual([undefined, 3]);
  });

  it("begins anew if the server does not know the position any more", () => {
    const world = World.opened();
    world.events = 2;
    world.flow();
    world.close(1006);
    world.events = 900;
    world.oldest = 500;
    world.pass(1000);
    world.flow();
    world.events = 901;
    world.flow();
    expect(world.heard).toEqual(["begin", 1, 2, "begin", 901]);
  });

  it("waits twice as long after each failure, at most half a minute, and from the start after a frame", () => {
    const world = World.opened();
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      world.close(1006);
      waits.push(world.waitsFor("retry")!);
      world.pass(waits.at(-1)!);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    world.flow();
    world.close(1006);
    expect(world.waitsFor("retry")).toBe(1000);
  });

  it("spreads the attempts of many tabs over half of the time", () => {
    const waits = [0, 0.5, 1].map((chance) => {
      const world = new World(chance);
      world.feed({ type: "start" });
      world.close(1006);
      return world.waitsFor("retry");
    });
    expect(waits).toEqual([500, 750, 1000]);
  });

  it("finds out that a silent line is lost", () => {
    const world = World.opened();
    world.pass(60_000);
    expect(world.state.phase).toBe("open");
    world.isBroken = true;
    world.pass(30_000 + 10_000);
    expect(world.state.phase).toBe("waiting");
    world.isBroken = false;
    world.events = 1;
    world.pass(1000);
    world.flow();
    expect(world.heard).toEqual(["begin", "resumed", 1]);
  });

  it("doubts the line as soon as the page wakes, and connects at once if it has none", () => {
    const world = World.opened();
    world.isBroken = true;
    world.feed({ type: "wake" });
    world.pass(3000);
    expect(world.state.phase).toBe("waiting");
    for (let n = 0; n < 5; n++) {
      world.pass(world.waitsFor("retry")!);
      world.close(1006);
    }
    expect(world.waitsFor("retry")).toBe(30_000);
    world.isBroken = false;
    world.feed({ type: "wake" });
    expect(world.state.phase).toBe("connecting");
    world.flow();
    expect(world.heard.at(-1)).toBe("resumed");
  });

  it("gives up a connection that hangs: after a while, and soon after a wake", () => {
    const world = new World();
    world.isBroken = true;
    world.feed({ type: "start" });
    world.pass(15_000);
    expect(world.state.phase).toBe("waiting");
    world.pass(1000);
    expect(world.opened).toHaveLength(2);
    world.feed({ type: "wake" });
    world.pass(3000);
    expect(world.state.phase).toBe("waiting");
    world.isBroken = false;
    world.pass(2000);
    world.flow();
    expect(world.heard).toEqual(["begin"]);
  });

  it("asks for the session after 4401, connects only when it is there, and begins anew", () => {
    const world = World.opened();
    world.events = 4;
    world.flow();
    world.close(4401);
    world.pass(600_000);
    expect(world.opened).toHaveLength(1);
    expect(world.sessionsAsked).toBe(1);
    world.feed({ type: "start" });
    world.flow();
    expect(world.opened).toEqual([undefined, undefined]);
    expect(world.heard.at(-1)).toBe("begin");
  });

  it("asks for the session after every third failure: a refused upgrade looks like a lost network", () => {
    const world = new World();
    world.feed({ type: "start" });
    for (let n = 0; n < 7; n++) {
      world.close(1006);
      world.pass(world.waitsFor("retry")!);
    }
    expect(world.sessionsAsked).toBe(2);
  });

  it.each([1008, 1009, 4403])("ends for good after %i", (code) => {
    const world = World.opened();
    world.close(code);
    for (const input of [{ type: "wake" }, { type: "start" }] as const) world.feed(input);
    world.pass(600_000);
    expect(world.ends).toEqual([code]);
    expect(world.opened).toHaveLength(1);
  });

  it("does nothing any more after `stop`", () => {
    const world = World.opened();
    world.feed({ type: "stop" });
    world.feed({ type: "wake" });
    world.pass(600_000);
    expect(world.opened).toHaveLength(1);
    expect(world.isWaitedFor).toBe(false);
  });

  it("loses no frame, hears none twice and is never stuck, whatever happens", () => {
    const happening = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("events" as const), n: fc.integer({ min: 1, max: 4 }) }) },
      { weight: 4, arbitrary: fc.constant({ do: "flow" as const }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("close" as const), code: fc.constantFrom(1001, 1006, 4401) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(70_000) }) },
      { weight: 1, arbitrary: fc.constant({ do: "wake" as const }) },
      { weight: 1, arbitrary: fc.constant({ do: "break" as const }) },
      { weight: 1, arbitrary: fc.constant({ do: "mend" as const }) },
      { weight: 1, arbitrary: fc.constant({ do: "forget" as const }) },
      { weight: 1, arbitrary: fc.constant({ do: "session" as const }) },
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 80 }), fc.double({ min: 0, max: 1, noNaN: true }), (all, chance) => {
        const world = new World(chance);
        world.feed({ type: "start" });
        for (const one of all) {
          switch (one.do) {
            case "events":
              world.events += one.n;
              break;
            case "close":
              world.close(one.code);
              break;
            case "pass":
              world.pass(one.ms);
              break;
            case "break":
            case "mend":
              world.isBroken = one.do === "break";
              break;
            case "forget":
              world.oldest = world.events + 1;
              break;
            case "session":
              world.feed({ type: "start" });
              break;
            case "wake":
              world.feed({ type: "wake" });
              break;
            case "flow":
              world.flow();
          }
          // Something will move it on: a timer, or the answer about the session.
          expect(world.isWaitedFor || world.sessionsAsked > 0).toBe(true);
        }
        world.isBroken = false;
        world.feed({ type: "start" });
        world.feed({ type: "wake" });
        for (let n = 0; n < 3; n++) {
          world.flow();
          world.pass(40_000);
        }
        expect(world.state.phase).toBe("open");
        expect(world.state.since).toBe(world.events);
        // Between two beginnings each number follows the one before; after the last one none is missing to the end.
        let last: number | undefined;
        for (const one of world.heard)
          if (one === "begin") last = undefined;
          else if (one !== "resumed") {
            expect(last === undefined || one === last + 1).toBe(true);
            last = one;
          }
        expect(last === undefined || last === world.events).toBe(true);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 3000) },
    );
  });
});
