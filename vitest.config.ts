import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig, type Plugin } from "vitest/config";
import { makeAssets } from "./scripts/assets.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** folder → file name → text; empty where there is no corpus. */
    corpus: Record<string, Record<string, string>>;
  }
}

// The plugin does not run the [build] command of wrangler.toml.
await makeAssets();

/** Payloads that others wrote, beside the repository where they are at hand: their licences differ, so they are not part of it. */
function readCorpus(): Record<string, Record<string, string>> {
  const corpus = join(import.meta.dirname, "..", "shared", "corpus");
  const folders = ["whatsapp", "whatsapp-fragments", "instagram", "messenger", "graph", "vectors", "email"].filter(
    (folder) => existsSync(join(corpus, folder)),
  );
  return Object.fromEntries(
    folders.map((folder) => [
      folder,
      Object.fromEntries(
        // Mails are bytes in any charset.
        readdirSync(join(corpus, folder)).map((name) => [
          name,
          readFileSync(join(corpus, folder, name), folder === "email" ? "latin1" : "utf8"),
        ]),
      ),
    ]),
  );
}

const bindings = {
  ENVIRONMENT: "test",
  PUBLIC_URL: "http://app.test",
  GRAPH_API_URL: "http://graph.test",
  INSTAGRAM_API_URL: "http://graph.test/graph.instagram.com",
  GRAPH_TIMEOUT_MS: "2000",
  RESEND_API_URL: "http://mail.test/resend",
  POSTMARK_API_URL: "http://mail.test/postmark",
  // Nobody listens: mail servers have a test of their own (test/system/smtp.test.ts).
  SMTP_SIMULATOR: "127.0.0.1:9:9",
  SEND_RECONCILE_SECONDS: "1",
  WEBHOOK_TIMEOUT_MS: "1500",
  SESSION_SECRET: "test-session-secret-test-session-secret",
  ENCRYPTION_KEYS: `1:${Buffer.alloc(32, 7).toString("base64")}`,
  META_APP_SECRET: "test-app-secret",
  INSTAGRAM_APP_SECRET: "test-instagram-secret",
  META_VERIFY_TOKEN: "test-verify-token",
  CORS_ORIGINS: "https://app.partner.test",
  META_APP_ID: "1000000000000001",
  META_CONFIG_ID: "2000000000000001",
  INSTAGRAM_APP_ID: "1000000000000002",
  INSTAGRAM_OAUTH_URL: "http://graph.test/api.instagram.com",
  FACEBOOK_DIALOG_URL: "http://graph.test/www.facebook.com",
  INSTAGRAM_DIALOG_URL: "http://graph.test/www.instagram.com",
  // workerd does not see the shell's environment.
  FULL: process.env.FULL ?? "",
  FUZZ_RUNS: process.env.FUZZ_RUNS ?? (process.env.FULL ? "100" : "40"),
  // The day's.
  FUZZ_SEED: process.env.FUZZ_SEED ?? new Date().toISOString().slice(0, 10).replaceAll("-", ""),
  OPERATOR_TOKEN: "test-operator-token-0123456789",
  TEST_MIGRATIONS_CONTROL: await readD1Migrations(join(import.meta.dirname, "migrations", "control")),
  TEST_MIGRATIONS_TENANT: await readD1Migrations(join(import.meta.dirname, "migrations", "tenant")),
};

/**
 * A bundle has a lazily loaded module at hand. Here each `import()` asks Vite, over a connection of the request that is the first to
 * ask, and workerd takes others that wait for it for hanging: test/setup.ts has loaded the module, and this takes it from there.
 */
const loadedModules: Plugin = {
  name: "loaded-modules",
  enforce: "pre",
  transform(code, id) {
    const path = relative(import.meta.dirname, id);
    if (!/^(src|durable-objects|queues)\/.*\.ts$/.test(path)) return undefined;
    return code.replaceAll(/(?<!typeof )\bimport\("(\.[^"]+)"\)/g, (found, to: string) => {
      const key = JSON.stringify(join(dirname(path), to));
      return `(globalThis.loadedModules?.[${key}] ? Promise.resolve(globalThis.loadedModules[${key}]) : ${found})`;
    });
  },
};

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [
          loadedModules,
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings,
              cf: false,
              // No test reaches the network: a request that no stand-in takes ends here.
              outboundService: (request) => new Response(`no network in tests: ${request.url}`, { status: 502 }),
            },
          }),
        ],
        // The plugin does not read `alias` of wrangler.toml. A pattern, since "zod/v4" stays.
        resolve: { alias: [{ find: /^zod$/, replacement: join(import.meta.dirname, "src", "kit", "zod.ts") }] },
        test: {
          name: "worker",
          include: ["test/**/*.test.ts"],
          exclude: ["test/system/**", "test/console/**"],
          setupFiles: ["test/setup.ts"],
          provide: { corpus: readCorpus() },
          // Four runtimes, each with its databases, for all files; each suite works in an organization of its own. Much of a suite is
          // waiting for retries and queues: more runtimes than cores use the cores better.
          isolate: false,
          maxWorkers: 4,
        },
      },
      {
        test: {
          name: "console",
          include: ["test/console/**/*.test.ts"],
          globalSetup: ["test/console/setup.ts"],
          // One browser and one platform for all.
          maxWorkers: 2,
          // After the others: they have other numbers of workers.
          sequence: { groupOrder: 1 },
          // A flow takes some seconds; a busy machine may take many times that.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["test/system/**/*.test.ts"],
          // They start the platform as processes of their own and kill them.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
