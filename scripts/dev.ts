/**
 * `npm run dev`: the whole platform on this machine, with a simulator of Meta, a demo organization and reload on
 * change.
 */
// Before Miniflare is loaded.
import { certificate } from "../simulators/mail/trust.ts";
import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { accountOf } from "../simulators/graph/messaging-state.ts";
import { serveGraphSimulator, serveSimulator } from "../simulators/graph/serve.ts";
import { createMailSimulator } from "../simulators/mail/app.ts";
import { serveSmtp } from "../simulators/mail/smtp-server.ts";
import { simulatedMeta } from "./simulated-meta.ts";
import { BundleError, bundleWorker, root } from "./bundle.ts";
import { admin, agent, ensureDemoAccount, mailAccount } from "./demo-account.ts";
import { demoTemplates } from "./demo-templates.ts";
import { keptSecrets } from "./development-secrets.ts";
import { type Locate, logLine, sourceLocator } from "./log-lines.ts";
import { startPlatform } from "./platform.ts";
import { watchConsole } from "./console.ts";
import { bold, cyan, dim, green, red, yellow } from "./terminal.ts";
import { onChange } from "./watch.ts";

const WATCHED = ["src", "durable-objects", "queues", "migrations"];
const outDir = join(root, ".build", "dev");

const port = portFrom("PORT", 8787);
const graphPort = portFrom("GRAPH_PORT", 8788);
const mailPort = portFrom("MAIL_PORT", 8789);
const stateDir = resolve(process.env.STATE_DIR ?? join(root, ".state"));
/** Unless the providers are real ones. */
const simulatesMail = process.env.RESEND_API_URL === undefined && process.env.POSTMARK_API_URL === undefined;
const app = `http://localhost:${port}`;

const closing: (() => Promise<void>)[] = [];
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop(0));

try {
  await start();
} catch (error) {
  if (!stopped) {
    console.error(red(explained(error)));
    await stop(1);
  }
}

async function start(): Promise<void> {
  if (process.argv.includes("--reset")) rmSync(stateDir, { recursive: true, force: true });
  const isNew = !existsSync(stateDir);
  const vars = variables();

  const mail = simulatesMail
    ? await serveSimulator(
        () => createMailSimulator({ webhookUrl: `http://127.0.0.1:${port}/webhook/email`, accounts: [mailAccount] }),
        { port: mailPort },
      )
    : undefined;
  let emailUrl: string | undefined;
  if (mail) {
    closing.push(() => mail.close());
    vars.RESEND_API_URL = `${mail.url}/resend`;
    vars.POSTMARK_API_URL = `${mail.url}/postmark`;
    const smtp = await serveSmtp(mail.simulator, certificate);
    closing.push(() => smtp.close());
    vars.SMTP_SIMULATOR = smtp.address;
    emailUrl = `${mail.url}/cloudflare/send`;
  }

  if (process.env.GRAPH_API_URL === undefined) {
    const graph = await serveGraphSimulator({
      port: graphPort,
      webhookUrl: `http://127.0.0.1:${port}/webhook`,
      appSecret: vars.META_APP_SECRET ?? "",
      instagramAppSecret: vars.INSTAGRAM_APP_SECRET ?? "",
      verifyToken: vars.META_VERIFY_TOKEN ?? "",
      templates: demoTemplates,
      reviewDelayMs: 3000,
      ...(mail && {
        mail: {
          addresses: [mailAccount.address],
          page: `http://localhost:${mailPort}/_sim`,
          write: (written) => mail.simulator.write(written),
        },
      }),
    });
    closing.push(() => graph.close());
    // A kept state has its accounts connected, of which a new simulator does not know.
    for (const platform of ["instagram", "messenger"] as const) accountOf(graph.simulator.state, platform);
    Object.assign(vars, simulatedMeta(graph.url, graph.simulator));
  }

  const bundle = await bundleWorker(outDir);
  let locate: Locate = sourceLocator(bundle);
  const platform = await startPlatform({
    port,
    stateDir,
    vars,
    bundle,
    ...(emailUrl !== undefined && { emailUrl }),
    onLog: (log) => console.log(logLine(log, locate)),
  });
  closing.push(() => platform.close());

  const cron = setInterval(() => {
    platform.runCron().catch((error: unknown) => console.error(red(`cron: ${explained(error)}`)));
  }, 60_000);
  closing.push(async () => clearInterval(cron));

  const unwatch = onChange(WATCHED, async (what) => {
    const startedAt = performance.now();
    try {
      await bundleWorker(outDir);
      locate = sourceLocator(bundle);
      await platform.reload(bundle);
    } catch (error) {
      if (!stopped) console.error(`${red(explained(error))}\n${yellow("the code from before goes on")}`);
      return;
    }
    console.log(green(`reloaded in ${Math.round(performance.now() - startedAt)} ms`) + dim(` (${what})`));
  });
  closing.push(async () => unwatch());
  const unwatchConsole = await watchConsole(async () => {
    // The files are known by their names, which have changed.
    await platform.reload(bundle).catch((error: unknown) => console.error(red(explained(error))));
    console.log(green("console rebuilt"));
  });
  closing.push(unwatchConsole);

  const unconnected = await ensureDemoAccount(platform.url, simulatesMail);
  console.log(banner(isNew));
  if (unconnected !== undefined)
    console.log(
      yellow(`The Graph API at ${vars.GRAPH_API_URL} could not be reached for the demo accounts (${unconnected}).`),
    );
}

/** Variables of wrangler.toml, overridden by those of development, overridden by the environment. */
function variables(): Record<string, string> {
  const { bindings } = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml")).workerOptions as {
    bindings: Record<string, string>;
  };
  const vars: Record<string, string> = {
    ...bindings,
    ...keptSecrets(stateDir),
    ENVIRONMENT: "development",
    PUBLIC_URL: app,
  };
  for (const name of Object.keys(vars)) vars[name] = process.env[name] ?? vars[name] ?? "";
  return vars;
}

function portFrom(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  console.error(red(`${name}: ${process.env[name]} is not a port`));
  process.exit(1);
}

function banner(isNew: boolean): string {
  const line = (name: string, value: string) => `  ${dim(name.padEnd(11))}${value}`;
  return [
    "",
    `  ${bold("OmniStream")} ${green("is up")}`,
    "",
    line("console", bold(cyan(`${app}/app/`))),
    line("log in as", `${admin.email} or ${agent.email}, password ${admin.password}`),
    line("reference", cyan(`${app}/docs`)),
    ...(process.env.GRAPH_API_URL === undefined
      ? [
          line(
            "customers",
            `${cyan(`http://localhost:${graphPort}/_sim`)} ${dim("(write as a customer of any channel, see what they get)")}`,
          ),
        ]
      : [line("Graph API", process.env.GRAPH_API_URL)]),
    ...(simulatesMail
      ? [
          line(
            "mail",
            `${cyan(`http://localhost:${mailPort}/_sim`)} ${dim("(the mails, and how to answer one as a customer)")}`,
          ),
        ]
      : []),
    line("state", `${stateDir}${isNew ? "" : dim(" (kept; npm run dev -- --reset empties it)")}`),
    "",
    `  Next, in another terminal: ${bold("npm run demo")}`,
    "",
  ].join("\n");
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port: wanted } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE")
    return `Port ${wanted ?? graphPort} is in use. Set ${wanted === mailPort ? "MAIL_PORT" : "GRAPH_PORT"} to another, or stop what listens there.`;
  if (code === "ERR_ADDRESS_IN_USE") return `Port ${port} is in use. Set PORT to another, or stop what listens there.`;
  if (code === "ERR_RUNTIME_FAILURE") return "The Worker does not start.";
  if (error instanceof BundleError) return error.message;
  return error.stack ?? error.message;
}

async function stop(exitCode: number): Promise<void> {
  if (stopped) return;
  stopped = true;
  // The terminal sends Ctrl-C to the runtime too, so closing may fail or hang; the process ends after 3 s in any case.
  setTimeout(() => process.exit(exitCode), 3000).unref();
  await Promise.allSettled(closing.reverse().map((close) => close()));
  process.exit(exitCode);
}
