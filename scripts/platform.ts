/**
 * Runs the platform of wrangler.toml on this machine in workerd, for development, trials, benchmarks and tests.
 * Requests reach the Worker through its own socket, without the proxies of `wrangler dev`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import type { MiniflareOptions, V4WorkerOptions, V4WorkerOptionsShape, WorkerdStructuredLog } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { makeAssets } from "./assets.ts";
import { bundleWorker, root } from "./bundle.ts";
import { migrate } from "./migrate.ts";

const configPath = join(root, "wrangler.toml");

/** The used part of wrangler.toml. Wrangler's own types import unpublished packages. */
interface WranglerConfig {
  name: string;
  d1_databases: { binding: string; migrations_dir: string }[];
  triggers: { crons?: string[] };
}

export interface PlatformOptions {
  /** By default a free port. */
  port?: number;
  host?: string;
  /** The directory of D1, objects and R2, which survives a SIGKILL. Without it the state ends with `close`. */
  stateDir?: string;
  /** Variables and secrets; they override those of wrangler.toml. */
  vars: Record<string, string>;
  /** The path of an index.js of `bundleWorker`. By default it is built, which takes two seconds. */
  bundle?: string;
  /** The source of a module to run in place of the bundle, which it imports as `./index.js`. */
  entry?: string;
  /** The address of the simulator that takes mails sent by the binding EMAIL. Without it there is no binding. */
  emailUrl?: string;
  onLog?: (log: WorkerdStructuredLog) => void;
}

export interface Platform {
  url: string;
  miniflare: Miniflare;
  /** Calls the scheduled handler. Nothing else does. */
  runCron(): Promise<void>;
  /**
   * Replaces the code, which closes sockets. If the new code does not start, the old code continues and this throws.
   */
  reload(bundle: string): Promise<void>;
  close(): Promise<void>;
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  await makeAssets();
  const config = unstable_readConfig({ config: configPath }) as unknown as WranglerConfig;
  const { name } = config;
  if (options.stateDir) await mkdir(options.stateDir, { recursive: true });

  let script = await readBundle(options.bundle);
  // Without the Worker: it must not be reachable before its databases are migrated.
  const miniflare = new Miniflare(databaseOptions(options));
  const migrateAll = () =>
    Promise.all(
      config.d1_databases.map(({ binding, migrations_dir }) => migrate(miniflare, binding, join(root, migrations_dir))),
    );
  try {
    await miniflare.ready;
    await migrateAll();
    await miniflare.setOptions(miniflareOptions(script, name, options));
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
  const direct = await miniflare.unsafeGetDirectURL(name);
  // A reload must keep the port, even if it was chosen automatically.
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
      await migrateAll();
      try {
        await miniflare.setOptions(miniflareOptions(next, name, bound));
        script = next;
      } catch (error) {
        await miniflare.setOptions(miniflareOptions(script, name, bound));
        throw error;
      }
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

/** The databases of wrangler.toml alone. */
function databaseOptions(options: PlatformOptions): MiniflareOptions {
  const { compatibilityDate, d1Databases } = unstable_getMiniflareWorkerOptions(configPath)
    .workerOptions as V4WorkerOptionsShape;
  const script = "export default {}";
  return withState([{ name: "databases", modules: true, script, compatibilityDate, d1Databases }], options);
}

function miniflareOptions(script: string, name: string, options: PlatformOptions): MiniflareOptions {
  const { port = 0, host = "127.0.0.1", vars, entry, emailUrl } = options;
  const fromWrangler = unstable_getMiniflareWorkerOptions(configPath).workerOptions as V4WorkerOptionsShape & {
    modulesRules?: unknown;
  };
  const { modulesRules: _rules, rootPath: _root, assets, bindings, serviceBindings, ...rest } = fromWrangler;
  const worker = {
    ...rest,
    name,
    modulesRoot: root,
    modules: [
      ...(entry === undefined ? [] : [{ type: "ESModule" as const, path: join(root, "entry.js"), contents: entry }]),
      { type: "ESModule" as const, path: join(root, "index.js"), contents: script },
    ],
    bindings: { ...bindings, ...vars },
    // Static files have a Worker of their own, since a router in front of the Worker would halve its throughput.
    serviceBindings: {
      ...serviceBindings,
      ...(assets?.binding && { [assets.binding]: "static-files" }),
      ...(emailUrl !== undefined && { EMAIL: { name: "email", entrypoint: "Email" } }),
    },
    unsafeDirectSockets: [{ host, port }],
  };
  const staticFiles = {
    name: "static-files",
    compatibilityDate: rest.compatibilityDate,
    modules: true as const,
    script: "export default {}",
    assets: { directory: assets?.directory ?? join(root, "public"), assetConfig: assets?.assetConfig },
  };
  const email = {
    name: "email",
    compatibilityDate: rest.compatibilityDate,
    modules: true as const,
    bindings: { url: emailUrl ?? "" },
    script: EMAIL_SCRIPT,
  };
  return withState([worker, staticFiles, ...(emailUrl === undefined ? [] : [email])], options);
}

/** Stands in for the binding `send_email`: a method that sends, or throws an error with a code. */
const EMAIL_SCRIPT = `import { WorkerEntrypoint } from "cloudflare:workers";
export default {};
export class Email extends WorkerEntrypoint {
  async send({ attachments = [], ...mail }) {
    const files = attachments.map(({ content, ...file }) => ({ ...file, bytes: content.byteLength }));
    const response = await fetch(this.env.url, { method: "POST", body: JSON.stringify({ ...mail, attachments: files }) });
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.message), { code: answer.code });
    return answer;
  }
}`;

function withState(workers: V4WorkerOptions[], { stateDir, onLog }: PlatformOptions): MiniflareOptions {
  return {
    ...convertV4MiniflareOptions({
      workers,
      // Otherwise miniflare fetches `cf` from the network.
      cf: false,
      telemetry: { enabled: false },
      ...(onLog && { handleStructuredLogs: onLog }),
    }),
    // The conversion drops the persistence path.
    ...(stateDir && { resourcePersistencePath: stateDir }),
  };
}

/** The ids of the workerd processes below `parent` (Linux), for trials that kill them. */
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
        // The process has ended.
        return false;
      }
    });
}
