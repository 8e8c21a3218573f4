import type { FailureClass } from "../../channel";
import { defined, textOf } from "../../json";
import { headerAddress } from "../address";
import { callProvider, failureOf, type ProviderAnswer } from "./http";
import { base64Of, type EmailSender, type OutgoingMail, extraHeaders, suppressionOf } from "./sender";

/** Postmark: POST /email. It keeps our Message-ID, and does not recognise a repeated call. */

interface PostmarkAccess {
  baseUrl: string;
  apiKey: string;
  timeoutMs: number;
}

const CLASSES: Record<string, FailureClass> = {
  "10": "reauth",
  "300": "invalid",
  "400": "account_blocked",
  "401": "account_blocked",
  "405": "account_blocked",
  "406": "suppressed",
  "412": "account_blocked",
};

const call = (
  { baseUrl, apiKey, timeoutMs }: PostmarkAccess,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<ProviderAnswer> =>
  callProvider({
    url: baseUrl + path,
    method,
    headers: { "x-postmark-server-token": apiKey },
    body,
    timeoutMs,
    isRepeatable: method === "GET",
  });

export function postmarkSender(access: PostmarkAccess): EmailSender {
  return {
    async send(mail) {
      const answer = await call(access, "POST", "/email", await requestOf(mail));
      const id = textOf(answer.body.MessageID);
      if (answer.status === 200 && id !== undefined && answer.body.ErrorCode === 0) return { externalId: id };
      throw failureOf(answer, false, (code) => CLASSES[code], suppressionOf(mail));
    },
    async verify() {
      const answer = await call(access, "GET", "/server");
      if (answer.status !== 200) throw failureOf(answer, true, (code) => CLASSES[code]);
    },
  };
}

async function requestOf(mail: OutgoingMail): Promise<Record<string, unknown>> {
  const headers = { ...extraHeaders(mail), "Message-ID": `<${mail.messageId}>`, "X-PM-KeepID": "true" };
  return defined({
    From: headerAddress(mail.from),
    To: mail.to.join(", "),
    Cc: mail.cc.length > 0 ? mail.cc.join(", ") : undefined,
    Bcc: mail.bcc.length > 0 ? mail.bcc.join(", ") : undefined,
    Subject: mail.subject,
    TextBody: mail.text,
    HtmlBody: mail.html,
    ReplyTo: mail.replyTo,
    Headers: Object.entries(headers).map(([Name, Value]) => ({ Name, Value })),
    Metadata: { message: mail.reference },
    Attachments:
      mail.files.length === 0
        ? undefined
        : await Promise.all(
            mail.files.map(async (file) => ({
              Name: file.fileName,
              ContentType: file.mimeType,
              Content: await base64Of(file),
              ...(file.contentId !== undefined && { ContentID: `cid:${file.contentId}` }),
            })),
          ),
  });
}
