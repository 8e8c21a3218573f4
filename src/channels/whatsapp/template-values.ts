import type { TemplateForm, TemplateVariable } from "../channel";
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

/**
 * The values that a template takes, each under one name, and the components that they make. Positional variables of the
 * body have their numbers, named ones their names; `header_1`, `header_media`, `button_0` and `card_0_1` stand for the
 * others (docs/campaigns.md).
 */

type ValueOf = (name: string) => string | undefined;

interface Part {
  variables: TemplateVariable[];
  /** Undefined: the message needs no component of the template's part. */
  make(valueOf: ValueOf): Component | undefined;
}

export const templateVariables = (template: TemplateForm, headerUrl: string | null): TemplateVariable[] =>
  partsOf(template, headerUrl !== null, null).flatMap(({ variables }) => variables);

/** The components of a message with these values. Values that are unknown are left out, which `fillIn` finds. */
export const componentsFrom = (template: TemplateForm, valueOf: ValueOf): Component[] =>
  partsOf(template, false, null).flatMap((part): Component[] => {
    const made = part.make(valueOf);
    return made ? [made] : [];
  });

function partsOf(template: TemplateForm, hasHeaderFile: boolean, card: number | null): Part[] {
  const { components } = template;
  const variable = (name: string, more: Partial<TemplateVariable>): TemplateVariable => ({
    name: card === null ? name : `card_${card}_${name}`,
    component: "body",
    card,
    button: null,
    kind: "text",
    text: null,
    sample: null,
    isRequired: true,
    ...more,
  });
  const header = componentOf(components, "header");
  const body = componentOf(components, "body");
  const buttons = buttonsOf(components);
  return [
    ...(header ? headerPart(template, header, hasHeaderFile, variable) : []),
    ...(body ? [textPart(template, "body", bodyText(body, buttons), body, variable)] : []),
    ...offerPart(componentOf(components, "limited_time_offer"), variable),
    ...buttons.flatMap((button, index) => buttonPart(button, index, variable)),
    ...cardsPart(template, recordsOf(componentOf(components, "carousel")?.cards)),
  ];
}

type MakeVariable = (name: string, more: Partial<TemplateVariable>) => TemplateVariable;

/** Before Meta has reported its own text of an authentication template, it is known to have the code. */
const bodyText = (body: Component, buttons: readonly Component[]): string =>
  textOf(body.text) ?? (buttons.some(takesUrlSuffix) ? "{{1}}" : "");

function textPart(
  { parameterFormat }: TemplateForm,
  type: "header" | "body",
  text: string,
  { example }: Component,
  variable: MakeVariable,
): Part {
  const isNamed = parameterFormat === "NAMED";
  const fields = distinctVariables(text).map((name, at) => ({
    name,
    slot: variable(type === "header" && !isNamed ? `header_${name}` : name, {
      component: type,
      text,
      sample: sampleOf(example, type, name, at),
    }),
  }));
  return {
    variables: fields.map(({ slot }) => slot),
    make(valueOf) {
      const parameters = fields.flatMap(({ name, slot }) => {
        const value = valueOf(slot.name);
        return value === undefined ? [] : [{ type: "text", ...(isNamed && { parameter_name: name }), text: value }];
      });
      return parameters.length === 0 ? undefined : { type, parameters };
    },
  };
}

function sampleOf(example: unknown, type: "header" | "body", name: string, at: number): string | null {
  if (!isRecord(example)) return null;
  const named = recordsOf(example[`${type}_text_named_params`]).find((each) => each.param_name === name);
  if (named) return textOf(named.example) ?? null;
  const list: unknown = example[`${type}_text`];
  // Meta nests the samples of the body in a list of lists.
  const samples: unknown = Array.isArray(list) && Array.isArray(list[0]) ? list[0] : list;
  return Array.isArray(samples) ? (textOf(samples[at]) ?? null) : null;
}

const PLACE = ["latitude", "longitude", "name", "address"] as const;

function headerPart(template: TemplateForm, header: Component, hasFile: boolean, variable: MakeVariable): Part[] {
  const format = fileFormatOf(header);
  if (format !== undefined) {
    const slot = variable("header_media", { component: "header", kind: "media", isRequired: !hasFile });
    return [
      {
        variables: [slot],
        make(valueOf) {
          const link = valueOf(slot.name);
          return link === undefined
            ? undefined
            : { type: "header", parameters: [{ type: format, [format]: { link } }] };
        },
      },
    ];
  }
  if (typeOf(header, "format") !== "location")
    return [textPart(template, "header", textOf(header.text) ?? "", header, variable)];
  const slots = PLACE.map((name) => variable(`header_${name}`, { component: "header" }));
  return [
    {
      variables: slots,
      make(valueOf) {
        const values = slots.map(({ name }) => valueOf(name));
        if (values.some((value) => value === undefined)) return undefined;
        const location = Object.fromEntries(PLACE.map((name, i) => [name, values[i]]));
        return { type: "header", parameters: [{ type: "location", location }] };
      },
    },
  ];
}

function offerPart(component: Component | undefined, variable: MakeVariable): Part[] {
  const offer = component?.limited_time_offer;
  if (!isRecord(offer) || offer.has_expiration !== true) return [];
  const slot = variable("offer_expires_at", {
    component: "limited_time_offer",
    kind: "time",
    text: textOf(offer.text) ?? null,
  });
  return [
    {
      variables: [slot],
      make(valueOf) {
        const at = Date.parse(valueOf(slot.name) ?? "");
        if (Number.isNaN(at)) return undefined;
        const parameter = { type: "limited_time_offer", limited_time_offer: { expiration_time_ms: at } };
        return { type: "limited_time_offer", parameters: [parameter] };
      },
    },
  ];
}

function buttonPart(button: Component, index: number, variable: MakeVariable): Part[] {
  const type = typeOf(button);
  const slotOf = (more: Partial<TemplateVariable>): TemplateVariable =>
    variable(`button_${index}`, {
      component: "button",
      button: index,
      text: textOf(button.url) ?? textOf(button.text) ?? null,
      sample: textOf(Array.isArray(button.example) ? button.example[0] : button.example) ?? null,
      ...more,
    });
  const partOf = (slot: TemplateVariable, subType: string, parameterOf: (value: string) => Component): Part => ({
    variables: [slot],
    make(valueOf) {
      // The button of an authentication template copies the code that the body shows.
      const value = valueOf(slot.name) ?? (isOtp(button) ? valueOf("1") : undefined);
      return value === undefined
        ? undefined
        : { type: "button", sub_type: subType, index: String(index), parameters: [parameterOf(value)] };
    },
  });
  if (takesUrlSuffix(button))
    return [
      partOf(slotOf({ kind: "url_suffix", isRequired: !isOtp(button) }), "url", (value) => ({
        type: "text",
        text: isOtp(button) ? value : urlSafe(value),
      })),
    ];
  if (type === "copy_code")
    return [partOf(slotOf({ kind: "code" }), "copy_code", (value) => ({ type: "coupon_code", coupon_code: value }))];
  if (type === "quick_reply")
    return [
      partOf(slotOf({ kind: "payload", isRequired: false }), "quick_reply", (value) => ({
        type: "payload",
        payload: value,
      })),
    ];
  return [];
}

const isOtp = (button: Component): boolean =>
  typeOf(button) === "otp" || /^https:\/\/(www\.)?whatsapp\.com\/otp\//.test(textOf(button.url) ?? "");

/** Only what an address cannot have is escaped: a suffix may be a path with a query, and may be escaped already. */
const urlSafe = (value: string): string =>
  value.replaceAll(/[^\w\-.~:/?#[\]@!$&'()*+,;=%]+/gu, (part) => encodeURIComponent(part));

function cardsPart({ parameterFormat }: TemplateForm, cards: readonly Component[]): Part[] {
  if (cards.length === 0) return [];
  const parts = cards.map((card, n) => partsOf({ parameterFormat, components: recordsOf(card.components) }, false, n));
  return [
    {
      variables: parts.flatMap((each) => each.flatMap(({ variables }) => variables)),
      make: (valueOf) => ({
        type: "carousel",
        cards: parts.map((each, n) => ({
          card_index: n,
          components: each.flatMap((part) => part.make(valueOf) ?? []),
        })),
      }),
    },
  ];
}
