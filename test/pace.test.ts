import fc from "fast-check";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { PacerApi } from "../src/domain/object-apis";
import { TokenBucket } from "../src/domain/pace";

const rates = fc.integer({ min: 1, max: 1000 });
/** Steps of askers: who, how many, and how long after the one before, in milliseconds. */
const steps = fc.array(
  fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 2000 })),
  {
    minLength: 1,
    maxLength: 200,
  },
);

it("never grants more than the pace and one burst, whoever asks and when", () => {
  fc.assert(
    fc.property(rates, steps, (perSecond, asked) => {
      const bucket = new TokenBucket(0);
      const granted: [at: number, n: number][] = [];
      let now = 0;
      for (const [who, want, after] of asked) {
        now += after;
        const answer = bucket.take(who, want, perSecond, now);
        expect(answer.granted).toBeGreaterThanOrEqual(0);
        expect(answer.granted).toBeLessThanOrEqual(want);
        expect(answer.againInMs).toBeGreaterThanOrEqual(50);
        granted.push([now, answer.granted]);
      }
      // In any span of time.
      for (let i = 0; i < granted.length; i++) {
        let sum = 0;
        for (let j = i; j < granted.length; j++) {
          sum += granted[j]![1];
          const seconds = (granted[j]![0] - granted[i]![0]) / 1000;
          expect(sum).toBeLessThanOrEqual(perSecond * seconds + Math.max(1, perSecond / 4) + 1e-6);
        }
      }
    }),
    { numRuns: 300 },
  );
});

/** Asks as a campaign does, for so long, and counts what each got in each second. */
function run(
  askers: { who: string; from?: number; until?: number }[],
  perSecond: number,
  seconds: number,
  slowAt?: number,
) {
  const bucket = new TokenBucket(0);
  const next = new Map(askers.map(({ who, from = 0 }) => [who, from * 1000]));
  const got = new Map(askers.map(({ who }) => [who, Array.from({ length: seconds }, () => 0)]));
  for (let now = 0; now < seconds * 1000; now += 10) {
    if (now === slowAt) bucket.slowDown(now);
    for (const { who, until = seconds } of askers) {
      if (next.get(who)! > now || now >= until * 1000) continue;
      const { granted, againInMs } = bucket.take(who, 50, perSecond, now);
      got.get(who)![Math.floor(now / 1000)]! += granted;
      next.set(who, now + againInMs);
    }
  }
  return got;
}
const sum = (counts: readonly number[], from = 0, to = counts.length): number =>
  counts.slice(from, to).reduce((all, n) => all + n, 0);

it("grants one asker the whole pace", () => {
  for (const perSecond of [1, 15, 60, 750]) {
    const got = sum(run([{ who: "a" }], perSecond, 60).get("a")!);
    expect(got / (perSecond * 60), `${perSecond}`).toBeGreaterThan(0.95);
    expect(got).toBeLessThanOrEqual(perSecond * 60 + Math.max(1, perSecond / 4));
  }
});

it("shares fairly between two, and gives one the rest when the other ends", () => {
  for (const perSecond of [15, 60, 750]) {
    const got = run([{ who: "a" }, { who: "b", until: 30 }], perSecond, 60);
    const [a, b] = [sum(got.get("a")!, 0, 30), sum(got.get("b")!, 0, 30)];
    expect(Math.abs(a - b) / (a + b), `${perSecond}: ${a} and ${b}`).toBeLessThan(0.1);
    expect((a + b) / (perSecond * 30)).toBeGreaterThan(0.9);
    expect(sum(got.get("a")!, 35, 60) / (perSecond * 25)).toBeGreaterThan(0.9);
  }
});

it("halves after a refusal, and recovers within minutes", () => {
  const got = run([{ who: "a" }], 60, 300, 10_000).get("a")!;
  expect(sum(got, 1, 10) / (60 * 9)).toBeGreaterThan(0.95);
  expect(sum(got, 11, 40) / (60 * 29)).toBeLessThan(0.52);
  expect(sum(got, 11, 40) / (60 * 29)).toBeGreaterThan(0.45);
  expect(sum(got, 250, 300) / (60 * 50)).toBeGreaterThan(0.95);
});

it("takes a burst of refusals for one, and never stops wholly", () => {
  const bucket = new TokenBucket(0);
  bucket.take("a", 1, 80, 0);
  for (let ms = 0; ms < 900; ms += 10) bucket.slowDown(ms);
  expect(bucket.pace(900)).toEqual({ perSecond: 40, isSlowed: true });
  for (let second = 2; second < 40; second += 2) bucket.slowDown(second * 1000);
  expect(bucket.pace(40_000).perSecond).toBe(1);
});

it("is one bucket for all who ask for an account, and begins empty", async () => {
  const pacer = env.PACER.getByName("org:pace-test") as unknown as PacerApi;
  expect((await pacer.take("a", 10, 1000)).granted).toBeLessThan(10);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await pacer.take("b", 1000, 1000)).granted).toBeLessThan(200);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await pacer.take("b", 10, 1000)).granted).toBe(10);
  await pacer.slowDown();
  expect(await pacer.pace()).toEqual({ perSecond: 500, isSlowed: true });
});
