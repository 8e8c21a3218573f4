/** The mail of a campaign, with variables. Pure. */

export interface MailContent {
  subject: string;
  html: string | null;
  text: string | null;
  /** Mail programs show it beside the subject. */
  preheader?: string | null;
}

/** Its place in a mail is where the recipient unsubscribes: `<a href="{{unsubscribe_url}}">`. */
export const UNSUBSCRIBE = "unsubscribe_url";
const NAMES_UNSUBSCRIBE = /\{\{\s*unsubscribe_url\s*(\|[^{}]*)?\}\}/;

/** One line without control characters. */
export const line = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();

/** Every mail shows how to unsubscribe: at its end, where its author gave it no place. */
export function htmlMail(html: string, unsubscribeUrl: string | null): string {
  if (unsubscribeUrl === null || NAMES_UNSUBSCRIBE.test(html)) return html;
  return beforeEnd(html, `<p style="font-size:12px"><a href="{{${UNSUBSCRIBE}}}">Unsubscribe</a></p>`);
}

export const plainMail = (text: string, unsubscribeUrl: string | null): string =>
  unsubscribeUrl === null || NAMES_UNSUBSCRIBE.test(text) ? text : `${text}\n\nUnsubscribe: {{${UNSUBSCRIBE}}}`;

function beforeEnd(html: string, part: string): string {
  const end = html.search(/<\/body\s*>/i);
  return end === -1 ? `${html}${part}` : `${html.slice(0, end)}${part}${html.slice(end)}`;
}

/** Puts the preheader, which is HTML, before everything that is shown. */
export function insertPreheader(html: string, preheader: string): string {
  if (preheader === "") return html;
  const hidden = `<div style="display:none;max-height:0;overflow:hidden">${preheader}</div>`;
  const body = /<body[\s>]/i.exec(html);
  const end = body ? html.indexOf(">", body.index) : -1;
  return `${html.slice(0, end + 1)}${hidden}${html.slice(end + 1)}`;
}
