import { createHash } from "node:crypto";
import { html as markup, raw } from "hono/html";
import { MAX_COMMENT } from "../../domain/survey";
import { type Language, LANGUAGES, RATINGS, TEXTS } from "./texts";

/** The page on which a customer rates. Pure. It loads no external resources and works without scripts. */

const STYLE = `
:root { color-scheme: light dark; font: 1.125rem/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 1rem; }
main { max-width: 32rem; margin: 2rem auto; }
h1 { font-size: 1.375rem; }
fieldset { border: 0; margin: 0 0 1.5rem; padding: 0; }
legend { padding: 0; margin-bottom: .5rem; font-weight: 600; }
label.rating { display: flex; gap: .75rem; align-items: center; min-height: 3rem; padding: 0 .75rem; margin-bottom: .5rem; border: 1px solid GrayText; border-radius: .5rem; }
label.rating:has(:checked) { outline: 3px solid Highlight; }
input[type=radio] { width: 1.25rem; height: 1.25rem; }
textarea { box-sizing: border-box; width: 100%; min-height: 6rem; font: inherit; padding: .5rem; }
button { font: inherit; font-weight: 600; min-height: 3rem; padding: 0 1.5rem; margin-top: 1rem; border-radius: .5rem; border: 1px solid; cursor: pointer; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
.error { border: 2px solid #c00; border-radius: .5rem; padding: .5rem .75rem; font-weight: 600; }
nav { margin-top: 3rem; font-size: 1rem; }
`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const PAGE_HEADERS: Record<string, string> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  // The address authorises to rate, so it must not reach referrers, caches or search indexes.
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-robots-tag": "noindex",
};

export interface Form {
  rating?: number;
  comment?: string;
  error?: string;
}

type Content = { form: Form } | { message: string; rating?: number | null };

/** The page as HTML. `org`: null if the survey is unknown. */
export async function surveyPage(
  language: Language,
  org: { name: string; csat_question: string | null } | null,
  content: Content,
): Promise<string> {
  const texts = TEXTS[language];
  const question = org?.csat_question ?? texts.question;
  const body =
    "form" in content
      ? formOf(language, content.form)
      : markup`<p role="status">${content.message}</p>${ratingLine(language, content.rating ?? null)}`;
  const others = LANGUAGES.filter((other) => other !== language);
  const page = await markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${"form" in content && content.form.error ? `${content.form.error} – ` : ""}${question}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
${org === null ? "" : markup`<p>${org.name}</p>`}
<h1>${question}</h1>
${body}
<nav>${others.map((other) => markup`<a href="?lang=${other}" lang="${other}" hreflang="${other}">${TEXTS[other].language}</a>`)}</nav>
</main>
</body>
</html>
`;
  return String(page);
}

function formOf(language: Language, { rating, comment = "", error }: Form) {
  const texts = TEXTS[language];
  return markup`<form method="post" accept-charset="utf-8">
${error === undefined ? "" : markup`<p class="error" role="alert" id="error">${error}</p>`}
<fieldset>
<legend>${texts.choose}</legend>
${RATINGS.map(
  (
    n,
  ) => markup`<label class="rating"><input type="radio" name="rating" value="${n}" required${n === rating ? raw(" checked") : ""}> ${n} – ${texts.ratings[n]}</label>
`,
)}</fieldset>
<label for="comment">${texts.comment} (${texts.optional})</label>
<textarea id="comment" name="comment" maxlength="${MAX_COMMENT}"${error === undefined ? "" : raw(' aria-describedby="error"')}>
${comment}</textarea>
<button type="submit">${texts.send}</button>
</form>`;
}

function ratingLine(language: Language, rating: number | null) {
  const texts = TEXTS[language];
  return rating === null
    ? ""
    : markup`<p>${texts.yourRating}: ${rating} – ${texts.ratings[rating as keyof typeof texts.ratings]}</p>`;
}
