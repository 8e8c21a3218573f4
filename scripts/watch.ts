/** Watches the code for changes. */
import { readdirSync, watch } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./bundle.ts";

/**
 * Calls `callback` after changes, without overlap; changes during a call cause one more. Returns a function that stops
 * watching. Each directory has its own watcher, since a recursive one on Linux loses a file that an editor replaces.
 */
export function onChange(folders: string[], callback: (what: string) => Promise<void>): () => void {
  const watchers = new Map<string, () => void>();
  let changed: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let busy = false;

  function watchAll(): void {
    for (const folder of folders)
      for (const directory of [join(root, folder), ...directoriesIn(join(root, folder))]) watchOne(directory);
  }

  function watchOne(directory: string): void {
    if (watchers.has(directory)) return;
    const watcher = watch(directory, (kind, file) => {
      if (kind === "rename") watchAll();
      if (!file || !/\.(ts|sql)$/.test(file)) return;
      changed = relative(root, join(directory, file));
      later();
    });
    watcher.on("error", () => forget(directory));
    watchers.set(directory, () => watcher.close());
  }

  function forget(directory: string): void {
    watchers.get(directory)?.();
    watchers.delete(directory);
  }

  function later(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), 120);
  }

  async function run(): Promise<void> {
    if (busy || changed === undefined) return;
    const what = changed;
    changed = undefined;
    busy = true;
    await callback(what);
    busy = false;
    if (changed !== undefined) later();
  }

  watchAll();
  return () => {
    clearTimeout(timer);
    for (const directory of watchers.keys()) forget(directory);
  };
}

function directoriesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}
