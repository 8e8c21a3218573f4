/** The cost of an answer, from the product's Server-Timing header. */
import { type Call, callOk } from "../scripts/api-client.ts";

export interface Cost {
  queries: number;
  rowsRead: number;
  objectCalls: number;
  /** Milliseconds, as measured by D1. */
  d1Ms: number;
}

export interface Costed {
  // The API document has the types; paths read a few fields.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  cost: Cost;
}

export async function costed(url: string, options: Call = {}): Promise<Costed> {
  const { body, headers } = await callOk(url, options);
  const timing = headers.get("server-timing");
  if (timing === null) throw new Error(`${url} does not say what it cost: not in development?`);
  const figure = (name: string): number => Number(new RegExp(`\\b${name};desc="(\\d+)"`).exec(timing)?.[1]);
  return {
    body,
    cost: {
      queries: figure("d1_queries"),
      rowsRead: figure("d1_rows_read"),
      objectCalls: figure("object_calls"),
      d1Ms: Number(/\bd1;dur=([\d.]+)/.exec(timing)?.[1]),
    },
  };
}

/** Measures the second of two calls, since the first fills the caches (session, account route). */
export async function costedWarm(url: string, options: Call = {}): Promise<Costed> {
  await costed(url, options);
  return costed(url, options);
}
