/** Ours and bare in turns, so that what the machine does meanwhile falls on both; the figure is the median of the turns' ratios. */
import type { HttpRequest } from "./connection.ts";
import { type Load, load, median } from "./load.ts";

export interface Side {
  url: string;
  request: (n: number) => HttpRequest;
}

export interface Comparison {
  ours: Load;
  bare: Load;
  /** Of throughput: 1 is as fast as bare. */
  ratio: number;
  /** Of the median time: 1 is as fast as bare, 2 takes twice as long. */
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
    // What one leaves behind (a queue, a checkpoint) must not always fall on the same other.
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
