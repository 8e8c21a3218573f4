import { bodyTooLarge, malformed, unsupportedMediaType } from "./problem";

export const MAX_JSON_BYTES = 1024 * 1024;
const MAX_DEPTH = 32;

/**
 * Reads a body of at most `maxBytes`, without trusting Content-Length. `admit` is called with the size that is known so
 * far, and refuses the body by throwing. Throws `body_too_large`.
 */
export async function readBytes(
  request: Request,
  maxBytes: number,
  admit?: (sizeBytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) throw bodyTooLarge(`the maximum is ${maxBytes} bytes`);
  admit?.(declared);
  if (!request.body) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  // An explicit reader, since the stream's async iterator costs twice as much and every body is read here.
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw bodyTooLarge(`the maximum is ${maxBytes} bytes`);
    }
    admit?.(size);
    parts.push(value);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** Throws `malformed_request` for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw malformed("the body is not valid UTF-8");
  }
}

/** The depth of brackets outside strings. Checked before parsing, so that no parser recurses into untrusted nesting. */
export function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth);
    else if (code === 125 || code === 93) depth--;
  }
  return deepest;
}

/**
 * Parses JSON. An escaped lone surrogate becomes U+FFFD, as in any encoding to UTF-8: SQLite would return a different
 * text than it was given.
 */
export function readJson(text: string): unknown {
  if (!/\\ud[89a-f]/i.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_, value: unknown) => (typeof value === "string" ? value.toWellFormed() : value));
}

export async function readJsonBody(request: Request): Promise<{ text: string; value: unknown }> {
  const type = (request.headers.get("content-type") ?? "").toLowerCase();
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/.test(type))
    throw unsupportedMediaType("the body must be application/json");
  const charset = /charset="?([\w-]+)"?/.exec(type)?.[1];
  if (charset && charset !== "utf-8" && charset !== "utf8") throw unsupportedMediaType("the body must be UTF-8");
  const text = decodeUtf8(await readBytes(request, MAX_JSON_BYTES));
  if (nestingOf(text) > MAX_DEPTH) throw malformed(`nested deeper than ${MAX_DEPTH}`);
  let value: unknown;
  try {
    value = readJson(text);
  } catch {
    throw malformed("the body is not valid JSON");
  }
  // SQLite ends a text at NUL, so it would store a truncated text. An escaped backslash before u0000 is not an escape.
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(text)) throw malformed("the body contains a NUL character");
  return { text, value };
}
