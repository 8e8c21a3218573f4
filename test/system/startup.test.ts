import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { callOk, call } from "../../scripts/api-client.ts";
import { bundleWorker } from "../../scripts/bundle.ts";
import { developmentSecrets } from "../../scripts/development-secrets.ts";
import { type Platform, startPlatform } from "../../scripts/platform.ts";

/** How many schemas the Worker builds, at its start and later, counted in the bundle of a deployment. */

/** The configuration's and those of a channel's answers. Those of areas are built when they are called. */
const MAX_AT_START = 150;

let directory: string;
let platform: Platform;
const built = async (): Promise<number> => (await callOk(`${platform.url}/built`)).body as number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "startup-"));
  const bundle = await bundleWorker(directory);
  await writeFile(bundle, withCount(await readFile(bundle, "utf8")));
  platform = await startPlatform({ bundle, vars: { ENVIRONMENT: "production", ...developmentSecrets() } });
});
afterAll(async () => {
  await platform?.close();
  await rm(directory, { recursive: true, force: true });
});

/** Adds GET /built. Zod's postProcessor sees every schema. */
function withCount(code: string): string {
  const at = code.lastIndexOf("export{");
  const [exported, worker] = /([\w$]+) as default/.exec(code.slice(at))!;
  return `let schemasBuilt = 0; globalThis.__zod_globalConfig = { postProcessor() { schemasBuilt++; } };
    ${code.slice(0, at)}
    const counted = { ...${worker}, fetch: (request, env, ctx) =>
      request.url.endsWith("/built") ? Response.json(schemasBuilt) : ${worker}.fetch(request, env, ctx) };
    ${code.slice(at).replace(exported, () => "counted as default")}`;
}

it("builds schemas of an area at its first call only", async () => {
  const atStart = await built();
  expect(atStart).toBeGreaterThan(0);
  expect(atStart).toBeLessThan(MAX_AT_START);

  expect((await call(`${platform.url}/nowhere`)).status).toBe(404);
  expect(await built()).toBe(atStart);

  await callOk(`${platform.url}/health`);
  const afterFirst = await built();
  expect(afterFirst).toBeGreaterThan(atStart);
  expect(afterFirst).toBeLessThan(atStart + 20);
  await callOk(`${platform.url}/health`);
  expect(await built()).toBe(afterFirst);

  await callOk(`${platform.url}/openapi.json`);
  expect(await built()).toBeGreaterThan(10 * MAX_AT_START);
});
