/** Reads the meter of a Worker that was started with `meterEntry` (bench/meter/worker.ts). */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import type { Counts, Pending } from "./counts.ts";

/** A timer or an alarm that is due later is not waited for. */
const HORIZON_MS = 60_000;
/** Alarms that are due together run together. */
const TOGETHER_MS = 200;
/** Fast enough that timers of seconds do not end before a burst of requests does. */
const SLOWNESS = 50;
const GIVE_UP_MS = 120_000;
const BUSY_POLLS = 100;
const WAITING_POLLS = 250;

/** The source of the measured Worker's entry, which imports the bundle as `./index.js`. */
export function meterEntry(): string {
  const source = readFileSync(fileURLToPath(import.meta.resolve("./worker.ts")), "utf8");
  return stripTypeScriptTypes(source).replace('"../../src/index"', '"./index.js"');
}

export class Meter {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  counts(): Promise<Counts> {
    return this.#ask("counts") as Promise<Counts>;
  }

  async reset(): Promise<void> {
    await this.#ask("reset");
  }

  /** Stops the Worker's clock almost, until `settle` sets it forward. */
  async slow(): Promise<void> {
    await this.#ask("slow", SLOWNESS);
  }

  /** The Worker's time in milliseconds. */
  async now(): Promise<number> {
    return (await this.#pending()).now;
  }

  /**
   * Waits until nothing is pending: calls, queues, timers, and the alarms set since the last reset. With a slow clock it
   * does not wait for timers and alarms, but sets the clock forward.
   */
  async settle(): Promise<void> {
    const givesUpAt = performance.now() + GIVE_UP_MS;
    let [quiet, busy] = [0, 0];
    for (;;) {
      const { now, running, due } = await this.#pending();
      const near = due.filter((at) => at < now + HORIZON_MS);
      quiet = running > 0 ? 0 : quiet + 1;
      busy = running > 0 ? busy + 1 : 0;
      // An alarm that was woken while its object set the next one may not have run.
      if (busy > 0 && busy % BUSY_POLLS === 0) await this.#ask("skip", now);
      // A call that waits for a timer of its own, as a campaign's run between its slices.
      if (busy > 0 && busy % WAITING_POLLS === 0 && near.length > 0) await this.#ask("skip", Math.min(...near));
      // Three times, since a message may be between its queue and its consumer.
      if (quiet < 3) await new Promise((resolve) => setTimeout(resolve, 10));
      else if (near.length === 0) return;
      else {
        const first = Math.min(...near);
        await this.#ask("skip", Math.max(...near.filter((at) => at <= first + TOGETHER_MS)));
        quiet = 0;
      }
      if (performance.now() > givesUpAt)
        throw new Error(`not idle after two minutes: ${JSON.stringify({ running, due })}`);
    }
  }

  #pending(): Promise<Pending> {
    return this.#ask("pending") as Promise<Pending>;
  }

  async #ask(what: string, value?: number): Promise<unknown> {
    const response = await fetch(`${this.#url}/__meter/${what}`, {
      method: "POST",
      ...(value !== undefined && { body: String(value) }),
    });
    if (!response.ok) throw new Error(`the meter answers ${response.status} to ${what}: ${await response.text()}`);
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  }
}
