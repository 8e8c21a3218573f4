import type { SendMessageRequest, WaTemplate } from "../../api/api.gen";

/** A WhatsApp template's blanks, its text with them filled in, and the message that it becomes. Pure. */
type Content = Readonly<Record<string, unknown>>;
export interface Blank {
  /** `body 1`, `header name`, `button 0`, `file`. */
  id: string;
  part: "header" | "body" | "button" | "file";
  variable: string;
  /** For a button, its text. */
  of: string;
}
export type Values = Readonly<Record<string, string>>;

const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/g;
const FILES = ["IMAGE", "VIDEO", "DOCUMENT"];

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const partOf = ({ components }: WaTemplate, type: string): Content | undefined =>
  components.find((one) => textOf(one.type).toUpperCase() === type);
const buttonsOf = (template: WaTemplate): Content[] => {
  const buttons = partOf(template, "BUTTONS")?.buttons;
  return Array.isArray(buttons) ? (buttons as Content[]) : [];
};
const variablesIn = (text: unknown): string[] => [
  ...new Set([...textOf(text).matchAll(VARIABLE)].map(([, name]) => name!)),
];
const fileFormat = (template: WaTemplate): string | undefined =>
  FILES.find((format) => format === textOf(partOf(template, "HEADER")?.format).toUpperCase())?.toLowerCase();

/** Everything that must be filled in, in the order in which it is read. */
export function blanksOf(template: WaTemplate): Blank[] {
  const ofText = (part: "header" | "body", text: unknown): Blank[] =>
    variablesIn(text).map((variable) => ({ id: `${part} ${variable}`, part, variable, of: "" }));
  const file = template.header_media_url === null ? fileFormat(template) : undefined;
  return [
    ...(file === undefined ? [] : [{ id: "file", part: "file" as const, variable: file, of: "" }]),
    ...ofText("header", partOf(template, "HEADER")?.text),
    ...ofText("body", partOf(template, "BODY")?.text),
    ...buttonsOf(template).flatMap((button, i): Blank[] =>
      variablesIn(button.url).length > 0 || button.type === "COPY_CODE"
        ? [{ id: `button ${i}`, part: "button", variable: String(i), of: textOf(button.text) }]
        : [],
    ),
  ];
}

/** Its texts with the values filled in; a missing one stays as its variable. */
export function previewOf(template: WaTemplate, values: Values): string[] {
  const filled = (part: "header" | "body", text: unknown): string =>
    textOf(text).replaceAll(VARIABLE, (whole, name: string) => values[`${part} ${name}`] || whole);
  return [
    filled("header", partOf(template, "HEADER")?.text),
    filled("body", partOf(template, "BODY")?.text),
    textOf(partOf(template, "FOOTER")?.text),
  ].filter((text) => text !== "");
}

export function messageFor(template: WaTemplate, values: Values): SendMessageRequest {
  const blanks = blanksOf(template);
  const isNamed = template.parameter_format === "NAMED";
  const texts = (part: "header" | "body"): Content[] =>
    blanks
      .filter((blank) => blank.part === part)
      .map(({ id, variable }) => ({
        type: "text",
        ...(isNamed && { parameter_name: variable }),
        text: values[id] ?? "",
      }));
  const components: Content[] = blanks.flatMap(({ id, part, variable }): Content[] => {
    const value = values[id] ?? "";
    if (part === "file") return [{ type: "header", parameters: [{ type: variable, [variable]: { link: value } }] }];
    if (part !== "button") return [];
    const isCode = buttonsOf(template)[Number(variable)]?.type === "COPY_CODE";
    return [
      {
        type: "button",
        sub_type: isCode ? "copy_code" : "url",
        index: variable,
        parameters: [isCode ? { type: "coupon_code", coupon_code: value } : { type: "text", text: value }],
      },
    ];
  });
  for (const part of ["header", "body"] as const) {
    const parameters = texts(part);
    if (parameters.length > 0) components.push({ type: part, parameters });
  }
  return {
    type: "template",
    content: { name: template.name, language: template.language, ...(components.length > 0 && { components }) },
  };
}
