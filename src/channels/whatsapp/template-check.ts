import type { LimitViolation, NewTemplate } from "../channel";
import { isRecord } from "../json";
import { type Component, fileFormatOf, isNamed, recordsOf, typeOf, variablesOf } from "./template-form";
import { checkButtons } from "./template-buttons";
import { checkText } from "../text-limits";

/** Meta: Business Management API, create a template. Checks what Meta would refuse with an error of 2388xxx. */

export const TEMPLATE_CATEGORIES = ["AUTHENTICATION", "MARKETING", "UTILITY"];

const MAX_HEADER = 60;
const MAX_BODY = 1024;
const MAX_OFFER_BODY = 600;
const MAX_FOOTER = 60;
const MAX_CARD_BODY = 160;
const MAX_OFFER_TEXT = 16;
const MAX_CODE_MINUTES = 90;

const KNOWN_TYPES = [
  "header",
  "body",
  "footer",
  "buttons",
  "carousel",
  "limited_time_offer",
  "call_permission_request",
];

export function checkNew(template: NewTemplate): LimitViolation[] {
  const { name, language, category, components } = template;
  const found: LimitViolation[] = [];
  if (!/^[a-z0-9_]{1,512}$/.test(name))
    found.push({ field: "name", message: "Must have lowercase letters, digits and _ only, at most 512" });
  if (!/^[a-z]{2,3}(_([A-Z]{2}|\d{3}))?$/.test(language))
    found.push({ field: "language", message: "Must be a language code such as id or en_US" });
  if (!TEMPLATE_CATEGORIES.includes(category))
    found.push({ field: "category", message: `Must be one of ${TEMPLATE_CATEGORIES.join(", ")}` });
  return [...found, ...checkComponents(template, components)];
}

function checkComponents(template: NewTemplate, components: readonly unknown[]): LimitViolation[] {
  const types = components.map((each) => typeOf(each));
  const found = types.flatMap((type, index): LimitViolation[] => {
    const field = `components.${index}.type`;
    if (!KNOWN_TYPES.includes(type))
      return [{ field, message: `Must be one of ${KNOWN_TYPES.join(", ").toUpperCase()}` }];
    return types.indexOf(type) < index ? [{ field, message: `Only one component may be ${type.toUpperCase()}` }] : [];
  });
  if (!types.includes("body")) found.push({ field: "components", message: "A component of type BODY is required" });
  const isOffer = types.includes("limited_time_offer");
  if (isOffer && types.includes("footer"))
    found.push({ field: "components", message: "A limited-time offer has no footer" });
  if ((isOffer || types.includes("carousel")) && template.category !== "MARKETING")
    found.push({ field: "category", message: "Must be MARKETING for offers and carousels" });
  return [
    ...found,
    ...components.flatMap((component, index) =>
      isRecord(component) ? checkComponent(template, component, `components.${index}`, isOffer) : [],
    ),
  ];
}

function checkComponent(
  template: NewTemplate,
  component: Component,
  field: string,
  isOffer: boolean,
): LimitViolation[] {
  switch (typeOf(component)) {
    case "header":
      return checkHeader(template, component, field);
    case "body":
      return checkBody(template, component, field, isOffer ? MAX_OFFER_BODY : MAX_BODY);
    case "footer":
      return checkFooter(template, component, field);
    case "buttons":
      return checkButtons(component.buttons, template.category, `${field}.buttons`);
    case "limited_time_offer": {
      const offer = isRecord(component.limited_time_offer) ? component.limited_time_offer : {};
      return checkText(offer.text, `${field}.limited_time_offer.text`, MAX_OFFER_TEXT);
    }
    case "carousel":
      return checkCards(template, component.cards, `${field}.cards`);
    default:
      return [];
  }
}

function checkHeader(template: NewTemplate, header: Component, field: string): LimitViolation[] {
  const format = typeOf(header, "format");
  if (fileFormatOf(header) !== undefined) return checkSample(header, field);
  if (format === "location" || format === "product") return [];
  if (format !== "text")
    return [
      { field: `${field}.format`, message: "Must be one of TEXT, IMAGE, VIDEO, GIF, DOCUMENT, LOCATION, PRODUCT" },
    ];
  const found = checkText(header.text, `${field}.text`, MAX_HEADER);
  if (typeof header.text === "string" && /[\n\r]/.test(header.text))
    found.push({ field: `${field}.text`, message: "Must not contain a line break" });
  const names = variablesOf(header.text);
  if (names.length > 1) found.push({ field: `${field}.text`, message: "Must have at most one variable" });
  return [...found, ...checkVariables(template, header, field, ["header_text", "header_text_named_params"])];
}

/** A handle of the channel, or the id of our own file, which is uploaded when the template is submitted. */
function checkSample({ example }: Component, field: string): LimitViolation[] {
  const { header_handle: handles, media_id: mediaId } = isRecord(example) ? example : {};
  const hasHandle = Array.isArray(handles) && typeof handles[0] === "string" && handles[0] !== "";
  return hasHandle || (typeof mediaId === "string" && mediaId !== "")
    ? []
    : [{ field: `${field}.example`, message: "A sample is required: media_id of an upload, or header_handle" }];
}

function checkBody(template: NewTemplate, body: Component, field: string, maxLength: number): LimitViolation[] {
  // Meta writes the text of authentication templates itself.
  if (template.category === "AUTHENTICATION" && body.text === undefined) return [];
  const at = `${field}.text`;
  const found = checkText(body.text, at, maxLength);
  if (typeof body.text === "string" && /^\s*\{\{[^{}]*\}\}|\{\{[^{}]*\}\}\s*$/.test(body.text))
    found.push({ field: at, message: "Must not begin or end with a variable" });
  return [...found, ...checkVariables(template, body, field, ["body_text", "body_text_named_params"])];
}

function checkFooter({ category }: NewTemplate, footer: Component, field: string): LimitViolation[] {
  const { code_expiration_minutes: minutes } = footer;
  if (category === "AUTHENTICATION" && footer.text === undefined) {
    const isFit = Number.isInteger(minutes) && (minutes as number) >= 1 && (minutes as number) <= MAX_CODE_MINUTES;
    return isFit
      ? []
      : [
          {
            field: `${field}.code_expiration_minutes`,
            message: `Must be a whole number from 1 to ${MAX_CODE_MINUTES}`,
          },
        ];
  }
  const found = checkText(footer.text, `${field}.text`, MAX_FOOTER);
  if (variablesOf(footer.text).length > 0) found.push({ field: `${field}.text`, message: "Must not have a variable" });
  return found;
}

/** Names and samples of the variables in a text. Positional samples of a body are a list of lists. */
function checkVariables(
  { parameterFormat }: NewTemplate,
  { text, example }: Component,
  field: string,
  [positional, named]: readonly [string, string],
): LimitViolation[] {
  const names = [...new Set(variablesOf(text))];
  if (names.length === 0) return [];
  const samples = isRecord(example) ? example : {};
  if (parameterFormat === "NAMED") {
    const wrong = names.find((name) => !isNamed(name));
    if (wrong !== undefined)
      return [
        {
          field: `${field}.text`,
          message: `{{${wrong.slice(0, 50)}}} must be named with lowercase letters, digits and _, as all others`,
        },
      ];
    const given = recordsOf(samples[named]);
    return names
      .filter((name) => !given.some(({ param_name, example: sample }) => param_name === name && isSample(sample)))
      .map((name) => ({ field: `${field}.example.${named}`, message: `A sample for {{${name}}} is required` }));
  }
  const wrong = names.find((name) => !/^[1-9]\d{0,2}$/.test(name));
  if (wrong !== undefined)
    return [{ field: `${field}.text`, message: `{{${wrong.slice(0, 50)}}} must be a number, as all others` }];
  if (names.some((_, i) => !names.includes(String(i + 1))))
    return [{ field: `${field}.text`, message: `Variables must be numbered from {{1}} to {{${names.length}}}` }];
  const outer: unknown = samples[positional];
  const list: unknown[] = Array.isArray(outer) ? (Array.isArray(outer[0]) ? (outer[0] as unknown[]) : outer) : [];
  return list.length === names.length && list.every(isSample)
    ? []
    : [
        {
          field: `${field}.example.${positional}`,
          message: `Must have a sample for each of ${names.length} variables`,
        },
      ];
}

const isSample = (value: unknown): boolean => typeof value === "string" && value.trim() !== "";

function checkCards(template: NewTemplate, value: unknown, field: string): LimitViolation[] {
  if (!Array.isArray(value) || value.length < 2 || value.length > 10)
    return [{ field, message: "Must have 2 to 10 cards" }];
  const cards = value.map((card) => recordsOf(isRecord(card) ? card.components : undefined));
  const [first, ...others] = cards.map((card) =>
    card.map((each) => [typeOf(each), typeOf(each, "format")].join()).join(" "),
  );
  if (others.some((other) => other !== first)) return [{ field, message: "All cards must have the same components" }];
  return cards.flatMap((components, n) => {
    const at = `${field}.${n}.components`;
    const types = components.map((each) => typeOf(each));
    if (!types.includes("header")) return [{ field: at, message: "A component of type HEADER is required" }];
    return components.flatMap((component, index) => {
      const inner = `${at}.${index}`;
      if (types[index] === "body") return checkBody(template, component, inner, MAX_CARD_BODY);
      if (types[index] === "header" && !["image", "video", "product"].includes(typeOf(component, "format")))
        return [{ field: `${inner}.format`, message: "Must be one of IMAGE, VIDEO, PRODUCT" }];
      if (types[index] === "header") return checkHeader(template, component, inner);
      if (types[index] === "buttons") return checkButtons(component.buttons, template.category, `${inner}.buttons`);
      return [{ field: `${inner}.type`, message: "Must be one of HEADER, BODY, BUTTONS" }];
    });
  });
}
