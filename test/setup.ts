/// <reference types="vite/types/importMeta.d.ts" />
import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { lowerPasswordCost } from "./password-cost";
import { refuseUnboundedReads } from "./query-plans";

declare global {
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

// In a deployment all modules are in one bundle. Here they are fetched, over a connection of the request that is the first to ask, and
// workerd takes others that wait for it for hanging.
for (const load of Object.values(import.meta.glob(["../src/**/*.ts", "../durable-objects/*.ts", "../queues/*.ts"])))
  await load();
