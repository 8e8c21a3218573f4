/**
 * Wraps the bundle's queue handler, so that the binding counts every round trip of the consumer to a tenant database. A
 * consumer has no answer whose header could report it.
 */
import { readFile, writeFile } from "node:fs/promises";

export interface QueueRun {
  queue: string;
  messages: number;
  /** Round trips to D1; a batch is one. */
  roundTrips: number;
}

const WRAPPER = `
const countedWorker = {
  ...WORKER,
  async queue(batch, env, ctx) {
    let roundTrips = 0;
    // A statement is prepared for a batch or alone: those of a batch are not round trips of their own.
    const counting = (d1) => new Proxy(d1, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name === "withSession") return (...args) => counting(value.apply(target, args));
        if (name === "batch") return (statements) => { roundTrips += 1 - statements.length; return value.call(target, statements); };
        if (name === "prepare") return (sql) => { roundTrips++; return value.call(target, sql); };
        return value.bind(target);
      },
    });
    const seen = Object.fromEntries(Object.entries(env).map(([name, binding]) => [name, name.startsWith("TENANT_DB_") ? counting(binding) : binding]));
    await WORKER.queue(batch, seen, ctx);
    console.log("queue-run " + JSON.stringify({ queue: batch.queue, messages: batch.messages.length, roundTrips }));
  },
};
`;

/** Writes the wrapper beside the bundle. Returns its path. */
export async function withCountedQueues(bundle: string): Promise<string> {
  const code = await readFile(bundle, "utf8");
  const at = Math.max(code.lastIndexOf("export{"), code.lastIndexOf("export {"));
  const [exported, worker] = /([\w$]+) as default/.exec(code.slice(at)) ?? [];
  if (exported === undefined || worker === undefined) throw new Error("the bundle's default export was not found");
  const path = bundle.replace(/\.js$/, "-counted.js");
  await writeFile(
    path,
    code.slice(0, at) +
      WRAPPER.replaceAll("WORKER", () => worker) +
      code.slice(at).replace(exported, () => "countedWorker as default"),
  );
  return path;
}
