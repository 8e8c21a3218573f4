import { ChannelError, type SampleFile } from "../channel";
import { isRecord, parseJson, textOf } from "../json";
import { failed, graphCall, type GraphEndpoint, graphUrl, lost, UPLOAD_MS_PER_BYTE, USER_AGENT } from "./graph";

/** Meta: Resumable Upload API. A session takes the file; where it breaks off, it says how much it has. */

const MAX_ATTEMPTS = 3;

/**
 * Uploads a file and returns its handle. A part that was lost is repeated from where Meta has it. May be repeated,
 * since a handle alone is nothing. `appId`: whose upload it is; "app" is the token's own app. Throws ChannelError.
 */
export async function resumableUpload(
  endpoint: GraphEndpoint,
  token: string,
  appId: string,
  file: SampleFile,
): Promise<string> {
  const query = new URLSearchParams({
    file_name: file.fileName,
    file_length: String(file.sizeBytes),
    file_type: file.mimeType,
  });
  const opened = await graphCall(endpoint, token, "POST", `${appId}/uploads?${query.toString()}`, undefined, {
    idempotent: true,
  });
  const session = textOf(opened.id);
  // It becomes a part of an address to which the token is sent.
  if (session === undefined || !/^upload:[\w+/=:?&%.~-]{1,2000}$/.test(session)) throw unnamed("upload_session");
  let offset = 0;
  for (let attempt = 1; ; attempt++) {
    try {
      const handle = textOf((await sendFrom(endpoint, token, session, file, offset)).h);
      if (handle === undefined) throw unnamed("upload_handle");
      return handle;
    } catch (error) {
      if (!(error instanceof ChannelError) || error.failureClass !== "transient" || attempt === MAX_ATTEMPTS)
        throw error;
      const { file_offset: reached } = await graphCall(endpoint, token, "GET", session);
      offset = Math.min(Math.max(Number(textOf(reached) ?? 0) || 0, 0), file.sizeBytes);
    }
  }
}

async function sendFrom(
  endpoint: GraphEndpoint,
  token: string,
  session: string,
  file: SampleFile,
  offset: number,
): Promise<Record<string, unknown>> {
  const rest = file.sizeBytes - offset;
  // A fixed length, since not every server accepts chunked bodies.
  const { readable, writable } = new FixedLengthStream(rest);
  const written = (await file.open(offset)).pipeTo(writable).catch(() => undefined);
  let response: Response;
  let text: string;
  try {
    response = await fetch(graphUrl(endpoint, session), {
      method: "POST",
      headers: { authorization: `OAuth ${token}`, "user-agent": USER_AGENT, file_offset: String(offset) },
      redirect: "manual",
      signal: AbortSignal.timeout(endpoint.timeoutMs + rest * UPLOAD_MS_PER_BYTE),
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

const unnamed = (code: string): ChannelError =>
  new ChannelError("transient", { code, title: "The channel took the file without naming it" });
