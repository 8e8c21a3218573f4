import type { ProblemBody } from "./problem-body";

export interface FieldError {
  field: string;
  message: string;
}

export type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 410
  | 413
  | 415
  | 416
  | 422
  | 426
  | 429
  | 500
  | 502
  | 503;

export interface ProblemKind {
  readonly code: string;
  readonly status: ProblemStatus;
  readonly title: string;
  (detail?: string, extra?: ProblemExtra): Problem;
}

export interface ProblemExtra {
  errors?: readonly FieldError[];
  /** Sent as Retry-After. */
  retryAfterSeconds?: number;
  /** Sent as Allow. */
  allowed?: readonly string[];
  /** The total size in bytes, for an unsatisfiable range. Sent as Content-Range. */
  sizeBytes?: number;
  cause?: unknown;
}

export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly extra: ProblemExtra;
  constructor(kind: ProblemKind, detail: string | undefined, extra: ProblemExtra) {
    super(detail ?? kind.title, { cause: extra.cause });
    this.name = "Problem";
    this.kind = kind;
    this.extra = extra;
  }
}

/** The most errors of a problem: a caller who makes thousands of faults does not get an answer of megabytes. */
export const MAX_ERRORS = 20;
const MAX_DETAIL_CHARS = 1000;

/** The errors of fields in the form that a problem has them, also in words. */
export function statedErrors(all: readonly FieldError[]): { detail: string; errors: FieldError[] } {
  const errors = all
    .slice(0, MAX_ERRORS)
    .map(({ field, message }) => ({ field: field.slice(0, 200), message: message.slice(0, 500) }));
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return { detail: detail.slice(0, MAX_DETAIL_CHARS), errors };
}

/** Declares a problem that the API can return. Calling the result creates the error to throw. */
export function defineProblem(spec: { code: string; status: ProblemStatus; title: string }): ProblemKind {
  const kind: ProblemKind = Object.assign(
    (detail?: string, extra: ProblemExtra = {}): Problem => new Problem(kind, detail, extra),
    spec,
  );
  return kind;
}

/** The problem that these fields are. */
export function invalidFields(kind: ProblemKind, all: readonly FieldError[]): Problem {
  const { detail, errors } = statedErrors(all);
  return kind(detail, { errors });
}

export const malformed = defineProblem({ code: "malformed_request", status: 400, title: "Malformed request" });
export const unauthenticated = defineProblem({
  code: "unauthenticated",
  status: 401,
  title: "Authentication is required",
});
export const forbidden = defineProblem({ code: "forbidden", status: 403, title: "Permission denied" });
export const badOrigin = defineProblem({
  code: "origin_mismatch",
  status: 403,
  title: "Cookie-authenticated changes must come from the same origin",
});
export const notFound = defineProblem({ code: "not_found", status: 404, title: "Not found" });
export const methodNotAllowed = defineProblem({ code: "method_not_allowed", status: 405, title: "Method not allowed" });
export const idempotencyConflict = defineProblem({
  code: "idempotency_key_reused",
  status: 409,
  title: "The Idempotency-Key was already used with a different request",
});
export const changedMeanwhile = defineProblem({
  code: "changed_meanwhile",
  status: 409,
  title: "Somebody else changed it at the same time; try again",
});
export const bodyTooLarge = defineProblem({
  code: "body_too_large",
  status: 413,
  title: "The request body is too large",
});
export const unsupportedMediaType = defineProblem({
  code: "unsupported_media_type",
  status: 415,
  title: "Unsupported media type",
});
export const invalidRequest = defineProblem({ code: "invalid_request", status: 422, title: "The request is invalid" });
export const tooManyRequests = defineProblem({ code: "too_many_requests", status: 429, title: "Too many requests" });
export const internal = defineProblem({ code: "internal", status: 500, title: "Internal server error" });
export const upgradeInProgress = defineProblem({
  code: "upgrade_in_progress",
  status: 503,
  title: "The service is being upgraded; try again shortly",
});
export const overloaded = defineProblem({
  code: "overloaded",
  status: 503,
  title: "The service is temporarily overloaded",
});

export function problemResponse(problem: Problem, requestId: string): Response {
  const { code, status, title } = problem.kind;
  const body: ProblemBody = {
    type: `https://omnistream.dev/problems/${code}`,
    title,
    status,
    code,
    // An unexpected failure must not reveal details.
    ...(problem.kind !== internal && problem.message !== title && { detail: problem.message }),
    ...(problem.extra.errors && { errors: [...problem.extra.errors] }),
    request_id: requestId,
  };
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (problem.extra.retryAfterSeconds !== undefined)
    headers.set("retry-after", String(Math.ceil(problem.extra.retryAfterSeconds)));
  if (problem.extra.allowed) headers.set("allow", [...new Set(problem.extra.allowed)].join(", "));
  if (problem.extra.sizeBytes !== undefined) headers.set("content-range", `bytes */${problem.extra.sizeBytes}`);
  if (status === 401) headers.set("www-authenticate", "Bearer");
  return new Response(JSON.stringify(body), { status, headers });
}
