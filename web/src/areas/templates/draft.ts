import type { CreateWaTemplate } from "../../api/api.gen";

/** The content of the form, and the template that Meta gets. Pure. */

export const CATEGORIES = ["UTILITY", "MARKETING", "AUTHENTICATION"] as const;
export type Category = (typeof CATEGORIES)[number];
export const HEADERS = ["none", "text", "image", "video", "document"] as const;
export type Header = (typeof HEADERS)[number];
export const BUTTONS = ["QUICK_REPLY", "URL", "PHONE_NUMBER"] as const;
export type ButtonKind = (typeof BUTTONS)[number];

export interface DraftButton {
  kind: ButtonKind;
  text: string;
  /** An address, or a number. */
  value: string;
}
export interface Draft {
  name: string;
  language: string;
  category: Category;
  header: Header;
  headerText: string;
  /** Id of an upload. */
  media: string | undefined;
  body: string;
  footer: string;
  buttons: readonly DraftButton[];
  /** By part and variable: `body 1`. Meta's reviewers see them. */
  samples: Readonly<Record<string, string>>;
}

export const EMPTY: Draft = {
  name: "",
  language: "en_US",
  category: "UTILITY",
  header: "none",
  headerText: "",
  media: undefined,
  body: "",
  footer: "",
  buttons: [],
  samples: {},
};

const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;
export const variablesIn = (text: string): string[] => [
  ...new Set([...text.matchAll(VARIABLE)].map(([, name]) => name!)),
];
export const withSamples = (text: string, part: string, samples: Draft["samples"]): string =>
  text.replaceAll(VARIABLE, (whole, name: string) => samples[`${part} ${name}`] || whole);

/** Parts that have variables, in the order in which they are read. */
export function blanksOf({ header, headerText, body, buttons, category }: Draft): { part: string; variable: string }[] {
  const of = (part: string, text: string) => variablesIn(text).map((variable) => ({ part, variable }));
  if (category === "AUTHENTICATION") return [];
  return [
    ...(header === "text" ? of("header", headerText) : []),
    ...of("body", body),
    ...buttons.flatMap(({ kind, value }, i) => (kind === "URL" ? of(`button${i}`, value) : [])),
  ];
}

export const nextVariable = (body: string): string => {
  const numbers = variablesIn(body)
    .map(Number)
    .filter((n) => !Number.isNaN(n));
  return `{{${Math.max(0, ...numbers) + 1}}}`;
};

/** An authentication template has Meta's own words: a code, what to mind, and a button that copies it. */
const AUTHENTICATION: CreateWaTemplate["components"] = [
  { type: "BODY", add_security_recommendation: true },
  { type: "FOOTER", code_expiration_minutes: 10 },
  { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE", text: "Copy code" }] },
];

export function templateOf(draft: Draft): Pick<CreateWaTemplate, "name" | "language" | "category" | "components"> {
  const { name, language, category } = draft;
  return { name: name.trim(), language: language.trim(), category, components: componentsOf(draft) };
}

function componentsOf(draft: Draft): CreateWaTemplate["components"] {
  const { category, header, headerText, media, body, footer, buttons, samples } = draft;
  if (category === "AUTHENTICATION") return AUTHENTICATION;
  const sample = (part: string, variable: string): string => samples[`${part} ${variable}`] ?? "";
  const textPart = (type: "HEADER" | "BODY", part: string, text: string) => {
    const names = variablesIn(text);
    const isNamed = names.some((one) => Number.isNaN(Number(one)));
    const params = names.map((one) => ({ param_name: one, example: sample(part, one) }));
    const values = names.toSorted((a, b) => Number(a) - Number(b)).map((one) => sample(part, one));
    const example = isNamed
      ? { [`${part}_text_named_params`]: params }
      : { [`${part}_text`]: part === "body" ? [values] : values };
    return { type, text, ...(type === "HEADER" && { format: "TEXT" }), ...(names.length > 0 && { example }) };
  };
  return [
    ...(header === "text" ? [textPart("HEADER", "header", headerText)] : []),
    ...(header !== "none" && header !== "text"
      ? [{ type: "HEADER", format: header.toUpperCase(), example: { media_id: media } }]
      : []),
    textPart("BODY", "body", body),
    ...(footer.trim() === "" ? [] : [{ type: "FOOTER", text: footer.trim() }]),
    ...(buttons.length === 0
      ? []
      : [
          {
            type: "BUTTONS",
            buttons: buttons.map((button, i) => buttonOf(button, (one) => sample(`button${i}`, one))),
          },
        ]),
  ];
}

function buttonOf({ kind, text, value }: DraftButton, sample: (variable: string) => string): Record<string, unknown> {
  if (kind === "QUICK_REPLY") return { type: kind, text };
  if (kind === "PHONE_NUMBER") return { type: kind, text, phone_number: value };
  const [variable] = variablesIn(value);
  return { type: kind, text, url: value, ...(variable !== undefined && { example: [sample(variable)] }) };
}
