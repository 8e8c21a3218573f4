import { expect } from "vitest";
import type { Ask, Expected, Tenant } from "../areas/fixture";
import { type Answer, call } from "../harness";
import { expectProblem } from "../problem";
import { dump } from "../tenant";
import { pathOf, type WalkedOperation } from "./operations";

export const UPGRADE = { upgrade: "websocket" };
export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

export async function perform(op: WalkedOperation, ask: Ask, headers: Record<string, string>): Promise<Answer> {
  const query = ask.query ? `?${new URLSearchParams(ask.query).toString()}` : "";
  const path = pathOf(op, (name) => ask.params![name]!) + query;
  return call(op.method.toUpperCase(), path, ask.body, { ...(op.isSocket && UPGRADE), ...ask.headers, ...headers });
}

/** Rows that a call wrote into any D1 database. `dump` alone sees objects and files. */
export const rowsWritten = ({ headers }: Answer): number =>
  Number(/d1_rows_written;desc="(\d+)"/.exec(headers.get("server-timing") ?? "")?.[1] ?? Number.NaN);

/** A key's `last_used_at` is written once a minute, also where the key is refused. */
const OF_A_KEY = 1;

/** Fails unless a call was refused, and wrote nothing. */
export function expectRefused(op: WalkedOperation, answer: Answer, status: number, code?: string, hint = op.id): void {
  expectProblem(answer, status, code, hint);
  expect(rowsWritten(answer), `${hint}: rows written`).toBe(0);
}

/** The same of a call with an API key. */
export function expectKeyRefused(op: WalkedOperation, answer: Answer, status: number, code?: string): void {
  expectProblem(answer, status, code, op.id);
  expect(rowsWritten(answer), `${op.id}: rows written`).toBeLessThanOrEqual(OF_A_KEY);
}

export function judge(op: WalkedOperation, ask: Ask, answer: Answer, expected: Expected, victim: Tenant): void {
  const hint = `${op.id} ${JSON.stringify(ask)}`;
  if (typeof expected === "function") expected(answer, victim);
  else if (expected >= 400) expectProblem(answer, expected, undefined, hint);
  else expect(answer.status, hint).toBe(expected);
}

/** Nothing of the victim has changed while somebody tried. */
export async function unchanged(victim: Tenant, during: () => Promise<void>): Promise<void> {
  const before = await dump(victim);
  await during();
  expect(await dump(victim)).toEqual(before);
}
