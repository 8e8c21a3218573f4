import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { callOk } from "../../scripts/api-client.ts";
import { root } from "../../scripts/bundle.ts";
import type { Figure } from "../figures.ts";
import type { Stage } from "../stage.ts";
import { usageOf } from "../usage.ts";

const MAX_GZIP_BYTES = 400 * 1024;
const MAX_STARTUP_MS = 80;

/** The Worker's startup time. Measured first, since other runtimes on the machine would slow it down. */
export async function startup(progress: (text: string) => void): Promise<Figure> {
  progress("startup, five times");
  const active = [];
  for (let i = 0; i < 5; i++) active.push(await startupMs());
  const least = Math.min(...active);
  return {
    path: "startup, active",
    ours: `${least.toFixed(0)} ms`,
    must: "≤ 80 ms",
    isMet: least <= MAX_STARTUP_MS,
    note: `\`wrangler check startup\`, the least of ${active.map((ms) => ms.toFixed(0)).join(", ")} ms: whatever else the machine does is on top.`,
  };
}

/** The size of the bundle, and the memory while a client pages through everything. */
export async function footprint(stage: Stage): Promise<Figure[]> {
  const bytes = gzipSync(await readFile(stage.bundle)).length;
  return [
    {
      path: "bundle",
      ours: `${Math.round(bytes / 1024)} KB gzip`,
      must: "≤ 400 KB gzip",
      isMet: bytes <= MAX_GZIP_BYTES,
    },
    await memory(stage),
  ];
}

async function startupMs(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "startup-"));
  try {
    const env = {
      ...process.env,
      PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
      WRANGLER_SEND_METRICS: "false",
      NO_COLOR: "1",
    };
    const { stdout } = await promisify(execFile)(
      "wrangler",
      ["check", "startup", "--outfile", join(directory, "startup.cpuprofile")],
      { cwd: root, env },
    );
    return Number(/Active: ([\d.]+) ms/.exec(stdout)?.[1]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function memory({ ours, oursPid, seed, progress }: Stage): Promise<Figure> {
  progress("paging through 100,000 conversations");
  const before = usageOf(oursPid).residentMb;
  let most = before;
  let rows = 0;
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({ limit: "100", ...(cursor !== null && { cursor }) });
    const { body } = await callOk(`${ours.url}/api/conversations?${query.toString()}`, { token: seed.large.token });
    rows += (body.data as unknown[]).length;
    cursor = body.next_cursor as string | null;
    if (rows % 1000 === 0) most = Math.max(most, usageOf(oursPid).residentMb);
  } while (cursor !== null);
  return {
    path: "memory while listing 100,000",
    ours: `${most.toFixed(0)} MB at most, ${before.toFixed(0)} MB before`,
    must: "reported",
    isMet: rows >= 100_000,
    note: `Resident memory of the whole workerd process: Worker, objects, D1 and its cache. ${rows.toLocaleString("en")} rows in pages of 100.`,
  };
}
