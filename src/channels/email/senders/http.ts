import { ChannelError, type FailureClass, type Suppression } from "../../channel";
import { isRecord, parseJson, textOf } from "../../json";

/** The only client of providers' HTTP APIs. Every failure is a ChannelError, and no error contains the key. */

export interface ProviderCall {
  url: string;
  method: "GET" | "POST";
  headers: Record<string, string>;
  body?: unknown;
  timeoutMs: number;
  /** Whether a call whose answer was lost may be repeated: the provider recognises it. */
  isRepeatable: boolean;
}

export interface ProviderAnswer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

/** Returns every answer of the provider; `classify` decides about failures. Throws ChannelError if there is no answer. */
export async function callProvider(call: ProviderCall): Promise<ProviderAnswer> {
  try {
    const response = await fetch(call.url, {
      method: call.method,
      headers: { accept: "application/json", "content-type": "application/json", ...call.headers },
      redirect: "manual",
      signal: AbortSignal.timeout(call.timeoutMs),
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
    });
    const body = parseJson(await response.text());
    return { status: response.status, body: isRecord(body) ? body : {}, headers: response.headers };
  } catch (error) {
    throw new ChannelError(
      call.isRepeatable ? "transient" : "ambiguous",
      { code: "no_answer", title: "The mail provider did not answer" },
      undefined,
      { cause: error },
    );
  }
}

/** Opens a file at an address that the provider gave. */
export async function openProviderFile(url: string, timeoutMs: number): Promise<{ body: ReadableStream }> {
  const lost = (cause?: unknown): ChannelError =>
    new ChannelError("transient", { code: "no_file", title: "The mail could not be fetched" }, undefined, { cause });
  let response: Response;
  try {
    response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw lost(error);
  }
  if (response.ok && response.body) return { body: response.body };
  await response.body?.cancel();
  throw lost();
}

/**
 * The failure of an answer by its status, in the provider's words. `classOf` knows the provider's own codes;
 * `ofSuppressed` is added where the provider writes to a recipient no more.
 */
export function failureOf(
  { status, body, headers }: ProviderAnswer,
  isRepeatable: boolean,
  classOf: (code: string) => FailureClass | undefined = () => undefined,
  ofSuppressed: { suppresses?: Suppression } = {},
): ChannelError {
  const code = textOf(body.name) ?? textOf(body.ErrorCode) ?? textOf(body.code) ?? String(status);
  const title = textOf(body.message) ?? textOf(body.Message) ?? `The mail provider answered ${status}`;
  const retryAfter = Number(headers.get("retry-after") ?? Number.NaN);
  const failureClass = classOf(code) ?? byStatus(status, isRepeatable);
  return new ChannelError(
    failureClass,
    { code, title: title.slice(0, 500), ...(failureClass === "suppressed" && ofSuppressed) },
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}

function byStatus(status: number, isRepeatable: boolean): FailureClass {
  if (status === 401 || status === 403) return "reauth";
  if (status === 429) return "throttled";
  // Gateways that may have passed the call on.
  if ([408, 502, 504, 520, 522, 524].includes(status)) return isRepeatable ? "transient" : "ambiguous";
  return status >= 500 ? "transient" : "invalid";
}
