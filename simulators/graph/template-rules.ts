/** Refuses new templates as Meta does. Meta: Business Management API, error codes 2388xxx. */
import type { GraphErrorOptions } from "./errors.ts";
import type { GraphState, Json } from "./state.ts";
import { wordOf } from "./template-send.ts";

type Refusal = Pick<GraphErrorOptions, "message" | "subcode" | "user">;

function refused(subcode: number, title: string, message: string): Refusal {
  return { message: "Invalid parameter", subcode, user: { title, message } };
}

const texts = (components: Json[], type: string): Json[] =>
  components.filter((component) => String(component.type).toUpperCase() === type);

const variablesIn = (text: unknown): string[] =>
  typeof text === "string" ? [...text.matchAll(/\{\{([^{}]*)\}\}/g)].map(([, name = ""]) => name.trim()) : [];

export function refuseTemplate(state: GraphState, wabaId: string, body: Json): Refusal | undefined {
  const { name, language, category, components } = body;
  if (typeof name !== "string" || !/^[a-z0-9_]{1,512}$/.test(name))
    return { message: "(#100) Param name must match ^[a-z0-9_]{1,512}$." };
  if (typeof language !== "string" || !/^[a-z]{2,3}(_([A-Z]{2}|\d{3}))?$/.test(language))
    return { message: "(#100) Param language must be one of the supported languages." };
  if (!["AUTHENTICATION", "MARKETING", "UTILITY"].includes(String(category)))
    return { message: "(#100) Param category must be one of {UTILITY, MARKETING, AUTHENTICATION}" };
  if (!Array.isArray(components) || texts(components as Json[], "BODY").length !== 1)
    return refused(2388072, "Message Body Format Is Incorrect", "A template needs one body.");
  for (const template of state.templates.values()) {
    if (template.wabaId === wabaId && template.name === name && template.language === language)
      return refused(
        2388024,
        "Content in This Language Already Exists",
        `There is already ${language} content for this template. You can create a new template and try again.`,
      );
  }
  return (components as Json[]).reduce<Refusal | undefined>(
    (refusal, component) => refusal ?? refuseComponent(state, component, wordOf(body.parameter_format, "POSITIONAL")),
    undefined,
  );
}

function refuseComponent(state: GraphState, component: Json, format: string): Refusal | undefined {
  const type = String(component.type).toUpperCase();
  const maxLength = { HEADER: 60, BODY: 1024, FOOTER: 60 }[type];
  const { text, example } = component;
  if (maxLength !== undefined && typeof text === "string" && [...text].length > maxLength)
    return refused(2388040, "Character Limit Exceeded", `The ${type} has more than ${maxLength} characters.`);
  if (type === "FOOTER" && variablesIn(text).length > 0)
    return refused(2388073, "Message Footer Format Is Incorrect", "The footer must not have variables.");
  if (type === "BODY" && typeof text === "string" && /^\{\{[^{}]*\}\}|\{\{[^{}]*\}\}$/.test(text.trim()))
    return refused(
      2388299,
      "Variables Cannot Be at the Start or End",
      "Variables can't be at the start or end of the template.",
    );
  if (type === "HEADER" && ["IMAGE", "VIDEO", "DOCUMENT"].includes(String(component.format)))
    return refuseSample(state, example as Json | undefined);
  if (type === "HEADER" && component.format === "TEXT" && variablesIn(text).length > 1)
    return refused(2388047, "Message Header Format Is Incorrect", "The header may have one variable.");
  return type === "BODY" || type === "HEADER"
    ? refuseVariables(type, text, example as Json | undefined, format)
    : undefined;
}

function refuseSample({ uploads }: GraphState, example: Json | undefined): Refusal | undefined {
  const [handle] = (example?.header_handle as unknown[] | undefined) ?? [];
  const isKnown = [...uploads.values()].some((upload) => upload.handle === handle);
  return typeof handle === "string" && (isKnown || !handle.startsWith("4::sim"))
    ? undefined
    : refused(2388043, "Message Template Is Missing Expected Field(s)", "The header needs a sample.");
}

function refuseVariables(type: string, text: unknown, example: Json | undefined, format: string): Refusal | undefined {
  const names = [...new Set(variablesIn(text))];
  if (names.length === 0) return undefined;
  const isNamed = format.toUpperCase() === "NAMED";
  if (names.some((name, i) => (isNamed ? !/^[a-z_][a-z0-9_]*$/.test(name) : !names.includes(String(i + 1)))))
    return type === "BODY"
      ? refused(2388072, "Message Body Format Is Incorrect", "The variables are not of the parameter format.")
      : refused(2388047, "Message Header Format Is Incorrect", "The variables are not of the parameter format.");
  const positional = example?.[type === "BODY" ? "body_text" : "header_text"] as unknown[] | undefined;
  const given = isNamed
    ? (example?.[type === "BODY" ? "body_text_named_params" : "header_text_named_params"] as unknown[] | undefined)
    : Array.isArray(positional?.[0])
      ? (positional[0] as unknown[])
      : positional;
  return given?.length === names.length
    ? undefined
    : refused(
        2388043,
        "Message Template Is Missing Expected Field(s)",
        `component of type ${type} is missing expected field(s) (example)`,
      );
}
