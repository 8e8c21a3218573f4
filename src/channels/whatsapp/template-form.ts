import { isRecord, textOf } from "../json";

/** Meta: Business Management API, template components. Helpers for their shapes; types are compared in lower case. */

export type Component = Record<string, unknown>;

export const typeOf = (value: unknown, field = "type"): string => {
  const type = isRecord(value) ? value[field] : undefined;
  return typeof type === "string" ? type.toLowerCase() : "";
};

export const recordsOf = (value: unknown): Component[] => (Array.isArray(value) ? value.filter(isRecord) : []);

export const componentOf = (components: readonly unknown[], type: string): Component | undefined =>
  components.filter(isRecord).find((each) => typeOf(each) === type);

export const buttonsOf = (components: readonly unknown[]): Component[] =>
  recordsOf(componentOf(components, "buttons")?.buttons);

export const FILE_FORMATS = ["image", "video", "document"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export const fileFormatOf = (header: unknown): FileFormat | undefined => {
  const format = typeOf(header, "format");
  // Meta sends a GIF as a video that repeats.
  return FILE_FORMATS.find((each) => each === format || (each === "video" && format === "gif"));
};

const VARIABLE = /\{\{([^{}]*)\}\}/g;

/** The names in a text's variables, in their order, repeated ones too. */
export const variablesOf = (text: unknown): string[] =>
  typeof text === "string" ? [...text.matchAll(VARIABLE)].map(([, name]) => name!.trim()) : [];

/** The distinct variables: numbers in their order, names as they occur. */
export function distinctVariables(text: unknown): string[] {
  const names = [...new Set(variablesOf(text))];
  return names.every((name) => /^\d+$/.test(name)) ? names.toSorted((a, b) => Number(a) - Number(b)) : names;
}

export const isNamed = (name: string): boolean => /^[a-z_][a-z0-9_]*$/.test(name);

export const replaceVariables = (text: string, valueOf: (name: string) => string | undefined): string =>
  text.replaceAll(VARIABLE, (placeholder, name: string) => valueOf(name.trim()) ?? placeholder);

/** Whether the button opens an address, or copies a code, that is completed when it is sent. */
export const takesUrlSuffix = (button: Component): boolean => {
  const type = typeOf(button);
  return type === "otp" || (type === "url" && variablesOf(textOf(button.url)).length > 0);
};
