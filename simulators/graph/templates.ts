/** Message templates of a business account. Meta: Business Management API, message templates. */
import { templateId, templatesOf } from "./analytics.ts";
import { graphError, unknownNode } from "./errors.ts";
import { readBody } from "./parameters.ts";
import type { GraphCall, Simulation } from "./simulation.ts";
import { isWaba } from "./state.ts";
import type { GraphState, Json, MessageTemplate, TemplateOptions } from "./state.ts";
import { refuseTemplate } from "./template-rules.ts";
import { reviewLater } from "./template-review.ts";
import { wordOf } from "./template-send.ts";

export function addTemplate(state: GraphState, options: TemplateOptions & { wabaId: string }): MessageTemplate {
  const template: MessageTemplate = {
    id: templateId(options.name, options.language),
    status: "APPROVED",
    quality: "UNKNOWN",
    parameterFormat: "POSITIONAL",
    rejectedReason: "NONE",
    ...options,
  };
  state.templates.set(`${template.wabaId}|${template.id}`, template);
  return template;
}

export const templatesOfWaba = ({ templates }: GraphState, wabaId: string): MessageTemplate[] =>
  [...templates.values()].filter((template) => template.wabaId === wabaId);

/** POST /{waba_id}/message_templates */
export async function createTemplate({ request, id, simulation }: GraphCall): Promise<Response> {
  const body = await readBody(request);
  if (!body) return graphError(100, { details: "The body must be a JSON object." });
  const refusal = refuseTemplate(simulation.state, id, body);
  if (refusal) return graphError(100, refusal);
  const template = addTemplate(simulation.state, {
    wabaId: id,
    name: body.name as string,
    language: body.language as string,
    category: body.category as string,
    components: (body.components as Json[]).map((component) => ({
      ...component,
      type: String(component.type).toUpperCase(),
    })),
    parameterFormat: wordOf(body.parameter_format, "POSITIONAL"),
    status: "PENDING",
  });
  reviewLater(simulation, template);
  return Response.json({ id: template.id, status: template.status, category: template.category });
}

/** GET /{waba_id}/message_templates?fields&limit&after&name&status&category&language */
export function listTemplates({ id, url, simulation }: GraphCall): Response {
  const query = Object.fromEntries(url.searchParams);
  const all = everyTemplate(simulation, id).filter(
    (template) =>
      (query.name === undefined || String(template.name).includes(query.name)) &&
      ["status", "category", "language"].every(
        (field) => query[field] === undefined || query[field] === template[field],
      ),
  );
  const limit = Math.min(Number(query.limit ?? 25) || 25, simulation.templatePage);
  const from = query.after === undefined ? 0 : Number(atob(query.after));
  if (!Number.isInteger(from)) return graphError(100, { message: "(#100) Invalid cursor." });
  const data = all.slice(from, from + limit);
  const after = btoa(String(from + data.length));
  const next = new URL(url);
  next.searchParams.set("after", after);
  return Response.json({
    data,
    ...(data.length > 0 && {
      paging: {
        cursors: { before: btoa(String(from)), after },
        ...(from + data.length < all.length && { next: next.href }),
      },
    }),
  });
}

/** Those that were created, and those that were only sent: without a set-up every name is one. */
function everyTemplate(simulation: Simulation, wabaId: string): Json[] {
  const own = templatesOfWaba(simulation.state, wabaId);
  const sent = templatesOf(simulation, wabaId).filter(({ id }) => !own.some((template) => template.id === id));
  return [
    ...own.map((template) => toAnswer(template)),
    ...sent.map((template) => ({
      ...template,
      status: "APPROVED",
      category: "UTILITY",
      parameter_format: "POSITIONAL",
      components: [],
    })),
  ];
}

function toAnswer({ id, name, language, status, category, components, ...more }: MessageTemplate): Json {
  return {
    name,
    parameter_format: more.parameterFormat,
    components: components.map((component) => reported(component)),
    language,
    status,
    category,
    quality_score: { score: more.quality, date: 1 },
    rejected_reason: more.rejectedReason,
    id,
  };
}

/** Meta writes the texts of authentication templates itself, and reports their button as an address. */
function reported(component: Json): Json {
  if (component.type === "BODY" && component.text === undefined)
    return {
      ...component,
      text: `*{{1}}* is your verification code.${component.add_security_recommendation ? " For your security, do not share this code." : ""}`,
    };
  if (component.type === "FOOTER" && component.code_expiration_minutes !== undefined)
    return { ...component, text: `This code expires in ${Number(component.code_expiration_minutes)} minutes.` };
  if (component.type !== "BUTTONS") return component;
  const buttons = (component.buttons as Json[]).map((button) =>
    button.type === "OTP"
      ? {
          type: "URL",
          text: button.text ?? "Copy code",
          url: `https://www.whatsapp.com/otp/code/?otp_type=${String(button.otp_type)}&code=otp{{1}}`,
          example: ["https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp123456"],
        }
      : button,
  );
  return { ...component, buttons };
}

/** DELETE /{waba_id}/message_templates?name[&hsm_id] */
export function deleteTemplate({ id, url, simulation }: GraphCall): Response {
  const [name, only] = [url.searchParams.get("name"), url.searchParams.get("hsm_id")];
  if (!name) return graphError(100, { message: "(#100) The parameter name is required." });
  const found = templatesOfWaba(simulation.state, id).filter(
    (template) => template.name === name && (only === null || template.id === only),
  );
  if (found.length === 0) return unknownNode("DELETE", isWaba(simulation.state, id) ? name : id);
  for (const template of found) simulation.state.templates.delete(`${id}|${template.id}`);
  return Response.json({ success: true });
}
