/** A platform for trials, with simulators of Graph and of mail, and an organization that has an account of a channel. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call, callOk } from "../../scripts/api-client.ts";
import { bundleWorker } from "../../scripts/bundle.ts";
import { developmentSecrets } from "../../scripts/development-secrets.ts";
import { type Platform, type PlatformOptions, startPlatform } from "../../scripts/platform.ts";
import type { GraphSimulatorOptions } from "../../simulators/graph/app.ts";
import { type ServedGraphSimulator, serveGraphSimulator } from "../../simulators/graph/serve.ts";
import { allowProductImports } from "../../scripts/product-imports.ts";
import { simulatedMeta } from "../../scripts/simulated-meta.ts";
import type { GraphFaults } from "../../simulators/graph/faults.ts";
import {
  CHANNELS,
  type Delivery,
  INBOUND_SECRET,
  MAIL_ADDRESS,
  PHONE_NUMBER_ID,
  type Sent,
  type TrialChannel,
  type World,
} from "./channels.ts";
import { type Deployment, type Findings, checkStateWithin } from "./checker.ts";
import { type MailServer, serveMail } from "./mail-server.ts";
import { freePort, memoryOf, urlOf } from "./process.ts";
import type { ServeOptions } from "./serve.ts";
import type { Inbound, Status } from "./traffic.ts";

allowProductImports();
const { conversationIdOf } = await import("../../src/domain/ids.ts");

export interface Environment {
  channel: TrialChannel;
  graph: ServedGraphSimulator;
  mail: MailServer;
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
  /** The channel says this. Returns 200, else the first other status; undefined without an answer. */
  deliver(items: readonly (Inbound | Status)[]): Promise<number | undefined>;
  post(delivery: Delivery, timeoutMs?: number): Promise<number | undefined>;
  /** The messages that the channel has accepted from us. */
  sent(): Sent[];
  /** Sets the faults of the channel, and clears others. */
  fail(faults: GraphFaults): void;
  /** Resolves when the channel has nothing more to report. */
  settle(): Promise<void>;
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
  /** By default WhatsApp. */
  channel?: TrialChannel;
  /** The interval of cron runs; by default none. */
  cronEveryMs?: number;
  vars?: Record<string, string>;
  graph?: Partial<GraphSimulatorOptions>;
  emailUrl?: string;
}

export async function createEnvironment({
  channel = CHANNELS.whatsapp,
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
    instagramAppSecret: secrets.INSTAGRAM_APP_SECRET,
    post: (request) => redirected(request),
    ...graphOptions,
  });
  const mail = await serveMail({
    webhookUrl: "http://127.0.0.1:9/webhook/email",
    accounts: [{ address: MAIL_ADDRESS, inboundSecret: INBOUND_SECRET }],
    post: (request) => redirected(request),
    background: graphOptions.autoStatuses ?? true,
  });
  const world: World = { graph: graph.simulator, mail: mail.simulator, appSecret: secrets.META_APP_SECRET };
  // Known before the platform starts, since its links and logins have its address.
  const port = await freePort();
  const options: PlatformOptions = {
    port,
    bundle,
    stateDir: join(directory, "state"),
    ...(emailUrl !== undefined && { emailUrl }),
    vars: {
      ENVIRONMENT: "development",
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      ...simulatedMeta(graph.url, graph.simulator),
      RESEND_API_URL: `${mail.url}/resend`,
      POSTMARK_API_URL: `${mail.url}/postmark`,
      ...secrets,
      ...vars,
    },
  };
  let child: ChildProcess | undefined;

  // The simulator starts first, and the platform's port is known later.
  const redirected = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    return fetch(`${environment.url}${pathname}${search}`, {
      method: request.method,
      headers: request.headers,
      ...(request.method !== "GET" && { body: await request.arrayBuffer() }),
      signal: request.signal,
    });
  };

  const environment: Environment = {
    channel,
    graph,
    mail,
    appSecret: secrets.META_APP_SECRET,
    phoneNumberId: PHONE_NUMBER_ID,
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
    },
    async kill() {
      const dying = child;
      if (dying?.pid === undefined) return;
      child = undefined;
      const gone = new Promise((resolve) => dying.once("exit", resolve));
      process.kill(-dying.pid, "SIGKILL");
      await gone;
    },
    async deliver(items) {
      for (const delivery of await channel.deliveries(items, world)) {
        const status = await environment.post(delivery);
        if (status !== 200) return status;
      }
      return 200;
    },
    async post({ path, headers, body }, timeoutMs = 20_000) {
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        const response = await fetch(`${environment.url}${path}`, { method: "POST", headers, body, signal });
        await response.arrayBuffer();
        return response.status;
      } catch {
        return undefined;
      }
    },
    sent: () => channel.sent(world),
    fail(faults) {
      graph.simulator.faults.set(faults);
      mail.fail(faults);
    },
    async settle() {
      await graph.simulator.settle();
      await mail.simulator.settle();
    },
    conversationId: (from) => conversationIdOf(environment.orgId, environment.accountId, channel.threadKey(from)),
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
      await mail.close();
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
      body: { channel: channel.name, display_name: "Trial", config: channel.config },
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
