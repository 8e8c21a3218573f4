/** Writes a mail as a customer's program does. */

export interface CustomerMail {
  from: string;
  to: string;
  subject?: string;
  text?: string;
  html?: string;
  cc?: string;
  messageId?: string;
  inReplyTo?: string;
  references?: string[];
  date?: string;
  /** Further headers. */
  headers?: Record<string, string>;
  attachments?: { name: string; type: string; content: Uint8Array; contentId?: string }[];
}

const CRLF = "\r\n";
const inLines = (base64: string): string => base64.replaceAll(/.{76}/g, `$&${CRLF}`);
const encodedWord = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

function part(type: string, content: Uint8Array, more: readonly string[] = []): string {
  return [
    `Content-Type: ${type}`,
    "Content-Transfer-Encoding: base64",
    ...more,
    "",
    inLines(Buffer.from(content).toString("base64")),
  ].join(CRLF);
}

function multipart(kind: string, parts: readonly string[]): string {
  const boundary = `=_${crypto.randomUUID()}`;
  return [
    `Content-Type: multipart/${kind}; boundary="${boundary}"`,
    "",
    ...parts.flatMap((each) => [`--${boundary}`, each]),
    `--${boundary}--`,
    "",
  ].join(CRLF);
}

/** The mail as it is transmitted, and its Message-ID with angle brackets. */
export function composeMail(mail: CustomerMail, now: number): { raw: string; messageId: string } {
  const domain = mail.from.slice(mail.from.lastIndexOf("@") + 1).replaceAll(/[<>\s]/g, "");
  const messageId = mail.messageId ?? `<${crypto.randomUUID()}@${domain}>`;
  const headers = {
    From: mail.from,
    To: mail.to,
    ...(mail.cc !== undefined && { Cc: mail.cc }),
    Subject: encodedWord(mail.subject ?? ""),
    Date: mail.date ?? new Date(now).toUTCString(),
    "Message-ID": messageId,
    ...(mail.inReplyTo !== undefined && { "In-Reply-To": mail.inReplyTo }),
    ...(mail.references && { References: mail.references.join(" ") }),
    "MIME-Version": "1.0",
    ...mail.headers,
  };
  const bodies = [
    ...(mail.text === undefined && mail.html !== undefined
      ? []
      : [part("text/plain; charset=utf-8", Buffer.from(mail.text ?? ""))]),
    ...(mail.html === undefined ? [] : [part("text/html; charset=utf-8", Buffer.from(mail.html))]),
  ];
  const body = bodies.length === 1 ? bodies[0]! : multipart("alternative", bodies);
  const files = (mail.attachments ?? []).map(({ name, type, content, contentId }) =>
    part(type, content, [
      `Content-Disposition: ${contentId === undefined ? "attachment" : "inline"}; filename="${name}"`,
      ...(contentId === undefined ? [] : [`Content-ID: <${contentId}>`]),
    ]),
  );
  const whole = files.length === 0 ? body : multipart("mixed", [body, ...files]);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return { raw: `${lines.join(CRLF)}${CRLF}${whole}`, messageId };
}
