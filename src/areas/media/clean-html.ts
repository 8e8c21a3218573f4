/**
 * HTML that a stranger wrote, as it may be shown: an allow list of elements and attributes, applied while the HTML
 * passes. The page is served with a policy that runs nothing (open-html.ts), so this is the first of two walls, and the
 * one that decides what may be loaded.
 */

export interface CleanOptions {
  /** Whether images of other hosts are loaded: their owners learn that the mail was read. */
  withImages: boolean;
  /** The address of an image in the mail, by its Content-ID. */
  inlineImage(contentId: string): string;
}

/** Attributes that every element may have. */
const COMMON = [
  "align",
  "bgcolor",
  "border",
  "class",
  "color",
  "dir",
  "height",
  "id",
  "lang",
  "role",
  "style",
  "title",
  "valign",
  "width",
];
const ELEMENTS: Record<string, readonly string[]> = {
  a: ["href", "name"],
  abbr: [],
  address: [],
  article: [],
  aside: [],
  b: [],
  bdi: [],
  bdo: [],
  big: [],
  blockquote: ["cite", "type"],
  body: ["link", "text", "vlink"],
  br: ["clear"],
  caption: [],
  center: [],
  cite: [],
  code: [],
  col: ["span"],
  colgroup: ["span"],
  dd: [],
  del: [],
  details: ["open"],
  dfn: [],
  div: [],
  dl: [],
  dt: [],
  em: [],
  figcaption: [],
  figure: [],
  font: ["face", "size"],
  footer: [],
  h1: [],
  h2: [],
  h3: [],
  h4: [],
  h5: [],
  h6: [],
  head: [],
  header: [],
  hr: ["noshade", "size"],
  html: [],
  i: [],
  img: ["alt", "hspace", "src", "vspace"],
  ins: [],
  kbd: [],
  li: ["type", "value"],
  main: [],
  mark: [],
  nav: [],
  ol: ["reversed", "start", "type"],
  p: [],
  pre: [],
  q: [],
  s: [],
  samp: [],
  section: [],
  small: [],
  span: [],
  strike: [],
  strong: [],
  style: ["media", "type"],
  sub: [],
  summary: [],
  sup: [],
  table: ["cellpadding", "cellspacing", "rules", "summary"],
  tbody: [],
  td: ["abbr", "colspan", "headers", "nowrap", "rowspan", "scope"],
  tfoot: [],
  th: ["abbr", "colspan", "headers", "nowrap", "rowspan", "scope"],
  thead: [],
  time: ["datetime"],
  tr: [],
  tt: [],
  u: [],
  ul: ["type"],
  var: [],
  wbr: [],
};
/**
 * Elements that go with what is in them: it is code, or it is read by other rules than HTML's, so that as HTML it would
 * become what it was not.
 */
const WITH_CONTENT = new Set([
  "applet",
  "audio",
  "canvas",
  "embed",
  "frameset",
  "iframe",
  "listing",
  "math",
  "noembed",
  "noframes",
  "noscript",
  "object",
  "plaintext",
  "portal",
  "script",
  "select",
  "svg",
  "template",
  "textarea",
  "title",
  "video",
  "xml",
  "xmp",
]);
/** Longer ones are no style of a mail program, but take time. */
const MAX_STYLE = 200_000;

/** The cleaned HTML. It fails where the HTML cannot be read in only one way. */
export function cleanHtml(html: Response, options: CleanOptions): Response {
  let style = "";
  return new HTMLRewriter()
    .onDocument({ comments: (comment) => void comment.remove() })
    .on("*", { element: (element) => cleanElement(element, options) })
    .on("style", {
      text(chunk) {
        if (style.length < MAX_STYLE) style += chunk.text;
        if (!chunk.lastInTextNode) return void chunk.remove();
        chunk.replace(cleanStyleSheet(style), { html: true });
        style = "";
      },
    })
    .transform(html);
}

function cleanElement(element: Element, options: CleanOptions): void {
  const name = element.tagName.toLowerCase();
  if (WITH_CONTENT.has(name)) return void element.remove();
  const own = Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name]! : undefined;
  if (!own) return void element.removeAndKeepContent();
  for (const [attribute = "", value = ""] of Array.from(element.attributes)) {
    const cleaned =
      COMMON.includes(attribute) || own.includes(attribute) ? cleanAttribute(attribute, value, options) : undefined;
    if (cleaned === undefined) element.removeAttribute(attribute);
    else if (cleaned !== value) element.setAttribute(attribute, cleaned);
  }
  if (name === "a") {
    element.setAttribute("target", "_blank");
    element.setAttribute("rel", "noopener noreferrer nofollow");
  }
}

/** Undefined: the attribute is removed. */
function cleanAttribute(attribute: string, value: string, options: CleanOptions): string | undefined {
  switch (attribute) {
    case "href":
    case "cite":
      return /^(https?|mailto|tel):/i.test(addressOf(value)) || /^#[\w-]*$/.test(value) ? value : undefined;
    case "src":
      return cleanImage(addressOf(value), options);
    case "style":
      return cleanStyle(entitiesResolved(value)) || undefined;
    default:
      return value;
  }
}

function cleanImage(address: string, { withImages, inlineImage }: CleanOptions): string | undefined {
  const [, contentId] = /^cid:(.{1,500})$/i.exec(address) ?? [];
  if (contentId !== undefined) return inlineImage(decoded(contentId));
  if (/^data:image\/(png|jpe?g|gif|webp);base64,[\w+/=]*$/i.test(address)) return address;
  return withImages && /^https?:\/\//i.test(address) ? address : undefined;
}

/** Browsers ignore blanks around an address, and control characters in it; entities are resolved before. */
const addressOf = (value: string): string => entitiesResolved(value).replaceAll(/[\p{Cc}\s]/gu, "");

/** Numeric entities and the named ones that hide an address. The rewriter gives attributes as they are written. */
function entitiesResolved(value: string): string {
  return value
    .replaceAll(/&#x0*([\da-f]{1,6});?/gi, (_, hex: string) => charOf(Number.parseInt(hex, 16)))
    .replaceAll(/&#0*(\d{1,7});?/g, (_, digits: string) => charOf(Number(digits)))
    .replaceAll(
      /&(colon|tab|newline|amp|lpar|rpar|sol|nbsp|quot|apos|lt|gt);?/gi,
      (_, name: string) => NAMED[name.toLowerCase()] ?? "",
    );
}

const NAMED: Record<string, string> = {
  colon: ":",
  tab: "",
  newline: "",
  amp: "&",
  lpar: "(",
  rpar: ")",
  sol: "/",
  nbsp: "",
  quot: '"',
  apos: "'",
  lt: "<",
  gt: ">",
};

const charOf = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : "");

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Declarations that load, run or leave their place, without blanks. A backslash may hide any of them. */
const HARMFUL_STYLE =
  /url\(|image-set\(|expression\(|@import|@font-face|-moz-binding|behavior:|position:fixed|position:sticky|[\\<]/i;

const isHarmful = (style: string): boolean => HARMFUL_STYLE.test(style.replaceAll(/\s/g, ""));

/** Declarations without those that are harmful. */
const cleanStyle = (style: string): string =>
  withoutComments(style.slice(0, MAX_STYLE))
    .split(";")
    .filter((declaration) => !isHarmful(declaration))
    .join(";");

/** A style sheet without its harmful declarations; nothing of one in which something cannot be told apart. */
function cleanStyleSheet(sheet: string): string {
  if (sheet.length >= MAX_STYLE || sheet.includes("\\")) return "";
  return withoutComments(sheet)
    .replaceAll(/<!--|-->/g, "")
    .split(/(?<=[;{}])/)
    .filter((piece) => piece.endsWith("{") || !isHarmful(piece))
    .map((piece) => (isHarmful(piece) ? "x{" : piece))
    .join("");
}

function withoutComments(style: string): string {
  const [first = "", ...rest] = style.split("/*");
  // A comment without an end goes to the end.
  return first + rest.map((piece) => (piece.includes("*/") ? piece.slice(piece.indexOf("*/") + 2) : "")).join("");
}
