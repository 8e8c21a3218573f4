import { DrizzleQueryError } from "drizzle-orm/errors";

/**
 * Logs structured lines for Workers Logs. Only ids and codes: no bodies and no secrets; for an unexpected error its
 * name and origin.
 */
export function logError(event: string, error: unknown, fields: Record<string, unknown> = {}): void {
  console.error(JSON.stringify({ level: "error", event, ...fields, error: describeError(error) }));
}

/** Logs a condition that needs attention but is no failure. */
export function logWarning(event: string, fields: Record<string, unknown> = {}): void {
  console.warn(JSON.stringify({ level: "warning", event, ...fields }));
}

export function logInfo(event: string, fields: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ level: "info", event, ...fields }));
}

/**
 * drizzle's message contains the bound values ("params: …"), so its cause, which has only the database's message, is
 * used.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === "string" ? error : "unknown";
  if (error instanceof DrizzleQueryError)
    return error.cause instanceof Error ? `query failed: ${error.cause.message}` : "query failed";
  return `${error.name}: ${error.message}\n${(error.stack ?? "").split("\n").slice(1, 6).join("\n")}`;
}
