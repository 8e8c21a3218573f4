/** Variables in texts: `{{contact.name}}`, or `{{contact.name|there}}` with a fallback for an unknown value. Pure. */

export const VARIABLES = ["contact.name", "contact.phone", "agent.name", "org.name"] as const;
export type Variable = (typeof VARIABLES)[number];
/** null: unknown. */
export type Values = Record<Variable, string | null>;

const PLACEHOLDER = /\{\{\s*([\w.-]+)\s*(?:\|([^{}]*))?\}\}/g;

const isVariable = (name: string): name is Variable => (VARIABLES as readonly string[]).includes(name);

/** The names in a text that are no variables. */
export const unknownVariables = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].map((placeholder) => placeholder[1]!).filter((name) => !isVariable(name));

/** Replaces each variable once; variables inside values are not replaced. Other text in braces stays unchanged. */
export function render(text: string, values: Values): string {
  return text.replaceAll(PLACEHOLDER, (placeholder, name: string, fallback: string | undefined) =>
    isVariable(name) ? values[name] || (fallback ?? "").trim() : placeholder,
  );
}

/** The fields of a message's content that contain text. */
const TEXT_FIELDS = ["text", "caption", "subject"] as const;

export function variablesIn(content: Record<string, unknown>): Set<Variable> {
  const texts = TEXT_FIELDS.map((field) => content[field]).filter((text) => typeof text === "string");
  return new Set(
    texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map((placeholder) => placeholder[1]!)).filter(isVariable),
  );
}

export function renderContent<C extends Record<string, unknown>>(content: C, values: Values): C {
  const rendered = TEXT_FIELDS.flatMap((field) =>
    typeof content[field] === "string" ? [[field, render(content[field], values)]] : [],
  );
  return { ...content, ...Object.fromEntries(rendered) };
}
