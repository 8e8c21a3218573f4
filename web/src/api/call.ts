import type { Calls, Problem } from "./api.gen";
import { loadProblemWords } from "./problem-words";

/** Calls the API by method and path: `call("GET /api/conversations/{id}", { params: { id } })`. */

export type CallName = keyof Calls;
export type Answer<Name extends CallName> = Calls[Name]["answer"];
type Asked<Name extends CallName> = Omit<Calls[Name], "answer">;
interface Ways {
  /** Idempotency-Key of a POST. By default a new one, so that a retry by `call` itself does nothing twice. */
  key?: string;
  signal?: AbortSignal;
  /** A refusal is no sign that the session has ended: the login itself. */
  isLogin?: boolean;
  /** Called with this token instead of the session. */
  bearer?: string;
}
type Options<Name extends CallName> = Asked<Name> & Ways;
type Arguments<Name extends CallName> =
  object extends Asked<Name> ? [options?: Options<Name>] : [options: Options<Name>];

/** A refusal or failure that the API has explained. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string | undefined;
  readonly errors: readonly { field: string; message: string }[];
  readonly requestId: string;
  /** Undefined: it does not say. */
  readonly retryAfterSeconds: number | undefined;
  constructor(problem: Problem, retryAfter: string | null) {
    super(problem.detail ?? problem.title);
    this.name = "ApiProblem";
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id;
    this.retryAfterSeconds = retryAfter === null ? undefined : Number(retryAfter);
  }
}

/** The answer did not come: no network, or the server is not there. Nobody knows whether the call was carried out. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("unreachable", { cause });
    this.name = "Unreachable";
  }
}

/** Whether the same call may succeed later without a change by a person. */
export const isTemporary = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof ApiProblem && (error.status >= 500 || error.status === 429));

/** The newest bookmark of this tab: every read then sees what the tab wrote (docs/live.md). */
let bookmark: string | undefined;
/** How far the server's clock is ahead, in milliseconds: windows and deadlines are the server's. */
let clockOffsetMs = 0;
export const serverNow = (): number => Date.now() + clockOffsetMs;

let onSignedOut = (): void => undefined;
/** `listener` is called when a call is refused because the session has ended. */
export const whenSignedOut = (listener: () => void): void => void (onSignedOut = listener);

export async function call<Name extends CallName>(name: Name, ...[options]: Arguments<Name>): Promise<Answer<Name>> {
  const [method, path] = name.split(" ") as [string, string];
  const asked = (options ?? {}) as Ways & {
    params?: Record<string, string>;
    query?: Record<string, unknown>;
    body?: unknown;
    form?: FormData;
  };
  const { params, query, body, form, key, signal, isLogin, bearer } = asked;
  const response = await answered(`${filled(path, params)}${searchOf(query)}`, {
    method,
    headers: {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(method === "GET" && bookmark !== undefined && { "x-d1-bookmark": bookmark }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(method === "POST" && { "idempotency-key": key ?? crypto.randomUUID() }),
    },
    ...(body === undefined ? form && { body: form } : { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  noteHeaders(response.headers);
  if (response.ok) return (await bodyOf(response)) as Answer<Name>;
  if (response.status === 401 && !isLogin && bearer === undefined) onSignedOut();
  throw await problemOf(response);
}

/** The address of a call that the browser itself makes: a download, an image. */
export const filled = (path: string, params: Record<string, string> = {}): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));

/** Lists are repeated: `status=open&status=pending`. */
export function searchOf(query: Record<string, unknown> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat())
      if (one !== undefined) search.append(name, String(one as string | number | boolean));
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

async function answered(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Unreachable(error);
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const type = response.headers.get("content-type") ?? "";
  try {
    return await (type.includes("json") ? response.json() : response.text());
  } catch (error) {
    throw new Unreachable(error);
  }
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = response.headers.get("retry-after");
  const requestId = response.headers.get("x-request-id") ?? "";
  const [body] = (await Promise.all([response.json().catch(() => undefined), loadProblemWords()])) as [
    Problem | undefined,
    void,
  ];
  const problem = body?.code === undefined ? undefined : body;
  const { status, statusText } = response;
  return new ApiProblem(
    problem ?? { type: "", title: statusText, status, code: "unexpected_answer", request_id: requestId },
    retryAfter,
  );
}

export function noteHeaders(headers: Headers): void {
  bookmark = headers.get("x-d1-bookmark") ?? bookmark;
  const date = headers.get("date");
  // A second is all that the header tells.
  if (date === null) return;
  const offset = Date.parse(date) - Date.now();
  if (Math.abs(offset - clockOffsetMs) > 2000) clockOffsetMs = offset;
}
