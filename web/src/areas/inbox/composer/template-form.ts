import type { SendMessageRequest, WaTemplate } from "../../../api/api.gen";
import { type Content, recordsIn, textIn } from "../thread/content";

/** A WhatsApp template's blanks, its text with them filled in, and the message that it becomes. Pure. */
export interface Blank {
  /** `body 1`, `header name`, `button 0`. */
  id: string;
  part: "header" | "body" | "button" | "file";
  /** The variable: `1`, or a name. */
  variable: string;
  /** For a button, its text. */
  of?: string;
}

export type Values = Readonly<Record<string, string>>;

const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/g;
const FILES = ["IMAGE", "VIDEO", "DOCUMENT"];

const partOf = ({ components }: WaTemplate, type: string): Content | undefined =>
  recordsIn(components).find((one) => String(one.type).toUpperCase() === type);

const variablesIn = (text: string | undefined): string[] => [
  ...new Set([...(text ?? "").matchAll(VARIABLE)].map(([, name]) => name!)),
];

export const buttonsOf = (template: WaTemplate): Content[] => recordsIn(partOf(template, "BUTTONS")?.buttons);

const fileFormat = (template: WaTemplate): string | undefined => {
  const format = String(partOf(template, "HEADER")?.format).toUpperCase();
  return FILES.includes(format) ? format.toLowerCase() : undefined;
};

/** Everything that must be filled in, in the order in which it is read. */
export function blanksOf(template: WaTemplate): Blank[] {
  const ofText = (part: "header" | "body", text: string | undefined): Blank[] =>
    variablesIn(text).map((variable) => ({ id: `${part} ${variable}`, part, variable }));
  const needsFile = fileFormat(template) !== undefined && template.header_media_url === null;
  return [
    ...(needsFile ? [{ id: "file", part: "file" as const, variable: fileFormat(template)! }] : []),
    ...ofText("header", textIn(partOf(template, "HEADER")?.text)),
    ...ofText("body", textIn(partOf(template, "BODY")?.text)),
    ...buttonsOf(template).flatMap((button, i): Blank[] => {
      const needs = variablesIn(textIn(button.url)).length > 0 || button.type === "COPY_CODE";
      return needs ? [{ id: `button ${i}`, part: "button", variable: String(i), of: textIn(button.text) ?? "" }] : [];
    }),
  ];
}

/** The text with the values filled in; a missing one stays as its variable. */
export function previewOf(
  template: WaTemplate,
  values: Values,
): { header?: string; body: string; footer?: string; buttons: string[] } {
  const filled = (part: "header" | "body", text: string): string =>
    text.replaceAll(VARIABLE, (whole, name: string) => values[`${part} ${name}`] || whole);
  const header = textIn(partOf(template, "HEADER")?.text);
  const footer = textIn(partOf(template, "FOOTER")?.text);
  return {
    ...(header !== undefined && { header: filled("header", header) }),
    body: filled("body", textIn(partOf(template, "BODY")?.text) ?? ""),
    ...(footer !== undefined && { footer }),
    buttons: buttonsOf(template).map((button) => textIn(button.text) ?? ""),
  };
}

export function messageFor(template: WaTemplate, values: Values): SendMessageRequest {
  const isNamed = template.parameter_format === "NAMED";
  const parameters = (part: "header" | "body"): Content[] =>
    blanksOf(template)
      .filter((blank) => blank.part === part)
      .map(({ id, variable }) => ({
        type: "text",
        ...(isNamed && { parameter_name: variable }),
        text: values[id] ?? "",
      }));
  const [header, body] = [parameters("header"), parameters("body")];
  const file = values.file;
  const format = fileFormat(template);
  const components = [
    ...(file ? [{ type: "header", parameters: [{ type: format, [format!]: { link: file } }] }] : []),
    ...(header.length > 0 ? [{ type: "header", parameters: header }] : []),
    ...(body.length > 0 ? [{ type: "body", parameters: body }] : []),
    ...buttonsOf(template).flatMap((button, i) => {
      const value = values[`button ${i}`];
      if (value === undefined) return [];
      const isCode = button.type === "COPY_CODE";
      return [
        {
          type: "button",
          sub_type: isCode ? "copy_code" : "url",
          index: String(i),
          parameters: [isCode ? { type: "coupon_code", coupon_code: value } : { type: "text", text: value }],
        },
      ];
    }),
  ];
  return {
    type: "template",
    content: { name: template.name, language: template.language, ...(components.length > 0 && { components }) },
  };
}
