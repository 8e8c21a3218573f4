import { changeShownTexts } from "../channels/shown-texts";

/** Variables in texts: `{{contact.name}}`, or `{{contact.name|there}}` with a fallback for an unknown value. Pure. */

export const VARIABLES = ["contact.name", "contact.phone", "agent.name", "org.name"] as const;
export type Variable = (typeof VARIABLES)[number];
/** null: unknown. */
export type Values = Record<Variable, string | null>;

const PLACEHOLDER = /\{\{([^{}|]*)(?:\|([^{}]*))?\}\}/g;

export const isVariable = (name: string): name is Variable => (VARIABLES as readonly string[]).includes(name);

/** In any script, and also with spaces; a formula such as `7*7` names nothing. */
const isName = (name: string): boolean => /\p{L}|^[\w.-]+$/u.test(name);

const namesIn = (text: string): string[] =>
  [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!.trim()).filter(isName);

/** The names in a text that are no variables. */
export const unknownVariables = (text: string): string[] => namesIn(text).filter((name) => !isVariable(name));

/** Replaces each variable once; variables inside values are not replaced. Other text in braces stays unchanged. */
export const render = (text: string, values: Values): string =>
  replaceNames(text, (name, fallback) => (isVariable(name) ? values[name] || (fallback ?? "") : undefined));

/** Replaces each name in braces once. `valueOf` gets the fallback, if there is one; undefined: it stays unchanged. */
export const replaceNames = (
  text: string,
  valueOf: (name: string, fallback: string | undefined) => string | undefined,
): string =>
  text.replaceAll(PLACEHOLDER, (placeholder, named: string, fallback: string | undefined) => {
    const name = named.trim();
    return isName(name) ? (valueOf(name, fallback?.trim()) ?? placeholder) : placeholder;
  });

/** The variables in the texts of a message. */
export function variablesIn(content: Record<string, unknown>): Set<Variable> {
  const found = new Set<Variable>();
  changeShownTexts(content, (text) => {
    for (const name of namesIn(text)) if (isVariable(name)) found.add(name);
    return text;
  });
  return found;
}

export const renderContent = <C extends Record<string, unknown>>(content: C, values: Values): C =>
  changeShownTexts(content, (text) => render(text, values));
