import { ChannelError, type OpenedFile } from "../channel";
import { publicUrlFault } from "../../kit/public-url";
import type { GraphEndpoint } from "./graph";

const MAX_HOPS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Opens a file at the address in a message. It needs no token and expires. The payload may be signed by an account's own
 * secret, so an address that is not public is not called; without TLS only Graph's own origin (a simulator).
 */
export async function openAttachment({ graphApiUrl, timeoutMs }: GraphEndpoint, url: string): Promise<OpenedFile> {
  let response = await request(graphApiUrl, url, timeoutMs);
  for (let hops = 0; hops < MAX_HOPS && REDIRECTS.has(response.status); hops++) {
    await response.body?.cancel();
    const to = response.headers.get("location") ?? "";
    response = await request(graphApiUrl, URL.canParse(to, url) ? new URL(to, url).href : "", timeoutMs);
  }
  if (response.ok && response.body !== null) {
    const sizeBytes = Number(response.headers.get("content-length") ?? Number.NaN);
    const mimeType = response.headers.get("content-type");
    return {
      body: response.body,
      ...(mimeType !== null && { mimeType }),
      ...(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 && { sizeBytes }),
    };
  }
  await response.body?.cancel();
  const isPassing = response.status >= 500 || response.status === 429 || response.status === 408;
  throw isPassing
    ? new ChannelError("transient", { code: `http_${response.status}`, title: "The file could not be opened" })
    : new ChannelError("rejected_media", { code: "media_gone", title: "The channel no longer has the file" });
}

async function request(graphApiUrl: string, url: string, timeoutMs: number): Promise<Response> {
  if (!isOf(graphApiUrl, url) && publicUrlFault(url) !== undefined)
    throw new ChannelError("rejected_media", { code: "media_url", title: "The address of the file is not public" });
  const abort = new AbortController();
  const late = new DOMException("The file did not begin in time", "TimeoutError");
  const timer = setTimeout(() => abort.abort(late), timeoutMs);
  try {
    // By hand, so that no redirection leads to an address that is not public.
    return await fetch(url, { headers: { "user-agent": "OmniStream/1" }, redirect: "manual", signal: abort.signal });
  } catch (error) {
    const failure = { code: "media_unreachable", title: "The address of the file did not answer" };
    throw new ChannelError("transient", failure, undefined, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

const isOf = (base: string, url: string): boolean => URL.canParse(url) && new URL(url).origin === new URL(base).origin;
