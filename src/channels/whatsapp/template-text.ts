import type { TemplateForm } from "../channel";
import { cut } from "../../kit/cut";
import { isRecord, textOf } from "../json";
import { buttonsOf, componentOf, distinctVariables, recordsOf, replaceVariables, typeOf } from "./template-form";
import { MAX_PARAMETER } from "./template-limits";

/** The text that the receiver of a template reads: header, body, footer, and the buttons in brackets, a line each. */
export function shownText(template: TemplateForm, components: readonly unknown[]): string {
  const header = componentOf(template.components, "header");
  const body = componentOf(template.components, "body");
  const offer = componentOf(template.components, "limited_time_offer")?.limited_time_offer;
  const cards = recordsOf(componentOf(template.components, "carousel")?.cards);
  const sentCards = recordsOf(componentOf(components, "carousel")?.cards);
  const values = (type: string, text: unknown) =>
    typeof text === "string" ? filled(template, text, componentOf(components, type)) : undefined;
  const lines = [
    values("header", header?.text),
    isRecord(offer) ? textOf(offer.text) : undefined,
    // Meta writes the text of an authentication template; until it is reported, only the code is known.
    values("body", body?.text) ?? (body ? valuesOf(componentOf(components, "body")).join(" ") : undefined),
    textOf(componentOf(template.components, "footer")?.text),
    ...buttonsOf(template.components).map(({ text }) => (textOf(text) === undefined ? undefined : `[${textOf(text)}]`)),
    ...cards.map((card, n) => {
      const own = sentCards[n]?.components;
      const form = { parameterFormat: template.parameterFormat, components: recordsOf(card.components) };
      return shownText(form, Array.isArray(own) ? own : []);
    }),
  ];
  return lines.filter((line) => line !== undefined && line !== "").join("\n");
}

function filled({ parameterFormat }: TemplateForm, text: string, component: unknown): string {
  const parameters = recordsOf(isRecord(component) ? component.parameters : undefined);
  const names = distinctVariables(text);
  return replaceVariables(text, (name) => {
    const parameter =
      parameterFormat === "NAMED"
        ? parameters.find(({ parameter_name }) => parameter_name === name)
        : parameters[names.indexOf(name)];
    return parameter && valueOf(parameter);
  });
}

const valuesOf = (component: unknown): string[] =>
  recordsOf(isRecord(component) ? component.parameters : undefined).flatMap((each) => valueOf(each) ?? []);

/** Currencies and times are shown by their fallback, since the receiver's phone formats them. */
function valueOf(parameter: Record<string, unknown>): string | undefined {
  const value = parameter[typeOf(parameter)];
  const text = isRecord(value) ? textOf(value.fallback_value) : textOf(parameter.text);
  // A longer one is refused; until then it is not repeated.
  return text && cut(text, MAX_PARAMETER + 1);
}
