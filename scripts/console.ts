/** Builds the console (web/) into public/, unless its files are those of the last build. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { build as viteBuild, InlineConfig } from "vite";

const root = join(import.meta.dirname, "..");
const configFile = join(root, "web", "vite.config.ts");
const publicDir = join(root, "public");
const stamp = join(root, ".build", "console-inputs");

/** Silent and fast if nothing has changed, since wrangler runs it before each bundle. */
export async function buildConsole(): Promise<void> {
  const inputs = hashOfInputs();
  const isCurrent =
    existsSync(join(publicDir, "app.html")) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs;
  if (isCurrent) return;
  rmSync(join(publicDir, "assets"), { recursive: true, force: true });
  await build({ configFile });
  mkdirSync(join(root, ".build"), { recursive: true });
  writeFileSync(stamp, inputs);
}

/** Builds again on each change, and calls `onBuilt` after each but the first build. Returns a function that stops. */
export async function watchConsole(onBuilt: () => Promise<void>): Promise<() => Promise<void>> {
  const watcher = await build({ configFile, build: { watch: {} } });
  if (!("on" in watcher)) throw new Error("vite did not watch");
  let isFirst = true;
  await new Promise<void>((resolve) => {
    watcher.on("event", (event) => {
      if (event.code === "ERROR") console.error(event.error.message);
      if (event.code !== "END" && event.code !== "ERROR") return;
      writeFileSync(stamp, hashOfInputs());
      if (!isFirst) void onBuilt();
      isFirst = false;
      resolve();
    });
  });
  return () => watcher.close();
}

/** Vite takes React's slow development build where NODE_ENV says something else, as in tests. */
async function build(options: InlineConfig): ReturnType<typeof viteBuild> {
  const vite = await import("vite");
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    return await vite.build(options);
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

function hashOfInputs(): string {
  const hash = createHash("sha256").update(readFileSync(join(root, "package-lock.json")));
  const files = readdirSync(join(root, "web"), { recursive: true, withFileTypes: true })
    // Types leave no trace in what is built.
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".gen.ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  return hash.digest("hex");
}
