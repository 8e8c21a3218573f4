/** Starts the bare Worker in a process of its own, on a copy of the same databases. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_readConfig } from "wrangler";
import { root } from "../../scripts/bundle.ts";

export interface Bare {
  url: string;
  close(): Promise<void>;
}

interface WranglerConfig {
  compatibility_date: string;
  d1_databases: { binding: string; database_id: string }[];
}

export async function startBare(stateDir: string, appSecret: string): Promise<Bare> {
  const config = unstable_readConfig({ config: join(root, "wrangler.toml") }) as unknown as WranglerConfig;
  const idOf = (binding: string): string =>
    config.d1_databases.find((database) => database.binding === binding)!.database_id;
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      name: "bare",
      compatibilityDate: config.compatibility_date,
      modules: true,
      script: stripTypeScriptTypes(readFileSync(fileURLToPath(import.meta.resolve("./worker.ts")), "utf8")),
      bindings: { APP_SECRET: appSecret },
      d1Databases: { LARGE: idOf("TENANT_DB_00"), SMALL: idOf("TENANT_DB_01") },
      durableObjects: { OBJECT: { className: "BareObject", useSQLite: true } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      cf: false,
      telemetry: { enabled: false },
    }),
    resourcePersistencePath: stateDir,
  });
  await miniflare.ready;
  const { origin } = await miniflare.unsafeGetDirectURL("bare");
  return { url: origin, close: () => miniflare.dispose() };
}
