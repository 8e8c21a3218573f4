import type { Content, LimitViolation, TemplateForm } from "../channel";
import { isRecord, textOf } from "../json";
import {
  buttonsOf,
  type Component,
  componentOf,
  distinctVariables,
  fileFormatOf,
  recordsOf,
  takesUrlSuffix,
  typeOf,
} from "./template-form";
import { checkShown } from "./template-limits";
import { shownText } from "./template-text";

/** Meta: Cloud API, template messages. Compares parameters with the template, which Meta refuses with 132000 and 132012. */

interface Sent {
  component: Component;
  /** Its dotted path in the message. */
  field: string;
}

export function fillIn(
  template: TemplateForm,
  content: Content,
  headerUrl: string | null,
): { content: Content } | { violations: LimitViolation[] } {
  const given = Array.isArray(content.components) ? (content.components as unknown[]) : [];
  const components = withHeader(template.components, given, headerUrl);
  const violations = checkAll(template, components, "content.components");
  if (violations.length > 0) return { violations };
  const text = shownText(template, components);
  const tooLong = checkShown(text);
  if (tooLong.length > 0) return { violations: tooLong };
  return {
    content: {
      ...content,
      ...(components.length > 0 && { components }),
      ...(text !== "" && { text }),
    },
  };
}

/** Adds the template's own file to a message that has none for its header. */
function withHeader(template: readonly unknown[], given: readonly unknown[], url: string | null): unknown[] {
  const format = fileFormatOf(componentOf(template, "header"));
  if (format === undefined || url === null || componentOf(given, "header") !== undefined) return [...given];
  return [{ type: "header", parameters: [{ type: format, [format]: { link: url } }] }, ...given];
}

function checkAll(template: TemplateForm, components: readonly unknown[], field: string): LimitViolation[] {
  // An incomplete report of the channel: it decides itself.
  if (template.components.length === 0) return [];
  const sent = components.flatMap((component, i): Sent[] =>
    isRecord(component) ? [{ component, field: `${field}.${i}` }] : [],
  );
  const seen = new Set<string>();
  const ofType = (type: string): Sent[] => sent.filter(({ component }) => typeOf(component) === type);
  return [
    ...sent.flatMap(({ component, field: at }): LimitViolation[] => {
      const type = typeOf(component);
      if (!["header", "body", "button", "carousel", "limited_time_offer", "order_status"].includes(type))
        return [{ field: `${at}.type`, message: "The template has no such component" }];
      if (type !== "button" && seen.has(type))
        return [{ field: `${at}.type`, message: `Only one component may be of type ${type}` }];
      seen.add(type);
      return [];
    }),
    ...checkHeader(template, ofType("header")[0], field),
    ...checkBody(template, ofType("body")[0], field),
    ...checkButtonParameters(buttonsOf(template.components), ofType("button"), field),
    ...checkOffer(template, ofType("limited_time_offer")[0], field),
    ...checkCards(template, ofType("carousel")[0], field),
  ];
}

const parametersOf = (sent: Sent | undefined): Component[] => recordsOf(sent?.component.parameters);

function checkHeader(template: TemplateForm, sent: Sent | undefined, field: string): LimitViolation[] {
  const header = componentOf(template.components, "header");
  const format = typeOf(header, "format");
  const expected = fileFormatOf(header) ?? (format === "location" || format === "product" ? format : undefined);
  if (expected === undefined) return checkTexts(template, header?.text, sent, field, "header");
  const [parameter, ...more] = parametersOf(sent);
  if (parameter === undefined)
    return [
      {
        field: sent?.field ?? field,
        message: `The template has a header with ${article(expected)}: a component of type header with one parameter of type ${expected} is required`,
      },
    ];
  const at = `${sent!.field}.parameters`;
  if (more.length > 0) return [{ field: at, message: `Must have one parameter; it has ${more.length + 1}` }];
  if (typeOf(parameter) !== expected)
    return [{ field: `${at}.0.type`, message: `Must be ${expected}, as the header of the template` }];
  const value = parameter[expected];
  const isFile = fileFormatOf(header) !== undefined;
  if (!isRecord(value) || (isFile && (textOf(value.link) === undefined) === (textOf(value.id) === undefined)))
    return [
      {
        field: `${at}.0.${expected}`,
        message: isFile ? "Exactly one of link and id is required" : `Must have the ${expected}`,
      },
    ];
  return [];
}

const article = (noun: string): string => (/^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`);

function checkBody(template: TemplateForm, sent: Sent | undefined, field: string): LimitViolation[] {
  const body = componentOf(template.components, "body");
  // Before Meta has reported its own text of an authentication template, it is known to have the code.
  const isPreset = body !== undefined && body.text === undefined && buttonsOf(template.components).some(takesUrlSuffix);
  return checkTexts(template, isPreset ? "{{1}}" : body?.text, sent, field, "body");
}

function checkTexts(
  { parameterFormat }: TemplateForm,
  text: unknown,
  sent: Sent | undefined,
  field: string,
  type: "header" | "body",
): LimitViolation[] {
  const names = distinctVariables(text);
  const parameters = parametersOf(sent);
  const shown = names.map((name) => `{{${name}}}`).join(", ");
  const at = sent === undefined ? field : `${sent.field}.parameters`;
  if (parameters.length !== names.length)
    return [
      {
        field: at,
        message:
          names.length === 0
            ? `The ${type} of the template takes no parameter; it has ${parameters.length}`
            : `The ${type} of the template takes ${names.length}: ${shown}; it has ${parameters.length}`,
      },
    ];
  return parameters.flatMap((parameter, i): LimitViolation[] => {
    if (!["text", "currency", "date_time"].includes(typeOf(parameter)))
      return [{ field: `${at}.${i}.type`, message: "Must be text, currency or date_time" }];
    if (parameterFormat !== "NAMED") return [];
    const { parameter_name: name } = parameter;
    if (typeof name !== "string" || !names.includes(name))
      return [{ field: `${at}.${i}.parameter_name`, message: `Must be one of ${names.join(", ")}` }];
    return parameters.findIndex((other) => other.parameter_name === name) < i
      ? [{ field: `${at}.${i}.parameter_name`, message: `${name} is given twice` }]
      : [];
  });
}

/** The parameter that a button takes; undefined: none. */
function parameterOf(button: Component): { type: string; isRequired: boolean } | undefined {
  if (takesUrlSuffix(button)) return { type: "text", isRequired: true };
  switch (typeOf(button)) {
    case "quick_reply":
      return { type: "payload", isRequired: false };
    case "copy_code":
      return { type: "coupon_code", isRequired: true };
    case "mpm":
      return { type: "action", isRequired: true };
    case "catalog":
    case "flow":
    case "spm":
      return { type: "action", isRequired: false };
    default:
      return undefined;
  }
}

function checkButtonParameters(buttons: readonly Component[], sent: readonly Sent[], field: string): LimitViolation[] {
  const given = new Set<number>();
  const found = sent.flatMap(({ component, field: at }): LimitViolation[] => {
    const index = Number(textOf(component.index) ?? Number.NaN);
    const button = buttons[index];
    if (button === undefined)
      return [{ field: `${at}.index`, message: `Must be the number of a button, from 0 to ${buttons.length - 1}` }];
    if (given.has(index)) return [{ field: `${at}.index`, message: "The button is given twice" }];
    given.add(index);
    const subType = typeOf(component, "sub_type");
    // A code is copied by an address that Meta makes.
    const expected = typeOf(button) === "otp" ? "url" : typeOf(button);
    if (subType !== expected) return [{ field: `${at}.sub_type`, message: `Must be ${expected}, as button ${index}` }];
    const takes = parameterOf(button);
    const parameters = recordsOf(component.parameters);
    if (takes === undefined)
      return parameters.length === 0 ? [] : [{ field: `${at}.parameters`, message: "The button takes no parameter" }];
    if (parameters.length > 1 || (takes.isRequired && parameters.length === 0))
      return [{ field: `${at}.parameters`, message: `Must have one parameter of type ${takes.type}` }];
    return parameters.length === 1 && typeOf(parameters[0]) !== takes.type
      ? [{ field: `${at}.parameters.0.type`, message: `Must be ${takes.type}` }]
      : [];
  });
  const missing = buttons.flatMap((button, i): LimitViolation[] => {
    const takes = parameterOf(button);
    return takes?.isRequired && !given.has(i)
      ? [
          {
            field,
            message: `Button ${i} of the template takes a parameter of type ${takes.type}: a component of type button with index ${i} is required`,
          },
        ]
      : [];
  });
  return [...found, ...missing];
}

function checkOffer(template: TemplateForm, sent: Sent | undefined, field: string): LimitViolation[] {
  const offer = componentOf(template.components, "limited_time_offer")?.limited_time_offer;
  const expires = isRecord(offer) && offer.has_expiration === true;
  const value = parametersOf(sent)[0]?.limited_time_offer;
  const time = isRecord(value) ? Number(value.expiration_time_ms) : Number.NaN;
  return expires && !Number.isSafeInteger(time)
    ? [
        {
          field: sent === undefined ? field : `${sent.field}.parameters`,
          message: "The offer expires: a parameter limited_time_offer with expiration_time_ms is required",
        },
      ]
    : [];
}

function checkCards(template: TemplateForm, sent: Sent | undefined, field: string): LimitViolation[] {
  const cards = recordsOf(componentOf(template.components, "carousel")?.cards);
  const given = recordsOf(sent?.component.cards);
  if (given.length !== cards.length)
    return [
      {
        field: sent === undefined ? field : `${sent.field}.cards`,
        message: `The template has ${cards.length} cards; the message has ${given.length}`,
      },
    ];
  return cards.flatMap((card, n) => {
    const form = { parameterFormat: template.parameterFormat, components: recordsOf(card.components) };
    const own = given[n]!.components;
    return checkAll(form, Array.isArray(own) ? own : [], `${sent!.field}.cards.${n}.components`);
  });
}
