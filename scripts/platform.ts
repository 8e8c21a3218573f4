/**
 * The whole platform of wrangler.toml on this machine, in workerd: for development, trials, benchmarks and tests from outside.
 * Requests reach the Worker through a socket of its own, without the proxies that `wrangler dev` puts before it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import type { MiniflareOptions, V4WorkerOptionsShape, WorkerdStructuredLog } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { copyAssets } from "./assets.ts";
import { bundleWorker, root } from "./bundle.ts";
import { migrate } from "./migrate.ts";

const configPath = join(root, "wrangler.toml");

/** What is read of wrangler.toml; wrangler's own types for it name packages that are not published. */
interface WranglerConfig {
  name: string;
  d1_databases: { binding: string; migrations_dir: string }[];
  triggers: { crons?: string[] };
}

export interface PlatformOptions {
  /** By default a free one. */
  port?: number;
  host?: string;
  /** Where D1, objects and R2 live; survives a SIGKILL. Without it everything is gone with `close`. */
  stateDir?: string;
  /** Over those of wrangler.toml; secrets too. */
  vars: Record<string, string>;
  /** The path of an index.js that `bundleWorker` has made; by default it is made now, which takes two seconds. */
  bundle?: string;
  onLog?: (log: WorkerdStructuredLog) => void;
}

export interface Platform {
  url: string;
  miniflare: Miniflare;
  /** Calls the scheduled handler, which nothing here does by itself. */
  runCron(): Promise<void>;
  /** Replaces the code; open sockets drop. When the new code does not start, the old goes on and this throws. */
  reload(bundle: string): Promise<void>;
  close(): Promise<void>;
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  copyAssets();
  const config = unstable_readConfig({ config: configPath }) as unknown as WranglerConfig;
  const { name } = config;
  if (options.stateDir) await mkdir(options.stateDir, { recursive: true });

  let script = await readBundle(options.bundle);
  const miniflare = new Miniflare(miniflareOptions(script, name, options));
  const migrateAll = () =>
    Promise.all(
      config.d1_databases.map(({ binding, migrations_dir }) => migrate(miniflare, binding, join(root, migrations_dir))),
    );
  try {
    await miniflare.ready;
    await migrateAll();
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
  const direct = await miniflare.unsafeGetDirectURL(name);
  // From now on always the same port, also where a free one was asked for.
  const bound = { ...options, port: Number(direct.port) };

  return {
    url: direct.origin,
    miniflare,
    async runCron() {
      const worker = await miniflare.getWorker(name);
      for (const cron of config.triggers.crons ?? []) await worker.scheduled({ cron, scheduledTime: new Date() });
    },
    async reload(bundle) {
      const next = await readFile(bundle, "utf8");
      try {
        await miniflare.setOptions(miniflareOptions(next, name, bound));
        script = next;
      } catch (error) {
        await miniflare.setOptions(miniflareOptions(script, name, bound));
        throw error;
      }
      await migrateAll();
    },
    close: () => miniflare.dispose(),
  };
}

async function readBundle(path: string | undefined): Promise<string> {
  if (path !== undefined) return readFile(path, "utf8");
  const outDir = await mkdtemp(join(tmpdir(), "worker-bundle-"));
  try {
    return await readFile(await bundleWorker(outDir), "utf8");
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

function miniflareOptions(script: string, name: string, options: PlatformOptions): MiniflareOptions {
  const { port = 0, host = "127.0.0.1", stateDir, vars, onLog } = options;
  const fromWrangler = unstable_getMiniflareWorkerOptions(configPath).workerOptions as V4WorkerOptionsShape & {
    modulesRules?: unknown;
  };
  const { modulesRules: _rules, rootPath: _root, assets, bindings, serviceBindings, ...rest } = fromWrangler;
  const worker = {
    ...rest,
    name,
    modulesRoot: root,
    modules: [{ type: "ESModule" as const, path: join(root, "index.js"), contents: script }],
    bindings: { ...bindings, ...vars },
    // Static files in a Worker of their own: a router before ours, which has the first word anyway, would halve its throughput.
    serviceBindings: { ...serviceBindings, ...(assets?.binding && { [assets.binding]: "static-files" }) },
    unsafeDirectSockets: [{ host, port }],
  };
  const staticFiles = {
    name: "static-files",
    compatibilityDate: rest.compatibilityDate,
    modules: true as const,
    script: "export default {}",
    assets: { directory: assets?.directory ?? join(root, "public"), assetConfig: assets?.assetConfig },
  };
  return {
    ...convertV4MiniflareOptions({
      workers: [worker, staticFiles],
      // Otherwise it asks the network what a request's `cf` would be.
      cf: false,
      telemetry: { enabled: false },
      ...(onLog && { handleStructuredLogs: onLog }),
    }),
    // The conversion drops where things are kept.
    ...(stateDir && { resourcePersistencePath: stateDir }),
  };
}

/** The runtime's processes below this one (Linux), for trials that kill it. */
export function workerdPids(parent = process.pid): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        // pid (name) state parent …
        const [, name, rest = ""] = /^\d+ \((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return name === "workerd" && Number(rest.split(" ")[1]) === parent;
      } catch {
        // It ended meanwhile.
        return false;
      }
    });
}
