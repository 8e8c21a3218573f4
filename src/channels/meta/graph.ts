import { ChannelError, type ChannelServices, type FailureClass, type OutboundFile } from "../channel";
import { clock } from "../../kit/clock";
import { isRecord, parseJson } from "../json";
import { classify, isGraphError } from "./errors";

/**
 * The one client of the Graph API. Every failure leaves it as a ChannelError, and a token never leaves it at all.
 *
 * Whether a lost call may be made again is the question that matters here. Measured with workerd: a port that nobody listens on, a
 * reset before, a reset after the request was read and half an answer all throw the same Error("Network connection lost.") with
 * `retryable: true`, even when the body is a stream that is held back until the first part was taken. Only the timeout
 * (TimeoutError) is told apart, and it says nothing either. So a lost call that sends is `ambiguous`. What keeps an outage from
 * making every message ambiguous is `suspects`: after one lost call the next sender first probes the host (`probeSuspectHost`), and
 * while the host does not answer, that fails as `transient`, since nothing was sent. It is a step of its own, since what was to be sent
 * may have become unnecessary during the probe.
 */

/** Where Graph is. */
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
  /** Whether making the call twice does no harm. Default: everything but POST. */
  idempotent?: boolean;
}

const MAX_SUSPECTS = 32;
const PROBE_TIMEOUT_MS = 3000;
// Said by a gateway before it reached the service behind it, by Cloudflare's own among them: nothing was sent.
const NEVER_ARRIVED = new Set([521, 523, 525, 526, 530]);
// Said by a gateway that gave up waiting, or that lost the answer.
const MAY_HAVE_ARRIVED = new Set([408, 502, 504, 520, 522, 524]);
// The service that holds media answers an HTML error to a client without a name.
const USER_AGENT = "OmniStream/1";

/** Origins whose last call was lost, as far as this isolate knows: only ever a reason to probe first. */
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
  throw failed(response, answer, idempotent, token);
}

/**
 * Opens a file that Graph gave the address of; `undefined` when the address leads nowhere any more. The timeout ends when the answer
 * begins: a large file may take its time, and whoever reads it gives up when it stalls (areas/media/copy.ts).
 */
export async function openGraphFile(
  endpoint: GraphEndpoint,
  token: string,
  url: string,
): Promise<{ body: ReadableStream; headers: Headers } | undefined> {
  if (!mayHoldToken(endpoint, url)) {
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
  throw failed(response, parseJson(await response.text().catch(() => "")), true, token);
}

/** A file may take a second a MiB on top of what every call may take. */
const UPLOAD_MS_A_BYTE = 1000 / (1024 * 1024);

/** Posts a form with a file, which streams. An upload alone reaches nobody: a lost one is simply made again. */
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
      .join("") + part(`name="file"; filename="${quotable(file.fileName)}"`, `content-type: ${file.mimeType}\r\n\r\n`),
  );
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  // A known length, since not every server takes a form in chunks.
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
      signal: AbortSignal.timeout(endpoint.timeoutMs + file.sizeBytes * UPLOAD_MS_A_BYTE),
      body: readable,
    });
    text = await response.text();
  } catch (error) {
    throw lost(error, true);
  } finally {
    // Whatever was not read is not wanted any more; without this the writer would wait for ever.
    await readable.cancel().catch(() => undefined);
    await written;
  }
  const answer = parseJson(text);
  if (response.ok && isRecord(answer) && (answer.error ?? null) === null) return answer;
  throw failed(response, answer, true, token);
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
    // The call has failed, and says why; or the file was shorter than it should be, and then the call fails for it.
    await file.cancel().catch(() => undefined);
    await writable.abort().catch(() => undefined);
  }
}

/** As browsers write it: a quote must not end the name, nor a line the header. */
const quotable = (name: string): string => name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

function graphUrl(endpoint: GraphEndpoint, path: string): string {
  return `${endpoint.graphApiUrl}/${endpoint.graphApiVersion}/${path.replace(/^\//, "")}`;
}

/** Media lives on hosts of Meta that are not Graph; where Graph is a simulator without TLS, on the simulator. */
function mayHoldToken(endpoint: GraphEndpoint, url: string): boolean {
  if (!URL.canParse(url)) return false;
  return new URL(url).protocol === "https:" || originOf(url) === originOf(endpoint.graphApiUrl);
}

/** Checks that the host answers, if the last call to it was lost. To be called before a call that must not be made twice. */
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

function lost(error: unknown, idempotent: boolean): ChannelError {
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  const failure = timedOut
    ? { code: "timeout", title: "The channel did not answer in time" }
    : { code: "connection_lost", title: "The connection to the channel was lost" };
  return new ChannelError(idempotent ? "transient" : "ambiguous", failure, undefined, { cause: error });
}

function failed(response: Response, answer: unknown, idempotent: boolean, token: string): ChannelError {
  const { failureClass, failure } = classify(response.status, answer);
  const decided = isGraphError(answer) ? failureClass : withoutGraph(response, failureClass);
  const { code, title, detail } = failure;
  return new ChannelError(
    decided === "ambiguous" && idempotent ? "transient" : decided,
    // Graph repeats a token that it cannot read: "Malformed access token …".
    { code, title: without(title, token), ...(detail !== undefined && { detail: without(detail, token) }) },
    retryAfterSeconds(response.headers),
  );
}

function withoutGraph(response: Response, byStatus: FailureClass): FailureClass {
  if (NEVER_ARRIVED.has(response.status)) return "transient";
  // A 2xx that cannot be read was most likely a success.
  return response.ok || MAY_HAVE_ARRIVED.has(response.status) ? "ambiguous" : byStatus;
}

function without(text: string, token: string): string {
  return token === "" ? text : text.replaceAll(token, "[token]").replaceAll(encodeURIComponent(token), "[token]");
}

/** Retry-After, in seconds or as a date; else the longest wait that `X-Business-Use-Case-Usage` estimates, in minutes. */
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
