/** Whether a template message fits its template. Meta: Cloud API, error codes 132xxx. */
import type { GraphState, Json, MessageTemplate } from "./state.ts";

interface Refusal {
  code: number;
  details?: string;
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const partOf = (list: Json[], type: string): Json | undefined =>
  list.find((each) => String(each.type).toUpperCase() === type);

export const wordOf = (value: unknown, otherwise: string): string =>
  typeof value === "string" ? value.toUpperCase() : otherwise;

/** An account without templates takes any name, so that tests need no set-up. */
export function refuseTemplateMessage(state: GraphState, wabaId: string, body: Json): Refusal | undefined {
  const theirs = [...state.templates.values()].filter((template) => template.wabaId === wabaId);
  if (theirs.length === 0) return undefined;
  const { name, language, components } = body.template as {
    name: string;
    language: { code: string };
    components?: unknown;
  };
  const template = theirs.find((each) => each.name === name && each.language === language.code);
  if (template?.status === "PAUSED") return { code: 132015 };
  if (template?.status === "DISABLED") return { code: 132016 };
  if (template?.status !== "APPROVED")
    return { code: 132001, details: `template name (${name}) does not exist in ${language.code}` };
  return refuseParameters(template, listOf(components));
}

function refuseParameters({ components }: MessageTemplate, sent: Json[]): Refusal | undefined {
  for (const type of ["HEADER", "BODY"]) {
    const part = partOf(components, type);
    const parameters = listOf(partOf(sent, type)?.parameters);
    if (type === "HEADER" && ["IMAGE", "VIDEO", "DOCUMENT"].includes(String(part?.format))) {
      const given = wordOf(parameters[0]?.type, "UNKNOWN");
      if (given !== part?.format)
        return {
          code: 132012,
          details: `header: Format mismatch, expected ${String(part?.format)}, received ${given}`,
        };
      continue;
    }
    const text = typeof part?.text === "string" ? part.text : type === "BODY" && part ? "{{1}}" : "";
    const expected = new Set([...text.matchAll(/\{\{([^{}]*)\}\}/g)].map(([, name]) => name)).size;
    if (parameters.length !== expected)
      return {
        code: 132000,
        details: `${type.toLowerCase()}: number of localizable_params (${parameters.length}) does not match the expected number of params (${expected})`,
      };
  }
  return undefined;
}
