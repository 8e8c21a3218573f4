import type { SendMessageRequest, WaTemplate } from "./api.gen";

/** A WhatsApp template: how it looks, which values it asks for, and the message that it becomes. Pure. */

type Content = Readonly<Record<string, unknown>>;

const HEADER_FILES = ["image", "video", "document", "location"] as const;

/** A template as its reader sees it. */
export interface Look {
  file: (typeof HEADER_FILES)[number] | undefined;
  header: string | undefined;
  body: string;
  footer: string | undefined;
  buttons: { kind: string; text: string }[];
}

export interface Blank {
  /** `body 1`, `header name`, `button 0`, `file`. */
  id: string;
  part: "header" | "body" | "button" | "file";
  /** The variable: `1`, or a name; a button's place; the kind of a file. */
  variable: string;
  /** The text of a button, else empty. */
  of: string;
}

export type Values = Readonly<Record<string, string>>;

const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/g;

const recordsIn = (value: unknown): Content[] => (Array.isArray(value) ? (value as Content[]) : []);
const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const partOf = ({ components }: WaTemplate, type: string): Content =>
  components.find((one) => textOf(one.type)?.toUpperCase() === type) ?? {};
const buttonsOf = (template: WaTemplate): Content[] => recordsIn(partOf(template, "BUTTONS").buttons);
const variablesIn = (text: unknown): string[] => [
  ...new Set([...(textOf(text) ?? "").matchAll(VARIABLE)].map(([, name]) => name!)),
];

/** Its texts with what is filled in; the rest stays as its variables. */
export function lookOf(template: WaTemplate, values: Values = {}): Look {
  const filled = (part: "header" | "body", text: unknown): string | undefined =>
    textOf(text)?.replaceAll(VARIABLE, (whole, name: string) => values[`${part} ${name}`] || whole);
  const header = partOf(template, "HEADER");
  const format = textOf(header.format)?.toLowerCase();
  return {
    file: HEADER_FILES.find((one) => one === format),
    header: filled("header", header.text),
    body: filled("body", partOf(template, "BODY").text) ?? "",
    footer: textOf(partOf(template, "FOOTER").text),
    buttons: buttonsOf(template).map(({ type, text }) => ({
      kind: textOf(type) ?? "",
      text: textOf(text) ?? textOf(type) ?? "",
    })),
  };
}

/** Everything that must be filled in, in the order in which it is read. */
export function blanksOf(template: WaTemplate): Blank[] {
  const ofText = (part: "header" | "body", text: unknown): Blank[] =>
    variablesIn(text).map((variable) => ({ id: `${part} ${variable}`, part, variable, of: "" }));
  const { file } = lookOf(template);
  const needsFile = file !== undefined && file !== "location" && template.header_media_url === null;
  return [
    ...(needsFile ? [{ id: "file", part: "file" as const, variable: file, of: "" }] : []),
    ...ofText("header", partOf(template, "HEADER").text),
    ...ofText("body", partOf(template, "BODY").text),
    ...buttonsOf(template).flatMap((button, i): Blank[] => {
      const needs = variablesIn(button.url).length > 0 || button.type === "COPY_CODE";
      return needs ? [{ id: `button ${i}`, part: "button", variable: String(i), of: textOf(button.text) ?? "" }] : [];
    }),
  ];
}

/** The texts that a message of the template fills in. Its parameters are named, or in the order of the variables. */
export function valuesIn(template: WaTemplate, { components }: Content): Values {
  const filled = (["header", "body"] as const).flatMap((part) => {
    const ofPart = recordsIn(components).find(({ type }) => textOf(type)?.toLowerCase() === part);
    const given = recordsIn(ofPart?.parameters);
    return variablesIn(partOf(template, part.toUpperCase()).text).map((name, i) => {
      const parameter = given.find((one) => one.parameter_name === name) ?? given[i];
      return [`${part} ${name}`, textOf(parameter?.text) ?? ""] as const;
    });
  });
  return Object.fromEntries(filled);
}

/** The customer's name, for the first variable, which usually asks for it. It can be changed. */
export function guessFor(template: WaTemplate, name: string): Values {
  const first = blanksOf(template).find(
    ({ part, variable }) => part === "body" && (variable === "1" || /name|nama/i.test(variable)),
  );
  return first && name.trim() !== "" ? { [first.id]: name.trim() } : {};
}

export const isComplete = (template: WaTemplate, values: Values): boolean =>
  blanksOf(template).every(({ id }) => (values[id] ?? "").trim() !== "");

export function messageFor(template: WaTemplate, values: Values): SendMessageRequest {
  const blanks = blanksOf(template);
  const isNamed = template.parameter_format === "NAMED";
  const valuesOf = (part: "header" | "body"): Content[] => {
    const parameters = blanks
      .filter((blank) => blank.part === part)
      .map(({ id, variable }) => ({
        type: "text",
        ...(isNamed && { parameter_name: variable }),
        text: values[id] ?? "",
      }));
    return parameters.length > 0 ? [{ type: part, parameters }] : [];
  };
  const components: Content[] = [
    ...blanks
      .filter(({ part }) => part === "file")
      .map(({ id, variable }) => ({
        type: "header",
        parameters: [{ type: variable, [variable]: { link: values[id] ?? "" } }],
      })),
    ...valuesOf("header"),
    ...valuesOf("body"),
    ...blanks
      .filter(({ part }) => part === "button")
      .map(({ id, variable }) => {
        const isCode = buttonsOf(template)[Number(variable)]?.type === "COPY_CODE";
        const value = values[id] ?? "";
        return {
          type: "button",
          sub_type: isCode ? "copy_code" : "url",
          index: variable,
          parameters: [isCode ? { type: "coupon_code", coupon_code: value } : { type: "text", text: value }],
        };
      }),
  ];
  return {
    type: "template",
    content: { name: template.name, language: template.language, ...(components.length > 0 && { components }) },
  };
}
