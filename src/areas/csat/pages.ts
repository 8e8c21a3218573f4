import type { Hono } from "hono";
import { conversationOf } from "../../objects";
import { surveyIdOf } from "../../domain/survey";
import { decodeUtf8, readBytes } from "../../kit/body";
import type { PublicCtx } from "../../kit/context";
import type { AppEnv } from "../../kit/operation";
import { systemContext } from "../access/authenticate";
import { readSurveyToken, type SurveyPlace } from "./link";
import { MAX_COMMENT } from "./model";
import { type Form, PAGE_HEADERS, surveyPage } from "./page";
import { type Language, LANGUAGES, languageOf, WORDS } from "./words";

/**
 * `/csat/{token}`, for customers: pages and no part of the API. The token is the right, so there is nothing for another site to forge.
 * Looking changes nothing: programs that fetch links for a preview do not rate.
 */
export function surveyPages(app: Hono<AppEnv>): void {
  app.get("/csat/:token", (c) =>
    showSurvey(c.get("publicCtx"), c.req.param("token"), c.req.query("lang"), c.req.query("rating")),
  );
  app.post("/csat/:token", (c) =>
    answerSurvey(c.get("publicCtx"), c.req.param("token"), c.req.query("lang"), c.req.raw),
  );
}

interface Found {
  name: string;
  country: string | null;
  org_status: string;
  status: string | null;
  rating: number | null;
  expires_at: number | null;
}

interface Visit {
  place: SurveyPlace;
  found: Found;
  language: Language;
}

const answer = async (status: number, page: Promise<string>): Promise<Response> =>
  new Response(await page, { status, headers: PAGE_HEADERS });

const languageIn = (asked: string | undefined): Language | undefined =>
  LANGUAGES.find((language) => language === asked);

/** One query. A Response where there is nothing to answer. */
async function visit(ctx: PublicCtx, token: string, lang: string | undefined): Promise<Visit | Response> {
  const asked = languageIn(lang);
  const nowhere = () => answer(404, surveyPage(asked ?? "en", null, { message: WORDS[asked ?? "en"].unknown }));
  const place = readSurveyToken(ctx.config, token);
  if (!place) return nowhere();
  const { db } = systemContext(ctx, { id: place.orgId, tenantDb: place.tenantDb });
  const [found] = await db.query<Found>(
    `SELECT o.name, o.country, o.status AS org_status, s.status, s.rating, s.expires_at FROM orgs o
     LEFT JOIN csat_surveys s ON s.id = ?2 AND s.org_id = o.org_id WHERE o.org_id = ?1`,
    surveyIdOf(place.conversationId, place.cycle),
  );
  if (found?.org_status !== "active") return nowhere();
  return { place, found, language: asked ?? languageOf(found.country) };
}

async function showSurvey(
  ctx: PublicCtx,
  token: string,
  lang: string | undefined,
  preset: string | undefined,
): Promise<Response> {
  const visited = await visit(ctx, token, lang);
  if (visited instanceof Response) return visited;
  const { found, language } = visited;
  const words = WORDS[language];
  if (found.status === "completed")
    return answer(200, surveyPage(language, found.name, { message: words.thanks, rating: found.rating }));
  if (found.expires_at !== null && found.expires_at <= ctx.now())
    return answer(410, surveyPage(language, found.name, { message: words.expired }));
  // D1 follows the conversation within moments.
  if (found.status === null) return answer(503, surveyPage(language, found.name, { message: words.notYet }));
  return answer(
    200,
    surveyPage(language, found.name, { form: preset && /^[1-5]$/.test(preset) ? { rating: Number(preset) } : {} }),
  );
}

const MAX_FORM_BYTES = 16 * 1024;

async function answerSurvey(
  ctx: PublicCtx,
  token: string,
  lang: string | undefined,
  request: Request,
): Promise<Response> {
  const visited = await visit(ctx, token, lang);
  if (visited instanceof Response) return visited;
  const { place, found, language } = visited;
  const words = WORDS[language];
  const form = await readForm(request);
  const error =
    form.rating === undefined
      ? words.ratingMissing
      : form.comment.length > MAX_COMMENT
        ? words.commentTooLong
        : undefined;
  if (error !== undefined) return answer(422, surveyPage(language, found.name, { form: { ...form, error } }));
  const org = { id: place.orgId, country: found.country };
  const result = await conversationOf({ env: ctx.env, org, cost: ctx.cost }, place.conversationId).command(
    {
      kind: "rate_survey",
      surveyId: surveyIdOf(place.conversationId, place.cycle),
      rating: { rating: form.rating!, comment: form.comment || null, via: "link" },
    },
    { actor: { kind: "customer", id: null }, sees: { all: true, agentId: null, divisionIds: [] } },
  );
  if (!result.ok && result.problem === "csat_already_rated")
    return answer(409, surveyPage(language, found.name, { message: words.alreadyAnswered }));
  if (!result.ok && result.problem === "csat_expired")
    return answer(410, surveyPage(language, found.name, { message: words.expired }));
  if (!result.ok) return answer(404, surveyPage(language, found.name, { message: words.unknown }));
  // So that loading the page again does not send the form again.
  const query = languageIn(lang) ? `?lang=${lang}` : "";
  return new Response(null, { status: 303, headers: { ...PAGE_HEADERS, location: `/csat/${token}${query}` } });
}

/** Control characters are no part of a comment, and browsers send a line's end as two characters. */
async function readForm(request: Request): Promise<Form & { comment: string }> {
  const fields = new URLSearchParams(decodeUtf8(await readBytes(request, MAX_FORM_BYTES)));
  const rating = fields.get("rating") ?? "";
  const comment = (fields.get("comment") ?? "")
    .replaceAll("\r\n", "\n")
    .replaceAll(/(?!\n)\p{Cc}/gu, " ")
    .toWellFormed()
    .trim();
  return { comment, ...(/^[1-5]$/.test(rating) && { rating: Number(rating) }) };
}
