import { ChannelError, type ChannelServices, type FailureClass, type OutboundFile } from "../channel";
import { clock } from "../../kit/clock";
import { isRecord, parseJson } from "../json";
import { classify, isGraphError } from "./errors";

/**
 * The only client of the Graph API. Every failure is a ChannelError, and no error contains the token.
 *
 * The main question is whether a lost call may be repeated. Measured with workerd: a closed port, a reset before the
 * request, a reset after the request was read and half an answer all throw the same Error("Network connection lost.")
 * with `retryable: true`, even if the body is a stream that is held back until its first part is read. Only the timeout
 * (TimeoutError) is distinguishable, and it does not tell either. So a lost call that sends is `ambiguous`. To keep an
 * outage from making every message ambiguous, `suspects` records hosts of lost calls: the next sender first probes the
 * host (`probeSuspectHost`), which fails as `transient` while the host does not answer, since nothing was sent. Probing
 * is a separate step, because the message may have become unnecessary meanwhile.
 */

/** The address and version of Graph. */
export interface GraphEndpoint {
  graphApiUrl: string;
  graphApiVersion: string;
  timeoutMs: number;
}

export const graphEndpointOf = ({ config }: ChannelServices): GraphEndpoint => ({
  graphApiUrl: config.GRAPH_API_URL,
  graphApiVersion: config.GRAPH_API_VERSION,
  timeoutMs: config.GRAPH_TIMEOUT_MS,
});

export type GraphMethod = "GET" | "POST" | "DELETE";

export interface GraphCallOptions {
  /** Whether the call may be repeated. Default: true except for POST. */
  idempotent?: boolean;
}

const MAX_SUSPECTS = 32;
const PROBE_TIMEOUT_MS = 3000;
// Statuses of gateways, including Cloudflare's, that did not reach the service: nothing was sent.
const NEVER_ARRIVED = new Set([521, 523, 525, 526, 530]);
// Statuses of gateways that timed out or lost the answer.
const MAY_HAVE_ARRIVED = new Set([408, 502, 504, 520, 522, 524]);
// Meta's media hosts answer an HTML error to clients without a user agent.
export const USER_AGENT = "OmniStream/1";

/** Origins whose last call from this isolate was lost. Only causes a probe before the next call. */
const suspects = new Set<string>();

export async function graphCall(
  endpoint: GraphEndpoint,
  token: string,
  method: GraphMethod,
  path: string,
  body?: Record<string, unknown>,
  options: GraphCallOptions = {},
): Promise<Record<string, unknown>> {
  const idempotent = options.idempotent ?? method !== "POST";
  const url = graphUrl(endpoint, path);
  const init: RequestInit = {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      "user-agent": USER_AGENT,
      ...(body && { "content-type": "application/json" }),
    },
    redirect: "manual",
    signal: AbortSignal.timeout(endpoint.timeoutMs),
    ...(body && { body: JSON.stringify(body) }),
  };
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, init);
    text = await response.text();
  } catch (error) {
    suspect(url);
    throw lost(error, idempotent);
  }
  suspects.delete(originOf(url));
  const answer = parseJson(text);
  if (response.ok && isRecord(answer) && (answer.error ?? null) === null) return answer;
  throw failed(response, answer, idempotent, [token]);
}

/**
 * Opens a file at an address that Graph returned; `undefined` if the address has expired. The timeout covers only the
 * start of the answer: a large file may take longer, and its reader detects a stall (areas/media/copy.ts).
 */
export async function openGraphFile(
  endpoint: GraphEndpoint,
  token: string,
  url: string,
): Promise<{ body: ReadableStream; headers: Headers } | undefined> {
  if (!mayReceiveToken(endpoint, url)) {
    throw new ChannelError("rejected_media", {
      code: "media_url",
      title: "The address of the file is not one to send a token to",
    });
  }
  const abort = new AbortController();
  const timer = setTimeout(
    () => abort.abort(new DOMException("The file did not begin in time", "TimeoutError")),
    endpoint.timeoutMs,
  );
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, "user-agent": USER_AGENT },
      signal: abort.signal,
    });
  } catch (error) {
    throw lost(error, true);
  } finally {
    clearTimeout(timer);
  }
  if (response.ok && response.body !== null) return { body: response.body, headers: response.headers };
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  throw failed(response, parseJson(await response.text().catch(() => "")), true, [token]);
}

/** An upload may take a second per MiB in addition to the usual timeout. */
export const UPLOAD_MS_PER_BYTE = 1000 / (1024 * 1024);

/** Posts a form with a streamed file. May be repeated, since an upload alone sends nothing to anybody. */
export async function graphUpload(
  endpoint: GraphEndpoint,
  token: string,
  path: string,
  fields: Record<string, string>,
  file: OutboundFile,
): Promise<Record<string, unknown>> {
  const boundary = crypto.randomUUID();
  const part = (disposition: string, rest: string): string =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${rest}`;
  const before = Buffer.from(
    Object.entries(fields)
      .map(([name, value]) => part(`name="${name}"`, `\r\n${value}\r\n`))
      .join("") +
      part(`name="file"; filename="${escapeFileName(file.fileName)}"`, `content-type: ${file.mimeType}\r\n\r\n`),
  );
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  // A fixed length, since not every server accepts chunked forms.
  const { readable, writable } = new FixedLengthStream(before.byteLength + file.sizeBytes + after.byteLength);
  const written = writeForm(writable, before, file.body, after);
  let response: Response;
  let text: string;
  try {
    response = await fetch(graphUrl(endpoint, path), {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "user-agent": USER_AGENT,
        "content-type": `multipart/form-data; boundary=${boundary}`,
      },
      redirect: "manual",
      signal: AbortSignal.timeout(endpoint.timeoutMs + file.sizeBytes * UPLOAD_MS_PER_BYTE),
      body: readable,
    });
    text = await response.text();
  } catch (error) {
    throw lost(error, true);
  } finally {
    // Without this the writer would wait forever if the body was not read completely.
    await readable.cancel().catch(() => undefined);
    await written;
  }
  const answer = parseJson(text);
  if (response.ok && isRecord(answer) && (answer.error ?? null) === null) return answer;
  throw failed(response, answer, true, [token]);
}

async function writeForm(
  writable: WritableStream<Uint8Array>,
  before: Uint8Array,
  file: ReadableStream,
  after: Uint8Array,
): Promise<void> {
  try {
    const first = writable.getWriter();
    await first.write(before);
    first.releaseLock();
    await file.pipeTo(writable, { preventClose: true });
    const last = writable.getWriter();
    await last.write(after);
    await last.close();
  } catch {
    // The call itself reports the failure, also if the file was shorter than announced.
    await file.cancel().catch(() => undefined);
    await writable.abort().catch(() => undefined);
  }
}

/** Escapes a file name as browsers do, so that it cannot end the quoted name or the header. */
const escapeFileName = (name: string): string =>
  name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

export function graphUrl(endpoint: GraphEndpoint, path: string): string {
  return `${endpoint.graphApiUrl}/${endpoint.graphApiVersion}/${path.replace(/^\//, "")}`;
}

/**
 * Whether the token may be sent to this address: Meta's media hosts differ from Graph's, so any https address; without
 * TLS only Graph's own origin (a simulator).
 */
function mayReceiveToken(endpoint: GraphEndpoint, url: string): boolean {
  if (!URL.canParse(url)) return false;
  return new URL(url).protocol === "https:" || originOf(url) === originOf(endpoint.graphApiUrl);
}

/**
 * Checks that the host answers, if the last call to it was lost. Call it before a call that must not be repeated.
 * Throws `transient`.
 */
export async function probeSuspectHost({ graphApiUrl, timeoutMs }: GraphEndpoint): Promise<void> {
  const origin = originOf(graphApiUrl);
  if (!suspects.has(origin)) return;
  try {
    await fetch(origin, {
      method: "HEAD",
      headers: { "user-agent": USER_AGENT },
      redirect: "manual",
      signal: AbortSignal.timeout(Math.min(timeoutMs, PROBE_TIMEOUT_MS)),
    });
    suspects.delete(origin);
  } catch (error) {
    const failure = { code: "unreachable", title: "The channel cannot be reached; nothing was sent" };
    throw new ChannelError("transient", failure, undefined, { cause: error });
  }
}

function suspect(url: string): void {
  if (suspects.size >= MAX_SUSPECTS) suspects.clear();
  suspects.add(originOf(url));
}

/** The error of a call that was not answered. */
export function lost(error: unknown, idempotent: boolean): ChannelError {
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  const failure = timedOut
    ? { code: "timeout", title: "The channel did not answer in time" }
    : { code: "connection_lost", title: "The connection to the channel was lost" };
  return new ChannelError(idempotent ? "transient" : "ambiguous", failure, undefined, { cause: error });
}

/** The error of an answer. `secrets` of the call: Graph quotes a token that it cannot parse. */
export function failed(
  response: Response,
  answer: unknown,
  idempotent: boolean,
  secrets: readonly string[],
): ChannelError {
  const { failureClass, failure } = classify(response.status, answer);
  const decided = isGraphError(answer) ? failureClass : withoutGraph(response, failureClass);
  const { title, detail } = failure;
  return new ChannelError(
    decided === "ambiguous" && idempotent ? "transient" : decided,
    { ...failure, title: redact(title, secrets), ...(detail !== undefined && { detail: redact(detail, secrets) }) },
    retryAfterSeconds(response.headers),
  );
}

function withoutGraph(response: Response, byStatus: FailureClass): FailureClass {
  if (NEVER_ARRIVED.has(response.status)) return "transient";
  // An unreadable 2xx was most likely a success.
  return response.ok || MAY_HAVE_ARRIVED.has(response.status) ? "ambiguous" : byStatus;
}

export const redact = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret !== "")
    .reduce(
      (left, secret) => left.replaceAll(secret, "[token]").replaceAll(encodeURIComponent(secret), "[token]"),
      text,
    );

/** Retry-After, in seconds or as a date; else the longest wait in `X-Business-Use-Case-Usage`, which is in minutes. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const header = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const date = Date.parse(header);
  if (!Number.isNaN(date)) return Math.max(0, Math.ceil((date - clock.now()) / 1000));
  const usage = parseJson(headers.get("x-business-use-case-usage") ?? "");
  if (!isRecord(usage)) return undefined;
  const minutes = Object.values(usage)
    .flatMap((each): unknown[] => (Array.isArray(each) ? each : []))
    .map((each) => (isRecord(each) ? Number(each.estimated_time_to_regain_access) : 0))
    .filter((each) => each > 0);
  return minutes.length === 0 ? undefined : Math.max(...minutes) * 60;
}

function originOf(url: string): string {
  return new URL(url).origin;
}
