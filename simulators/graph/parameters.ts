/** Parameters of the Graph API: JSON or a form. */
import type { Json } from "./state.ts";

/** Parses the body. Undefined if it is neither an object nor a form nor empty. */
export async function readBody(request: Request): Promise<Json | undefined> {
  const type = request.headers.get("Content-Type") ?? "";
  // Not `text()`, of which workerd warns for a form.
  const text = new TextDecoder().decode(await request.arrayBuffer());
  if (text.trim() === "") return {};
  if (type.includes("application/x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
