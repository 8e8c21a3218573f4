import type fc from "fast-check";
import { expect } from "vitest";
import type { Answer, Caller, Org } from "../harness";

/**
 * An area gives this to the suites that walk all operations, in one file beside its test: `<area>.fixture.ts`, listed in `fixtures.ts`.
 */
export interface Fixture {
  /** Makes one of everything of the area's that has an id; the fixtures before it in the list have made theirs. */
  make?(t: Tenant): Promise<Partial<Tenant>>;
  /** How each operation of the area is called, by its id. */
  recipes: Record<string, Recipe>;
  /** Operations that need no credential at all, and why. */
  open?: Record<string, string>;
  /** Operations that end what others need, though they delete nothing; called after all others. */
  endings?: readonly string[];
  /** Operations that succeed only once: their recipes ask for something that exists already. */
  taken?: readonly string[];
  /** A row that can be changed and deleted, made anew: by the id of the operation that changes it (test/update-race.test.ts). */
  races?: Record<string, (org: Org) => Promise<Race>>;
  /** For fuzzing: values that are there, by the name of the field that takes them; of `id` in a path by `id <tag>` or `id <operation>`. */
  pool?(t: Tenant): Record<string, string[]> | Promise<Record<string, string[]>>;
  /** For fuzzing: bodies whose fields fit each other, and the text of tables, which no schema says. */
  together?(t: Tenant): Record<string, fc.Arbitrary<unknown>>;
}

/** A tenant with one of everything that has an id. Each fixture declares what it makes. */
export interface Tenant {
  org: Org;
  /** Stands in every name and text of this tenant: where a stranger reads it, something leaks. */
  marker: string;
  /** The conversation is hers and her division's. */
  ana: Caller & { email: string };
  /** Is in no division. */
  bob: Caller & { email: string };
}

export interface Race {
  path: string;
  /** The change's body. */
  body: unknown;
  /** Where the change is sent to, if it is no PATCH of the path itself. */
  to?: { method: string; path: string };
  /** The problem's code once the row is gone. */
  gone: string;
  /** Deletes the row where no operation does. */
  remove?: () => Promise<unknown>;
}

/** Makes an entity through the API. Returns its path. */
export async function made(org: Org, path: string, body: unknown): Promise<string> {
  const answer = await org.call("POST", path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return `${path}/${answer.body.id}`;
}

export type Expected = number | ((answer: Answer, victim: Tenant) => void);

export interface Ask {
  params?: Record<string, string>;
  /** Pairs where a parameter is given several times. */
  query?: Record<string, string> | [name: string, value: string][];
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Recipe {
  /** Calls of the tenant's admin about the tenant's own entities. */
  asks(t: Tenant): Ask[];
  /** The answer to the admin of another tenant who makes the same calls. */
  stranger: Expected;
  /** The other tenant's admin asks of his own things, with an id of the victim's in the query or the body. */
  mixed?(own: Tenant, victim: Tenant): [Ask, Expected][];
  /** The answer to an agent who may not see the conversation; absent where the operation is not about one. */
  blind?: Expected;
  /** The answer to an agent without any right; for operations that need no permission by name. */
  unprivileged?: Expected;
  /** The answer to an admin's key of type `read`, where the permission alone does not decide it. */
  readKey?: Expected;
}

export const emptyPage: Expected = ({ status, body }) => expect([status, body.data]).toEqual([200, []]);
export const ownOnly: Expected = ({ status }) => expect(status).toBe(200);
export const created: Expected = ({ status }) => expect(status).toBe(201);

/** Somebody's id that nobody has. */
export const NOBODY = "00000000-0000-4000-8000-000000000000";

let n = 0;
/** A number that no other call gets. */
export const next = (): number => n++;
export const newEmail = (): string => `new-${Date.now()}-${next()}@example.test`;
export const newNumber = (): string => String(Math.floor(1e14 + Math.random() * 8e14));

export function aboutConversation(t: Tenant, more: Ask = {}): Ask {
  return { params: { id: t.conversationId }, ...more };
}
