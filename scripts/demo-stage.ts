/** Shared by the parts of the demo: addresses, output and measurements. */
import { randomInt } from "node:crypto";
import { type Answer, callOk } from "./api-client.ts";
import { admin, agent } from "./demo-account.ts";
import { bold, cyan, dim, green, milliseconds, red } from "./terminal.ts";

export const app = `http://localhost:${process.env.PORT ?? 8787}`;
export const simulator = `http://localhost:${process.env.GRAPH_PORT ?? 8788}`;
export const mailSimulator = `http://localhost:${process.env.MAIL_PORT ?? 8789}`;

const MAX_START_MS = 60_000;

/** Rows of the final table. */
export const measured: string[][] = [];
export const result = { failures: 0 };

export interface SimulatorState {
  faults: Record<string, unknown>;
  messages: { wamid: string; to?: string }[];
  deliveries: { body: string; attempts: { at: number; status: number | null }[]; outcome: string }[];
}

export async function simulatorState(): Promise<SimulatorState> {
  return (await callOk(`${simulator}/_sim/state`)).body as SimulatorState;
}

/**
 * Waits until `npm run dev` has made the demo organization, so that both may be started together. Throws what the last
 * attempt threw.
 */
export async function untilUp(): Promise<void> {
  const until = performance.now() + MAX_START_MS;
  let token: string | undefined;
  for (let isFirst = true; ; isFirst = false) {
    try {
      token ??= (await callOk(`${app}/api/auth/login`, { body: admin })).body.token as string;
      const agents = rowsOf<{ email: string }>(await callOk(`${app}/api/agents`, { token }));
      if (agents.some(({ email }) => email === agent.email)) return;
      throw new Error(`The demo organization is not complete after ${MAX_START_MS / 1000} s.`);
    } catch (error) {
      if (performance.now() > until) throw error;
      if (isFirst) console.log(dim(`Waiting for \`npm run dev\` at ${app}, in another terminal.`));
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** A random phone number, so that each run starts with new conversations. */
export const newPhone = (): string => `62812${randomInt(10_000_000, 99_999_999)}`;

export function rowsOf<Row>({ body }: Answer): Row[] {
  // An answer is an array, or an object with one array.
  return (Array.isArray(body) ? body : (Object.values(body as object).find(Array.isArray) ?? [])) as Row[];
}

export function heading(text: string): void {
  console.log(`\n${bold(text)}`);
}

export function say(who: string, what: string, { ms, queries }: Answer): void {
  console.log(
    `  ${cyan(who)} ${what} ${dim(`(${milliseconds(ms)}${queries === undefined ? "" : `, D1 queries: ${queries}`})`)}`,
  );
  measured.push([what.replace(/[,:“].*/, "").trim(), milliseconds(ms), queries === undefined ? "" : String(queries)]);
}

export function check(what: string, isTrue: boolean): void {
  if (!isTrue) result.failures += 1;
  console.log(`  ${isTrue ? green("✓") : red("✗")} ${what}`);
}
