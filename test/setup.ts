/// <reference types="vite/types/importMeta.d.ts" />
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { lowerPasswordCost } from "./password-cost";
import { refuseUnboundedReads } from "./query-plans";

declare global {
  /** By path below the root, without `.ts` and `/index`. */
  var loadedModules: Record<string, unknown> | undefined;
  namespace Cloudflare {
    interface Env {
      SESSION_SECRET: string;
      OPERATOR_TOKEN: string;
      META_APP_SECRET: string;
      /** "1": every combination (`npm run test:full`). */
      FULL: string;
      FUZZ_RUNS: string;
      FUZZ_SEED: string;
      TEST_MIGRATIONS_CONTROL: D1Migration[];
      TEST_MIGRATIONS_TENANT: D1Migration[];
    }
  }
}

// Runs before every file; applied migrations are left alone.
await applyD1Migrations(env.CONTROL_DB, env.TEST_MIGRATIONS_CONTROL);
await applyD1Migrations(env.TENANT_DB_00, env.TEST_MIGRATIONS_TENANT);
await applyD1Migrations(env.TENANT_DB_01, env.TEST_MIGRATIONS_TENANT);

lowerPasswordCost();
refuseUnboundedReads();

// Taken from here by vitest.config.ts.
const modules = (globalThis.loadedModules ??= {});
const files = import.meta.glob(["../src/**/*.ts", "../src/**/*.json", "../durable-objects/*.ts", "../queues/*.ts"]);
for (const [path, load] of Object.entries(files))
  modules[path.replace(/^\.\.\//, "").replace(/(\/index)?\.ts$/, "")] ??= await load();
