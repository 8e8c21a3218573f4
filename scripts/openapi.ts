/** Writes .build/openapi.json, the document that the Worker serves, and from it the types of the console's client. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./bundle.ts";
import { writeConsoleClient } from "./console-client.ts";
import { developmentSecrets } from "./development-secrets.ts";
import { startPlatform } from "./platform.ts";

const file = join(root, ".build", "openapi.json");

const platform = await startPlatform({ vars: { ENVIRONMENT: "development", ...developmentSecrets() } });
try {
  const response = await fetch(`${platform.url}/openapi.json`);
  if (!response.ok) throw new Error(`GET /openapi.json: ${response.status} ${await response.text()}`);
  mkdirSync(join(root, ".build"), { recursive: true });
  writeFileSync(file, `${JSON.stringify(await response.json(), null, 2)}\n`);
  writeConsoleClient();
} finally {
  await platform.close();
}
