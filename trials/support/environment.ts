/** A platform for trials, with a simulator of the Graph API and an organization that has a WhatsApp number. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, callOk } from "../../scripts/api-client.ts";
import { bundleWorker } from "../../scripts/bundle.ts";
import { developmentSecrets } from "../../scripts/development-secrets.ts";
import { type Platform, type PlatformOptions, startPlatform } from "../../scripts/platform.ts";
import type { GraphSimulatorOptions } from "../../simulators/graph/app.ts";
import { type ServedGraphSimulator, serveGraphSimulator } from "../../simulators/graph/serve.ts";
import { allowProductImports } from "../../scripts/product-imports.ts";
import type { ServeOptions } from "./serve.ts";
import { type Deployment, type Findings, checkStateWithin } from "./checker.ts";
import { webhookRequest } from "./traffic.ts";

allowProductImports();
const { conversationIdOf } = await import("../../src/domain/ids.ts");

const START_SECONDS = 60;

export interface Environment {
  graph: ServedGraphSimulator;
  appSecret: string;
  phoneNumberId: string;
  orgId: string;
  accountId: string;
  token: string;
  /** The platform's address, which a restart keeps. */
  url: string;
  start(): Promise<void>;
  /** Sends SIGKILL to the process and to its runtime. */
  kill(): Promise<void>;
  /** Sends one delivery. Returns the status of the answer; undefined without an answer. */
  deliver(body: string): Promise<number | undefined>;
  conversationId(from: string): string;
  /** Opens the state in this process and calls `work` with its bindings. The platform must be stopped. */
  inspect<T>(work: (platform: Platform, deployment: Deployment) => Promise<T>): Promise<T>;
  /** Restarts the platform in this process and compares objects with D1 until they agree. */
  check(expected: readonly string[], seconds?: number): Promise<Findings>;
  /** Resident memory of the runtime in bytes. */
  memory(): Promise<number>;
  close(): Promise<void>;
}

export interface EnvironmentOptions {
  /** The interval of cron runs; by default none. */
  cronEveryMs?: number;
  vars?: Record<string, string>;
  graph?: Partial<GraphSimulatorOptions>;
  emailUrl?: string;
}

export async function createEnvironment({
  cronEveryMs,
  vars = {},
  graph: graphOptions = {},
  emailUrl,
}: EnvironmentOptions = {}): Promise<Environment> {
  const directory = await mkdtemp(join(tmpdir(), "omnistream-trial-"));
  const bundle = await bundleWorker(join(directory, "bundle"));
  const secrets = developmentSecrets();
  const graph = await serveGraphSimulator({
    port: 0,
    webhookUrl: "http://127.0.0.1:9/webhook",
    appSecret: secrets.META_APP_SECRET,
    post: (request) => redirected(request),
    ...graphOptions,
  });
  const options: PlatformOptions = {
    bundle,
    stateDir: join(directory, "state"),
    ...(emailUrl !== undefined && { emailUrl }),
    vars: { ENVIRONMENT: "development", PUBLIC_URL: "http://127.0.0.1", GRAPH_API_URL: graph.url, ...secrets, ...vars },
  };
  let child: ChildProcess | undefined;

  // The simulator starts first, and the platform's port is known later.
  const redirected = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    return fetch(`${environment.url}${pathname}${search}`, {
      method: request.method,
      headers: request.headers,
      ...(request.method !== "GET" && { body: await request.text() }),
      signal: request.signal,
    });
  };

  const environment: Environment = {
    graph,
    appSecret: secrets.META_APP_SECRET,
    phoneNumberId: "106540352242922",
    orgId: "",
    accountId: "",
    token: "",
    url: "",
    async start() {
      child = spawn(
        process.execPath,
        [
          join(import.meta.dirname, "serve.ts"),
          JSON.stringify({ ...options, ...(cronEveryMs && { cronEveryMs }) } satisfies ServeOptions),
        ],
        {
          detached: true,
          stdio: ["pipe", "pipe", process.env.TRIAL_LOG ? "inherit" : "ignore"],
        },
      );
      environment.url = await urlOf(child);
      options.port = Number(new URL(environment.url).port);
    },
    async kill() {
      const dying = child;
      if (dying?.pid === undefined) return;
      child = undefined;
      const gone = new Promise((resolve) => dying.once("exit", resolve));
      process.kill(-dying.pid, "SIGKILL");
      await gone;
    },
    async deliver(body) {
      try {
        const response = await fetch(await webhookRequest(environment.url, body, secrets.META_APP_SECRET), {
          signal: AbortSignal.timeout(20_000),
        });
        await response.arrayBuffer();
        return response.status;
      } catch {
        return undefined;
      }
    },
    conversationId: (from) => conversationIdOf(environment.orgId, environment.accountId, `+${from}`),
    async inspect(work) {
      await environment.kill();
      // The log is dropped: its errors are those that the trial has caused.
      const platform = await startPlatform({ ...options, onLog: () => undefined });
      try {
        return await work(platform, await deploymentOf(platform));
      } finally {
        await platform.close();
      }
    },
    check: (expected, seconds = 30) =>
      environment.inspect((_, deployment) => checkStateWithin(seconds, deployment, environment.orgId, expected)),
    memory: () => memoryOf(child?.pid ?? process.pid),
    async close() {
      await environment.kill();
      await graph.close();
      await rm(directory, { recursive: true, force: true });
    },
  };

  try {
    await environment.start();
    const { body } = await callOk(`${environment.url}/api/auth/register`, {
      body: { org_name: "Trial", admin_email: "admin@trial.test", admin_password: "trial-password" },
    });
    const { token, organization } = body as { token: string; organization: { id: string } };
    const account = await callOk(`${environment.url}/api/integrations/accounts`, {
      token,
      body: {
        channel: "whatsapp",
        display_name: "Trial",
        config: { phone_number_id: environment.phoneNumberId, waba_id: "102290129340398", access_token: "trial-token" },
      },
    });
    return Object.assign(environment, {
      token,
      orgId: organization.id,
      accountId: (account.body as { id: string }).id,
    });
  } catch (error) {
    await environment.close();
    throw error;
  }
}

/** The checker's bindings of a platform in this process. */
export async function deploymentOf(platform: Platform): Promise<Deployment> {
  const bindings = (await platform.miniflare.getBindings()) as Record<string, unknown>;
  const objects = bindings.CONVERSATION as {
    idFromName(name: string): unknown;
    get(id: unknown): ReturnType<Deployment["conversation"]>;
  };
  return {
    tenantDatabases: Object.keys(bindings)
      .filter((name) => name.startsWith("TENANT_DB_"))
      .map((name) => bindings[name] as D1Database),
    conversation: (name) => objects.get(objects.idFromName(name)),
  };
}

/** All messages of a conversation, oldest first. */
export async function messagesOf(
  { url, token }: Pick<Environment, "url" | "token">,
  conversationId: string,
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any[]> {
  // oxlint-disable-next-line typescript/no-explicit-any
  const pages: any[][] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await callOk(
      `${url}/api/conversations/${conversationId}/messages?limit=100${cursor && `&cursor=${cursor}`}`,
      { token },
    );
    pages.unshift(body.messages);
    cursor = body.next_cursor;
  }
  return pages.flat();
}

/** Runs `work` for all items, `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export { call, callOk };

async function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error("the platform did not start in time")), START_SECONDS * 1000);
    child.once("exit", (code) => reject(new Error(`the platform ended with ${code}`)));
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split("\n").find((each) => each.startsWith('{"url"'));
      if (!line) return;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
}

/** Resident memory of the runtime below a process (Linux). */
async function memoryOf(parent: number | undefined): Promise<number> {
  let bytes = 0;
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
      if (field("Name") === "workerd" && Number(field("PPid")) === parent) bytes += Number(field("VmRSS")) * 1024;
    } catch {
      // The process has ended.
    }
  }
  return bytes;
}
