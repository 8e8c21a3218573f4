/** The platform, the simulator of Meta, and the Chromium of this machine: what tests and screenshots of the console need. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveGraphSimulator } from "../simulators/graph/serve.ts";
import { bundleWorker } from "./bundle.ts";
import { demoTemplates } from "./demo-templates.ts";
import { developmentSecrets } from "./development-secrets.ts";
import { startPlatform } from "./platform.ts";
import { simulatedMeta } from "./simulated-meta.ts";

export const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasChromium = (): boolean => existsSync(chromiumPath);

export const chromiumArgs = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

export interface Stage {
  app: string;
  graph: string;
  operatorToken: string;
  /** A call of this address runs what is due each minute. */
  minute: string;
  chromium: string;
  chromiumArgs: string[];
  close(): Promise<void>;
}

/** The address is `localhost`: the cookie's origin is compared with it. */
export async function startStage(): Promise<Stage> {
  const secrets = developmentSecrets();
  const port = await freePort();
  const app = `http://localhost:${port}`;
  const graph = await serveGraphSimulator({
    port: 0,
    webhookUrl: `http://127.0.0.1:${port}/webhook`,
    appSecret: secrets.META_APP_SECRET,
    instagramAppSecret: secrets.INSTAGRAM_APP_SECRET,
    verifyToken: secrets.META_VERIFY_TOKEN,
    templates: demoTemplates,
  });
  const directory = await mkdtemp(join(tmpdir(), "console-"));
  const platform = await startPlatform({
    port,
    bundle: await bundleWorker(directory),
    vars: { ENVIRONMENT: "development", ...secrets, PUBLIC_URL: app, ...simulatedMeta(graph.url, graph.simulator) },
  });
  // Flows run in processes of their own.
  const cron = createHttpServer((_request, response) => {
    platform.runCron().then(
      () => response.end(),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => cron.listen(0, "127.0.0.1", resolve));
  return {
    app,
    graph: graph.url,
    minute: `http://127.0.0.1:${(cron.address() as AddressInfo).port}`,
    operatorToken: secrets.OPERATOR_TOKEN,
    chromium: chromiumPath,
    chromiumArgs,
    async close() {
      cron.close();
      cron.closeAllConnections();
      await platform.close();
      await graph.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
