import type { RawDelivery } from "../../channel";
import { formParts } from "../../../kit/multipart";
import type { ParsedAttachment } from "../mail";

/** A form as providers post it: fields as bytes, since a field may be in any charset, and files. */
export interface MailForm {
  fields: Map<string, Buffer>;
  files: (ParsedAttachment & { field: string })[];
}

/** Hundreds of attachments, and the fields beside them. */
const MAX_PARTS = 1100;
const MAX_FORM_BYTES = 64 * 1024 * 1024;

export const isForm = (headers: Headers): boolean =>
  /^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(headers.get("content-type") ?? "");

/** Throws for a malformed form. */
export async function readForm({ body, headers, url }: RawDelivery): Promise<MailForm> {
  const form: MailForm = { fields: new Map(), files: [] };
  if (/^application\/x-www-form-urlencoded/i.test(headers.get("content-type") ?? "")) {
    for (const [name, value] of new URLSearchParams(Buffer.from(body).toString("utf8")))
      form.fields.set(name, Buffer.from(value));
    return form;
  }
  const request = new Request(url, {
    method: "POST",
    headers: { "content-type": headers.get("content-type") ?? "" },
    body: body as Uint8Array<ArrayBuffer>,
  });
  for await (const { name, fileName, contentType, body: part } of formParts(request, MAX_FORM_BYTES, MAX_PARTS)) {
    const chunks: Buffer[] = [];
    for await (const chunk of part) chunks.push(Buffer.from(chunk));
    const content = Buffer.concat(chunks);
    if (fileName === undefined) form.fields.set(name, content);
    else
      form.files.push({
        field: name,
        fileName,
        mimeType: (contentType ?? "application/octet-stream").split(";")[0]!.trim().toLowerCase(),
        isInline: false,
        content,
      });
  }
  return form;
}

/** A field as text; in another charset if one is named that is known. */
export function textIn({ fields }: MailForm, name: string, charset = "utf-8"): string | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  try {
    return new TextDecoder(charset).decode(value);
  } catch {
    return value.toString("utf8");
  }
}

/** The ids of inline images, by the field of their file: providers give either direction. */
export function withContentIds(
  files: MailForm["files"],
  contentIdOf: (field: string) => string | undefined,
): ParsedAttachment[] {
  return files.map(({ field, ...file }) => {
    const contentId = contentIdOf(field);
    return { ...file, ...(contentId !== undefined && { contentId, isInline: true }) };
  });
}
