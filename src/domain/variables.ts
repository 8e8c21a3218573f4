/** The variables of texts: `{{contact.name}}`, or `{{contact.name|there}}` with what stands there if it is not known. Pure. */

export const VARIABLES = ["contact.name", "contact.phone", "agent.name", "org.name"] as const;
export type Variable = (typeof VARIABLES)[number];
/** null: not known. */
export type Values = Record<Variable, string | null>;

const PLACE = /\{\{\s*([\w.-]+)\s*(?:\|([^{}]*))?\}\}/g;

const isVariable = (name: string): name is Variable => (VARIABLES as readonly string[]).includes(name);

/** The names in a text that are none of ours. */
export const unknownVariables = (text: string): string[] =>
  [...text.matchAll(PLACE)].map((place) => place[1]!).filter((name) => !isVariable(name));

/** Every value once, and never again what it contains; whatever else stands between braces is only text. */
export function render(text: string, values: Values): string {
  return text.replaceAll(PLACE, (place, name: string, otherwise: string | undefined) =>
    isVariable(name) ? values[name] || (otherwise ?? "").trim() : place,
  );
}

/** The fields of a message's content that people read as text. */
const TEXTS = ["text", "caption", "subject"] as const;

export function variablesIn(content: Record<string, unknown>): Set<Variable> {
  const texts = TEXTS.map((field) => content[field]).filter((text) => typeof text === "string");
  return new Set(texts.flatMap((text) => [...text.matchAll(PLACE)].map((place) => place[1]!)).filter(isVariable));
}

export function renderContent<C extends Record<string, unknown>>(content: C, values: Values): C {
  const rendered = TEXTS.flatMap((field) =>
    typeof content[field] === "string" ? [[field, render(content[field], values)]] : [],
  );
  return { ...content, ...Object.fromEntries(rendered) };
}
