/** What an answer cost, as the product itself says in its Server-Timing header. */
import { type Call, callOk } from "../scripts/api-client.ts";

export interface Cost {
  queries: number;
  rowsRead: number;
  objectCalls: number;
  /** Milliseconds, as D1 says. */
  d1Ms: number;
}

export interface Costed {
  // The document describes the answers; a path reads a field or two.
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

/** The second of two calls: the first pays for what is then cached (the session, the route of an account). */
export async function costedWarm(url: string, options: Call = {}): Promise<Costed> {
  await costed(url, options);
  return costed(url, options);
}
