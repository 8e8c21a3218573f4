import { z } from "@hono/zod-openapi";
import { ChannelError, type NewTemplate, type ReportedTemplate } from "../channel";
import { isRecord, textOf } from "../json";
import { type GraphEndpoint, graphCall } from "../meta/graph";
import type { WhatsappConfig } from "./config";
import { variablesOf } from "./template-form";

/** Meta: Business Management API, message templates of a business account. */

const PAGE = 100;
const FIELDS =
  "id,name,language,status,category,components,parameter_format,quality_score,rejected_reason,previous_category";

const word = z.union([z.string().min(1), z.number().transform(String)]);
const reported = z.looseObject({
  id: word,
  name: z.string().min(1),
  language: z.string().min(1),
  status: z.string().min(1),
  category: z.string().min(1),
  components: z.array(z.unknown()).catch([]),
  parameter_format: z.string().optional().catch(undefined),
  quality_score: z.unknown(),
  rejected_reason: z.unknown(),
});
const page = z.looseObject({
  data: z.array(z.unknown()),
  paging: z
    .looseObject({ cursors: z.looseObject({ after: z.string().optional() }).optional(), next: z.unknown() })
    .optional()
    .catch(undefined),
});
const created = z.looseObject({ id: word, status: z.string().min(1), category: z.string().min(1) });

export async function listTemplates(
  endpoint: GraphEndpoint,
  { access_token, waba_id }: WhatsappConfig,
  after: string | undefined,
): Promise<{ templates: ReportedTemplate[]; next?: string }> {
  const query = new URLSearchParams({ fields: FIELDS, limit: String(PAGE), ...(after !== undefined && { after }) });
  const answer = await graphCall(endpoint, access_token, "GET", `${waba_id}/message_templates?${query.toString()}`);
  const { data, paging } = read(page, answer);
  // The last page has a cursor too, but no `next`.
  const next = textOf(paging?.next) === undefined ? undefined : paging?.cursors?.after;
  return {
    templates: data.flatMap((one): ReportedTemplate[] => {
      const parsed = reported.safeParse(one);
      return parsed.success ? [toReported(parsed.data)] : [];
    }),
    ...(next !== undefined && next !== after && { next }),
  };
}

function toReported(one: z.output<typeof reported>): ReportedTemplate {
  const { quality_score: score, rejected_reason: reason } = one;
  return {
    externalId: one.id,
    name: one.name,
    language: one.language,
    category: one.category.toUpperCase(),
    status: one.status.toUpperCase(),
    reason: reason === "NONE" ? null : (textOf(reason) ?? null),
    quality: textOf(isRecord(score) ? score.score : score)?.toUpperCase() ?? null,
    parameterFormat: one.parameter_format?.toUpperCase() === "NAMED" ? "NAMED" : "POSITIONAL",
    components: one.components,
  };
}

export async function createTemplate(
  endpoint: GraphEndpoint,
  { access_token, waba_id }: WhatsappConfig,
  { name, language, category, components, parameterFormat, more }: NewTemplate,
): Promise<{ externalId: string; status: string; category: string }> {
  const hasVariables = variablesOf(JSON.stringify(components)).length > 0;
  const body = {
    ...more,
    name,
    language,
    category,
    ...(hasVariables && { parameter_format: parameterFormat }),
    components,
  };
  const answer = await graphCall(endpoint, access_token, "POST", `${waba_id}/message_templates`, body);
  const parsed = created.safeParse(answer);
  if (!parsed.success)
    throw new ChannelError("ambiguous", {
      code: "no_template_id",
      title: "The channel accepted the template without naming it",
    });
  const { id, status, category: decided } = parsed.data;
  return { externalId: id, status: status.toUpperCase(), category: decided.toUpperCase() };
}
function read<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ChannelError("transient", { code: "unreadable", title: "The channel's answer could not be read" });
}
