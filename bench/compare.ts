/**
 * Runs ours and bare alternately, so that other load of the machine affects both. The result is the median of the
 * ratios.
 */
import type { HttpRequest } from "./connection.ts";
import { type Load, load, median } from "./load.ts";

export interface Side {
  url: string;
  request: (n: number) => HttpRequest;
}

export interface Comparison {
  ours: Load;
  bare: Load;
  /** Ratio of throughput; 1: as fast as bare. */
  ratio: number;
  /** Ratio of the median time; 1: as fast as bare, 2: twice as slow. */
  slowness: number;
}

export interface Effort {
  rounds: number;
  seconds: number;
}

export async function compare(
  ours: Side,
  bare: Side,
  { rounds, seconds }: Effort,
  connections = 16,
): Promise<Comparison> {
  const run = (side: Side, duration = seconds): Promise<Load> => load({ ...side, seconds: duration, connections });
  await run(ours, 1.5);
  await run(bare, 1);
  const turns: { ours: Load; bare: Load }[] = [];
  for (let round = 0; round < rounds; round++) {
    // The order alternates, so that leftover work (a queue, a checkpoint) does not always burden the same side.
    const first = round % 2 === 0 ? await run(ours) : undefined;
    const theirs = await run(bare);
    turns.push({ ours: first ?? (await run(ours)), bare: theirs });
  }
  return {
    ours: medianLoad(turns.map((turn) => turn.ours)),
    bare: medianLoad(turns.map((turn) => turn.bare)),
    ratio: median(turns.map((turn) => turn.ours.perSecond / turn.bare.perSecond)),
    slowness: median(turns.map((turn) => turn.ours.p50 / turn.bare.p50)),
  };
}

const medianLoad = (loads: readonly Load[]): Load => ({
  perSecond: median(loads.map((one) => one.perSecond)),
  p50: median(loads.map((one) => one.p50)),
  p90: median(loads.map((one) => one.p90)),
});
