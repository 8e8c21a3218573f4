import type { Variables } from "../../domain/campaign";

export const MAX_VARIABLES = 50;
export const MAX_VALUE_CHARS = 1024;
export const MAX_NAME_CHARS = 64;

/** Why these variables of a line are refused; undefined: they are not. */
export function faultOfVariables(variables: Variables): string | undefined {
  const entries = Object.entries(variables);
  if (entries.length > MAX_VARIABLES) return `has more than ${MAX_VARIABLES} variables`;
  const long = entries.find(([, value]) => value.length > MAX_VALUE_CHARS);
  return long && `the value of ${long[0]} is longer than ${MAX_VALUE_CHARS} characters`;
}
