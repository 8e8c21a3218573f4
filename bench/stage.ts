/**
 * The platforms of a measurement: the product as in production, the product with costs in its answers, and the bare
 * Worker.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorker } from "../scripts/bundle.ts";
import { keptSecrets } from "../scripts/development-secrets.ts";
import { type Platform, startPlatform, workerdPids } from "../scripts/platform.ts";
import { type Bare, startBare } from "./bare/start.ts";
import type { Effort } from "./compare.ts";
import { Meter, meterEntry } from "./meter/meter.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { type Seed, seeded } from "./seed.ts";

export interface Stage {
  seed: Seed;
  appSecret: string;
  effort: Effort;
  /** Configured as in production; this one is timed. */
  ours: Platform;
  oursPid: number;
  /** The same code in development, whose answers have their cost and are checked against the API document. */
  counted: Platform;
  /** The meter of `counted`. */
  meter: Meter;
  bare: Bare;
  barePid: number;
  /** Takes what webhooks of ours send, and what bare does. */
  receiver: Receiver;
  bundle: string;
  progress(text: string): void;
  close(): Promise<void>;
}

export async function setStage(effort: Effort, progress: (text: string) => void): Promise<Stage> {
  const { stateDir, seed } = await seeded(progress);
  progress("bundling, and starting three workerd on copies of the seeded state");
  const directory = await mkdtemp(join(tmpdir(), "omnistream-bench-run-"));
  const copyOf = async (name: string): Promise<string> => {
    await cp(stateDir, join(directory, name), { recursive: true });
    return join(directory, name);
  };
  const secrets = keptSecrets(stateDir);
  const bundle = await bundleWorker(join(directory, "bundle"));
  const startedAs = async <T>(start: () => Promise<T>): Promise<[T, number]> => {
    const before = new Set(workerdPids());
    const started = await start();
    return [started, workerdPids().find((pid) => !before.has(pid))!];
  };
  const bareDir = await copyOf("bare");
  const [bare, barePid] = await startedAs(() => startBare(bareDir, secrets.META_APP_SECRET));
  await bare.copyConversations();
  const standIn = `${bare.url}/graph`;
  const receiver = await startReceiver();
  const vars = {
    ...secrets,
    GRAPH_API_URL: standIn,
    INSTAGRAM_API_URL: standIn,
    RESEND_API_URL: standIn,
    WEBHOOK_LOCAL_ORIGIN: receiver.origin,
  };
  const oursDir = await copyOf("ours");
  const [ours, oursPid] = await startedAs(() =>
    startPlatform({ stateDir: oursDir, bundle, vars: { ...vars, ENVIRONMENT: "production" } }),
  );
  const counted = await startPlatform({
    stateDir: await copyOf("counted"),
    bundle,
    entry: meterEntry(),
    vars: { ...vars, ENVIRONMENT: "development" },
  });
  return {
    seed,
    appSecret: secrets.META_APP_SECRET,
    effort,
    ours,
    oursPid,
    counted,
    meter: new Meter(counted.url),
    bare,
    barePid,
    receiver,
    bundle,
    progress,
    async close() {
      await Promise.all([ours.close(), counted.close(), bare.close()]);
      receiver.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
