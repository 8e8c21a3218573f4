import { serverNow } from "../../../api/call";

/** Reads the free-form content of messages. Everything in it is optional, and may be of any type. */
export type Content = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Content =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const textIn = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
export const numberIn = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
export const recordsIn = (value: unknown): Content[] => (Array.isArray(value) ? value.filter(isRecord) : []);
export const recordIn = (value: unknown): Content => (isRecord(value) ? value : {});

export interface FileOf {
  /** For downloads: the session gives the right to it, at any time once the index has the file. */
  url: string;
  /** For what the page shows itself. */
  src: string;
  mimeType: string;
  name: string | undefined;
  size: number | undefined;
}

/** Signed links work this long after the message came, and from the first moment. */
const SIGNED_MS = 3_600_000;

/** The address for the page itself: the index behind `/api/media` is a second behind the stream. */
export const sourceOf = ({ url, signed_url }: Content, at: string): string | undefined => {
  const signed = textIn(signed_url);
  return signed !== undefined && serverNow() - Date.parse(at) < SIGNED_MS
    ? new URL(signed, location.href).pathname
    : textIn(url);
};

/** The file of a message of this time, once it is stored here. */
export function fileOf(content: Content, at: string): FileOf | undefined {
  const url = textIn(content.url);
  if (url === undefined || !url.startsWith("/")) return undefined;
  return {
    url,
    src: sourceOf(content, at) ?? url,
    mimeType: textIn(content.mime_type) ?? "application/octet-stream",
    name: textIn(content.file_name),
    size: numberIn(content.file_size),
  };
}

/** An address that somebody wrote: opened only if it is one of the web. */
export function webLink(value: unknown): string | undefined {
  const text = textIn(value);
  return text !== undefined && /^https?:\/\//i.test(text) ? text : undefined;
}
