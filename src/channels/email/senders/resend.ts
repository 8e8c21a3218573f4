import { ChannelError, type FailureClass } from "../../channel";
import { defined, isRecord, textOf } from "../../json";
import { headerAddress } from "../address";
import { callProvider, failureOf, openProviderFile, type ProviderAnswer } from "./http";
import { base64Of, type EmailSender, type OutgoingMail, extraHeaders } from "./sender";

/** Resend: POST /emails, with an Idempotency-Key that it remembers for 24 hours. It sets its own Message-ID. */

interface ResendAccess {
  baseUrl: string;
  apiKey: string;
  timeoutMs: number;
}

const CLASSES: Record<string, FailureClass> = {
  invalid_api_key: "reauth",
  missing_api_key: "reauth",
  restricted_api_key: "reauth",
  rate_limit_exceeded: "throttled",
  daily_quota_exceeded: "throttled",
  monthly_quota_exceeded: "throttled",
  concurrent_idempotent_requests: "transient",
  internal_server_error: "transient",
  application_error: "transient",
  invalid_from_address: "account_blocked",
};

const call = (
  { baseUrl, apiKey, timeoutMs }: ResendAccess,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ProviderAnswer> =>
  callProvider({
    url: baseUrl + path,
    method,
    headers: { authorization: `Bearer ${apiKey}`, ...headers },
    body,
    timeoutMs,
    isRepeatable: true,
  });

const isOk = ({ status }: ProviderAnswer): boolean => status >= 200 && status < 300;

export function resendSender(access: ResendAccess): EmailSender {
  return {
    async send(mail) {
      const answer = await call(access, "POST", "/emails", await requestOf(mail), {
        "idempotency-key": mail.reference,
      });
      const id = textOf(answer.body.id);
      if (isOk(answer) && id !== undefined) return { externalId: id };
      throw failureOf(answer, true, (code) => CLASSES[code]);
    },
    async verify() {
      const answer = await call(access, "GET", "/domains");
      // A key that may only send is refused with `restricted_api_key`, and is enough.
      if (!isOk(answer) && answer.body.name !== "restricted_api_key")
        throw failureOf(answer, true, (code) => CLASSES[code]);
    },
  };
}

async function requestOf(mail: OutgoingMail): Promise<Record<string, unknown>> {
  return defined({
    from: headerAddress(mail.from),
    to: mail.to,
    cc: mail.cc.length > 0 ? mail.cc : undefined,
    bcc: mail.bcc.length > 0 ? mail.bcc : undefined,
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    reply_to: [mail.replyTo],
    headers: extraHeaders(mail),
    // A tag's value has no dot.
    tags: [{ name: "message", value: mail.reference.replace(".", "_") }],
    attachments:
      mail.files.length === 0
        ? undefined
        : await Promise.all(
            mail.files.map(async (file) => ({
              filename: file.fileName,
              content_type: file.mimeType,
              content: await base64Of(file),
              ...(file.contentId !== undefined && { content_id: file.contentId }),
            })),
          ),
  });
}

/** Resend announces a mail without its content: its address is asked for, and works for an hour. */
export async function openReceived(access: ResendAccess, id: string): Promise<{ body: ReadableStream }> {
  const answer = await call(access, "GET", `/emails/receiving/${encodeURIComponent(id)}`);
  if (!isOk(answer)) throw failureOf(answer, true, (code) => CLASSES[code]);
  const url = isRecord(answer.body.raw) ? textOf(answer.body.raw.download_url) : undefined;
  if (url === undefined)
    throw new ChannelError("transient", { code: "no_raw", title: "The mail provider has no content for the mail yet" });
  return openProviderFile(url, access.timeoutMs);
}
