/** The APIs of Resend and Postmark, and what stands behind Cloudflare's binding: what the app's senders call. */
import { addressIn, type MailState, type SentMail } from "./state.ts";

type Json = Record<string, unknown>;
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const bytesOf = (base64: unknown): number => Buffer.from(text(base64), "base64").byteLength;
const records = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** The answer, and the mail if the call made one. Undefined: no such endpoint. */
export async function answerProvider(
  request: Request,
  path: string,
  state: MailState,
  now: number,
): Promise<{ response: Response; accepted?: SentMail } | undefined> {
  const { method } = request;
  if (method === "GET" && path === "/resend/domains") return { response: Response.json({ data: [] }) };
  if (method === "GET" && path === "/postmark/server") return { response: Response.json({ ID: 1, Name: "Simulated" }) };
  const [, receivedId] = /^\/resend\/emails\/receiving\/([\w-]+)$/.exec(path) ?? [];
  if (method === "GET" && receivedId !== undefined) return { response: receivedMail(request, receivedId, state) };
  const [, rawId] = /^\/resend\/raw\/([\w-]+)$/.exec(path) ?? [];
  if (method === "GET" && rawId !== undefined)
    return {
      response: new Response(state.announced.get(rawId) ?? "", { status: state.announced.has(rawId) ? 200 : 404 }),
    };
  if (method === "POST" && path === "/resend/emails") return acceptResend(request, state, now);
  if (method === "POST" && path === "/cloudflare/send") return acceptCloudflare(request, state, now);
  if (method === "POST" && path === "/postmark/email") return acceptPostmark(request, state, now);
  return undefined;
}

function receivedMail(request: Request, id: string, state: MailState): Response {
  if (!state.announced.has(id))
    return Response.json({ name: "not_found", message: "Email not found" }, { status: 404 });
  const url = new URL(request.url);
  return Response.json({ object: "email", id, raw: { download_url: `${url.origin}/resend/raw/${id}` } });
}

async function acceptResend(request: Request, state: MailState, now: number) {
  if (!request.headers.get("authorization")?.startsWith("Bearer "))
    return { response: Response.json({ name: "missing_api_key", message: "Missing API key" }, { status: 401 }) };
  const body = (await request.json()) as Json;
  const key = request.headers.get("idempotency-key");
  const known = key === null ? undefined : state.answers.get(key);
  if (known !== undefined) return { response: Response.json({ id: known }) };
  if (texts(body.to).length === 0 || !text(body.from))
    return {
      response: Response.json({ name: "missing_required_field", message: "Missing `to` field." }, { status: 422 }),
    };
  const id = crypto.randomUUID();
  const accepted: SentMail = {
    id,
    provider: "resend",
    // Resend sets its own.
    messageId: `<${id}@resend.example>`,
    from: addressIn(text(body.from)),
    to: [...texts(body.to), ...texts(body.cc), ...texts(body.bcc)],
    subject: text(body.subject),
    text: text(body.text),
    html: text(body.html),
    replyTo: texts(body.reply_to)[0] ?? "",
    headers: (body.headers ?? {}) as Record<string, string>,
    reference: text(records(body.tags)[0]?.value),
    attachments: records(body.attachments).map((one) => ({
      name: text(one.filename),
      type: text(one.content_type),
      bytes: bytesOf(one.content),
    })),
    body,
    events: [],
    at: now,
  };
  state.sent.push(accepted);
  if (key !== null) state.answers.set(key, id);
  return { response: Response.json({ id }), accepted };
}

async function acceptPostmark(request: Request, state: MailState, now: number) {
  if (!request.headers.get("x-postmark-server-token"))
    return {
      response: Response.json(
        { ErrorCode: 10, Message: "No Account or Server API tokens were supplied" },
        { status: 401 },
      ),
    };
  const body = (await request.json()) as Json;
  const list = (value: unknown): string[] => text(value).split(",").map(addressIn).filter(Boolean);
  if (list(body.To).length === 0)
    return { response: Response.json({ ErrorCode: 300, Message: "Zero recipients specified" }, { status: 422 }) };
  const headers = Object.fromEntries(records(body.Headers).map(({ Name, Value }) => [text(Name), text(Value)]));
  const id = crypto.randomUUID();
  const accepted: SentMail = {
    id,
    provider: "postmark",
    messageId: headers["X-PM-KeepID"] === "true" ? (headers["Message-ID"] ?? "") : `<${id}@mtasv.net>`,
    from: addressIn(text(body.From)),
    to: [...list(body.To), ...list(body.Cc), ...list(body.Bcc)],
    subject: text(body.Subject),
    text: text(body.TextBody),
    html: text(body.HtmlBody),
    replyTo: text(body.ReplyTo),
    headers,
    reference: text((body.Metadata as Json | undefined)?.message),
    attachments: records(body.Attachments).map((one) => ({
      name: text(one.Name),
      type: text(one.ContentType),
      bytes: bytesOf(one.Content),
    })),
    body,
    events: [],
    at: now,
  };
  state.sent.push(accepted);
  const answer = {
    To: text(body.To),
    SubmittedAt: new Date(now).toISOString(),
    MessageID: id,
    ErrorCode: 0,
    Message: "OK",
  };
  return { response: Response.json(answer), accepted };
}

/** Cloudflare answers with the Message-ID that it sets, and lets no caller set one. */
async function acceptCloudflare(request: Request, state: MailState, now: number) {
  const body = (await request.json()) as Json;
  const refused = (code: string, message: string) => ({ response: Response.json({ code, message }, { status: 400 }) });
  const headers = (body.headers ?? {}) as Record<string, string>;
  const unknown = Object.keys(headers).find((name) => !CLOUDFLARE_HEADERS.test(name));
  if (unknown !== undefined) return refused("E_HEADER_NOT_ALLOWED", `${unknown} cannot be set`);
  const to = [...texts(body.to), ...texts(body.cc), ...texts(body.bcc)];
  if (to.length === 0 || to.length > 50) return refused("E_TOO_MANY_RECIPIENTS", "1 to 50 recipients");
  const suppressed = to.find((address) => /^suppressed\b/.test(address));
  if (suppressed !== undefined) return refused("E_RECIPIENT_SUPPRESSED", `${suppressed} is on the suppression list`);
  const from = body.from as string | { email: string };
  const id = crypto.randomUUID();
  const accepted: SentMail = {
    id,
    provider: "cloudflare",
    messageId: `<${id}@cloudflare.example>`,
    from: addressIn(typeof from === "string" ? from : from.email),
    to,
    subject: text(body.subject),
    text: text(body.text),
    html: text(body.html),
    replyTo: text(body.replyTo),
    headers,
    reference: "",
    attachments: records(body.attachments).map(({ filename, type, bytes }) => ({
      name: text(filename),
      type: text(type),
      bytes: Number(bytes),
    })),
    body,
    events: [],
    at: now,
  };
  state.sent.push(accepted);
  return { response: Response.json({ messageId: accepted.messageId }), accepted };
}

const CLOUDFLARE_HEADERS =
  /^(in-reply-to|references|list-unsubscribe|list-unsubscribe-post|list-id|auto-submitted|precedence|importance|x-[\w-]+)$/i;
