import type { Hono } from "hono";
import { conversationOf } from "../../objects";
import { MAX_COMMENT, surveyIdOf } from "../../domain/survey";
import { decodeUtf8, readBytes } from "../../kit/body";
import type { PublicCtx } from "../../kit/context";
import type { AppEnv } from "../../kit/operation";
import { systemContext } from "../access/authenticate";
import { readSurveyToken, type SurveyRef } from "./link";
import { type Form, PAGE_HEADERS, surveyPage } from "./page";
import { type Language, LANGUAGES, languageOf, TEXTS } from "./texts";

/**
 * Registers `/csat/{token}`, pages for customers and no part of the API. The token in the address authorises, so forged
 * requests from other sites gain nothing. GET changes nothing, since link previews fetch it.
 */
export function surveyPages(app: Hono<AppEnv>): void {
  app.get("/csat/:token", (c) =>
    showSurvey(c.get("publicCtx"), c.req.param("token"), c.req.query("lang"), c.req.query("rating")),
  );
  app.post("/csat/:token", (c) =>
    answerSurvey(c.get("publicCtx"), c.req.param("token"), c.req.query("lang"), c.req.raw),
  );
}

interface SurveyView {
  name: string;
  csat_question: string | null;
  country: string | null;
  org_status: string;
  status: string | null;
  rating: number | null;
  expires_at: number | null;
}

interface LoadedSurvey {
  ref: SurveyRef;
  survey: SurveyView;
  language: Language;
}

const respond = async (status: number, html: Promise<string>): Promise<Response> =>
  new Response(await html, { status, headers: PAGE_HEADERS });

const languageIn = (requested: string | undefined): Language | undefined =>
  LANGUAGES.find((language) => language === requested);

/** Reads the survey of a token, in one query. Returns a Response if the token or the organization is not valid. */
async function loadSurvey(ctx: PublicCtx, token: string, lang: string | undefined): Promise<LoadedSurvey | Response> {
  const requested = languageIn(lang);
  const notFound = () =>
    respond(404, surveyPage(requested ?? "en", null, { message: TEXTS[requested ?? "en"].unknown }));
  const ref = readSurveyToken(ctx.config, token);
  if (!ref) return notFound();
  const { db } = systemContext(ctx, { id: ref.orgId, tenantDb: ref.tenantDb });
  const [survey] = await db.query<SurveyView>(
    `SELECT o.name, o.csat_question, o.country, o.status AS org_status, s.status, s.rating, s.expires_at FROM orgs o
     LEFT JOIN csat_surveys s ON s.id = ?2 AND s.org_id = o.org_id WHERE o.org_id = ?1`,
    surveyIdOf(ref.conversationId, ref.cycle),
  );
  if (survey?.org_status !== "active") return notFound();
  return { ref, survey, language: requested ?? languageOf(survey.country) };
}

async function showSurvey(
  ctx: PublicCtx,
  token: string,
  lang: string | undefined,
  preset: string | undefined,
): Promise<Response> {
  const loaded = await loadSurvey(ctx, token, lang);
  if (loaded instanceof Response) return loaded;
  const { survey, language } = loaded;
  const texts = TEXTS[language];
  if (survey.status === "completed")
    return respond(200, surveyPage(language, survey, { message: texts.thanks, rating: survey.rating }));
  if (survey.expires_at !== null && survey.expires_at <= ctx.now())
    return respond(410, surveyPage(language, survey, { message: texts.expired }));
  // The link is sent before D1 has the survey, which the conversation projects within moments.
  if (survey.status === null) return respond(503, surveyPage(language, survey, { message: texts.notYet }));
  return respond(
    200,
    surveyPage(language, survey, { form: preset && /^[1-5]$/.test(preset) ? { rating: Number(preset) } : {} }),
  );
}

const MAX_FORM_BYTES = 16 * 1024;

async function answerSurvey(
  ctx: PublicCtx,
  token: string,
  lang: string | undefined,
  request: Request,
): Promise<Response> {
  const loaded = await loadSurvey(ctx, token, lang);
  if (loaded instanceof Response) return loaded;
  const { ref, survey, language } = loaded;
  const texts = TEXTS[language];
  const form = await readForm(request);
  const error =
    form.rating === undefined
      ? texts.ratingMissing
      : form.comment.length > MAX_COMMENT
        ? texts.commentTooLong
        : undefined;
  if (error !== undefined) return respond(422, surveyPage(language, survey, { form: { ...form, error } }));
  const org = { id: ref.orgId, country: survey.country };
  const result = await conversationOf({ env: ctx.env, org, cost: ctx.cost }, ref.conversationId).command(
    {
      kind: "rate_survey",
      surveyId: surveyIdOf(ref.conversationId, ref.cycle),
      rating: { rating: form.rating!, comment: form.comment || null, via: "link" },
    },
    { actor: { kind: "customer", id: null }, sees: { all: true, agentId: null, divisionIds: [] } },
  );
  if (!result.ok && result.problem === "csat_already_rated")
    return respond(409, surveyPage(language, survey, { message: texts.alreadyAnswered }));
  if (!result.ok && result.problem === "csat_expired")
    return respond(410, surveyPage(language, survey, { message: texts.expired }));
  if (!result.ok) return respond(404, surveyPage(language, survey, { message: texts.unknown }));
  // Redirects, so that reloading the page does not submit the form again.
  const query = languageIn(lang) ? `?lang=${lang}` : "";
  return new Response(null, { status: 303, headers: { ...PAGE_HEADERS, location: `/csat/${token}${query}` } });
}

/** Replaces control characters in the comment by spaces, except line breaks, which browsers send as CRLF. */
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
