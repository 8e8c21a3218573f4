import type { Config } from "../../config";
import { retryAfterMs } from "../../domain/webhook";
import { clock } from "../../kit/clock";
import { publicUrlFault } from "../../kit/public-url";
import { signedHeaders } from "./signature";

/** The only client of others' endpoints. */

const PROTOCOLS = ["https:", "http:"] as const;
/** The reason why events cannot be sent to an address; undefined if they can. */
export const endpointFault = ({ WEBHOOK_LOCAL_ORIGIN: local }: Config, url: string): string | undefined =>
  local !== undefined && URL.canParse(url) && new URL(url).origin === local
    ? undefined
    : publicUrlFault(url, PROTOCOLS);

const MAX_KEPT_BYTES = 16 * 1024;

/** An endpoint with its secrets decrypted. */
export interface Endpoint {
  url: string;
  /** The newest first. */
  secrets: readonly string[];
  headers: Readonly<Record<string, string>>;
}

/** The result of one attempt. */
export interface Answer {
  isSuccess: boolean;
  httpStatus: number | null;
  /** The beginning of what the endpoint said. */
  body: string | null;
  error: string | null;
  retryAfterMs?: number;
  durationMs: number;
}

/** Sends a delivery once. Never throws. Only 2xx is a success; a redirect is not followed. */
export async function postTo(
  endpoint: Endpoint,
  delivery: { id: string; body: string },
  config: Config,
): Promise<Answer> {
  const startedAt = clock.now();
  const failed = (error: string): Answer => ({
    isSuccess: false,
    httpStatus: null,
    body: null,
    error,
    durationMs: clock.now() - startedAt,
  });
  // Checked again at each attempt: the rules may have become stricter since the endpoint was made.
  const fault = endpointFault(config, endpoint.url);
  if (fault !== undefined) return failed(`The address is refused: ${fault}`);
  const { WEBHOOK_TIMEOUT_MS: timeoutMs } = config;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(endpoint.url, {
      method: "POST",
      headers: {
        ...endpoint.headers,
        "content-type": "application/json",
        "user-agent": "OmniStream-Webhooks/1.0",
        ...(await signedHeaders(endpoint.secrets, delivery, startedAt)),
      },
      body: delivery.body,
      redirect: "manual",
      signal,
    });
    const { status } = response;
    const body = await beginningOf(response);
    const wait = retryAfterMs(response.headers.get("retry-after"), clock.now());
    return {
      isSuccess: status >= 200 && status < 300,
      httpStatus: status,
      body,
      error: errorOf(status),
      ...(wait !== undefined && { retryAfterMs: wait }),
      durationMs: clock.now() - startedAt,
    };
  } catch {
    // The platform's words may contain the address with its query, which may have a secret.
    return failed(signal.aborted ? `No answer within ${timeoutMs / 1000} seconds` : "No connection, or it was cut off");
  }
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `Answered ${status}; redirects are not followed`;
  return `Answered ${status}`;
}

/** Reads no more than is kept. A body that breaks off stays short: the status has said how it went. */
async function beginningOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (!response.body) return "";
  const reader = response.body.getReader();
  try {
    while (length < MAX_KEPT_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value as Uint8Array);
      length += (value as Uint8Array).length;
    }
  } catch {
    // See above.
  }
  await reader.cancel().catch(() => {});
  // SQLite ends a text at NUL.
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, MAX_KEPT_BYTES)).replaceAll("\u0000", "\uFFFD");
}
