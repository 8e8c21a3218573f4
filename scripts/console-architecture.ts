/** Checks the architecture of the console: what its parts may import, and the length of its files. */
import { join, posix } from "node:path";
import { root } from "./bundle.ts";
import { MAX_LINES, REFUSED_NAMES, type SourceFile, sourceFiles } from "./source-files.ts";

/** Lowest first. A file may import from its own layer and from lower ones. */
const LAYERS = ["kit", "api", "live", "paths", "areas", "shell", "app", "main"];

/** Words and names are lists. */
const MAY_BE_LONGER = /\/words\/\w+\.ts$/;

export const consoleFaults = (): string[] =>
  sourceFiles(join(root, "web", "src"))
    .filter(({ path }) => !path.endsWith(".gen.ts"))
    .flatMap(faultsOf);

function faultsOf({ path, lines, imports }: SourceFile): string[] {
  const faults = imports.flatMap((target) => {
    // Packages, and files of the console.
    if (!/^(web|src|durable-objects|queues|scripts|simulators|test)\//.test(target)) return [];
    const why = refusal(path, target);
    return why === undefined ? [] : [`${path} imports ${target}: ${why}`];
  });
  const name = posix.basename(path).replace(/\.tsx?$/, "");
  if (REFUSED_NAMES.test(name)) faults.push(`${path}: a file's name says what is in it`);
  if (lines > MAX_LINES && !MAY_BE_LONGER.test(path))
    faults.push(`${path} has ${lines} lines; ${MAX_LINES} is the most`);
  return faults;
}

function refusal(path: string, target: string): string | undefined {
  if (!target.startsWith("web/src/"))
    return "the console knows the Worker by its API document only (web/src/api/api.gen.ts)";
  const [own, other] = [layerOf(path), layerOf(target)];
  if (own === -1) return "it is in no layer: see LAYERS in scripts/console-architecture.ts";
  if (other > own) return "a layer above its own";
  const [ownArea, otherArea] = [areaOf(path), areaOf(target)];
  // areas/index.ts lists them, and areas/area.ts says what one is.
  if (ownArea !== undefined && otherArea !== undefined && ownArea !== otherArea) return "an area knows no other area";
  return undefined;
}

const layerOf = (path: string): number =>
  LAYERS.findIndex((layer) => new RegExp(`^web/src/${layer}(/|\\.|$)`).test(path));
const areaOf = (path: string): string | undefined => /^web\/src\/areas\/([\w-]+)\//.exec(path)?.[1];
