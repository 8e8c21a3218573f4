/** Structured lines for Workers Logs. Only ids and codes: no bodies, no secrets, and of an unexpected error its kind and place. */
export function logError(event: string, error: unknown, fields: Record<string, unknown> = {}): void {
  console.error(JSON.stringify({ level: "error", event, ...fields, error: describeError(error) }));
}

/** Nothing has failed, but somebody should know. */
export function logWarning(event: string, fields: Record<string, unknown> = {}): void {
  console.warn(JSON.stringify({ level: "warning", event, ...fields }));
}

export function logInfo(event: string, fields: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ level: "info", event, ...fields }));
}

/** drizzle puts the bound values into its message ("params: …"); its cause has the database's words alone. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === "string" ? error : "unknown";
  if (error.name === "DrizzleQueryError")
    return error.cause instanceof Error ? `query failed: ${error.cause.message}` : "query failed";
  return `${error.name}: ${error.message}\n${(error.stack ?? "").split("\n").slice(1, 6).join("\n")}`;
}
