import { isPermission } from "../../src/domain/permissions";
import { isSocket, type Method, type MountedOperation } from "../../src/kit/operation";
import { allOperations } from "../../src/composition";
import type { Recipe } from "../areas/fixture";
import { fixtures } from "../areas/fixtures";

/** All that the walks read of operations; nothing else in test/ knows how the product keeps them. */

export interface WalkedOperation extends Pick<
  MountedOperation,
  | "id"
  | "tag"
  | "summary"
  | "query"
  | "anyQuery"
  | "body"
  | "examples"
  | "rawBody"
  | "contentType"
  | "problems"
  | "idempotent"
> {
  method: Method;
  /** With `{names}`. */
  path: string;
  /** The right by name; or `public`, `signed_in`, `operator`. */
  permission: string;
  /** Rights that some of its calls need beside that one. */
  alsoNeeds: string[];
  /** The status of an answer that succeeds. */
  status: number;
  isSocket: boolean;
}

/** In the order of the document. */
export const operations: readonly WalkedOperation[] = (await allOperations()).map((op) => ({
  ...op,
  permission: op.guard.permission,
  alsoNeeds: Object.keys(op.alsoNeeds ?? {}),
  status: op.status ?? 200,
  isSocket: isSocket(op),
}));

/** A share of a list for one of `of` files, so that the suite's runtimes divide a walk among themselves. */
export const shareOf = <T>(list: readonly T[], shard: number, of: number): T[] =>
  list.filter((_, i) => i % of === shard);

/** For `it.each`: a name and the operation. */
export const named = (list: readonly WalkedOperation[]): [string, WalkedOperation][] => list.map((op) => [op.id, op]);

export const operation = (id: string): WalkedOperation => operations.find((op) => op.id === id)!;

/** Names a right of the catalogue. */
export const needsRight = ({ permission }: WalkedOperation): boolean => isPermission(permission);
export const isPublic = ({ permission }: WalkedOperation): boolean => permission === "public";
export const isOperators = ({ permission }: WalkedOperation): boolean => permission === "operator";
/** Lets in somebody of a tenant. */
export const isOfTenant = (op: WalkedOperation): boolean => !isPublic(op) && !isOperators(op);

export const pathOf = ({ path }: WalkedOperation, params: (name: string) => string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params(name));

// ── Data from the areas' fixtures ────────────────────────────────────────────────────────────────────────────────────────

export const recipes: Record<string, Recipe> = Object.assign({}, ...fixtures.map((fixture) => fixture.recipes));
export const open: Record<string, string> = Object.assign({}, ...fixtures.map((fixture) => fixture.open));
export const taken = new Set(fixtures.flatMap((fixture) => fixture.taken ?? []));
const endings = new Set(fixtures.flatMap((fixture) => fixture.endings ?? []));

/**
 * An order in which each finds what it needs: deletions come last and in reverse, since what is inside others stands below them in
 * the document; after them operations that end something else.
 */
export function inOrder(list: readonly WalkedOperation[]): WalkedOperation[] {
  const rank = (op: WalkedOperation): number => (endings.has(op.id) ? 2 : op.method === "delete" ? 1 : 0);
  const place = (op: WalkedOperation): number => operations.indexOf(op) * (rank(op) === 0 ? 1 : -1);
  return list.toSorted((a, b) => rank(a) - rank(b) || place(a) - place(b));
}
