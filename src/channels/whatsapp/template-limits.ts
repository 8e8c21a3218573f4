import type { Content, LimitViolation } from "../channel";
import { isRecord } from "../json";
import { checkText } from "../text-limits";

/** Meta: Cloud API, template messages: `content.components` is Meta's list and is sent unchanged. */

export const MAX_PARAMETER = 32_768;
/** Meta shows 1,024 or 32,768 characters. A template may repeat a variable, so that a few parameters make megabytes. */
const MAX_SHOWN = 65_536;

/** Checks the text that the receiver would read, which variables of ours may lengthen once more. */
export const checkShown = (text: unknown): LimitViolation[] =>
  typeof text === "string" && text.length > MAX_SHOWN
    ? [{ field: "content.components", message: `The filled template must have at most ${MAX_SHOWN} characters` }]
    : [];

export function checkTemplate({ name, language, components, text }: Content): LimitViolation[] {
  const code = isRecord(language) ? language.code : language;
  const found = checkText(code, "content.language", 20);
  if (typeof name !== "string" || !/^[a-z0-9_]{1,512}$/.test(name)) {
    found.push({ field: "content.name", message: "Must be the name of a template: lowercase letters, digits and _" });
  }
  return [...found, ...checkComponents(components, "content.components"), ...checkShown(text)];
}

function checkComponents(components: unknown, field: string): LimitViolation[] {
  if (components === undefined || components === null) return [];
  if (!Array.isArray(components) || !components.every(isRecord))
    return [{ field, message: "Must be a list of components" }];
  return components.flatMap((component: Record<string, unknown>, index) => {
    const at = `${field}.${index}`;
    const cards: unknown[] = Array.isArray(component.cards) ? component.cards : [];
    return [
      ...checkParameters(component.parameters, `${at}.parameters`),
      ...cards.flatMap((card, n) =>
        isRecord(card) ? checkComponents(card.components, `${at}.cards.${n}.components`) : [],
      ),
    ];
  });
}

function checkParameters(parameters: unknown, field: string): LimitViolation[] {
  if (parameters === undefined || parameters === null) return [];
  if (!Array.isArray(parameters)) return [{ field, message: "Must be a list of parameters" }];
  return parameters.flatMap((parameter: unknown, index): LimitViolation[] => {
    const at = `${field}.${index}`;
    if (!isRecord(parameter)) return [{ field: at, message: "Must be a parameter with its type" }];
    const type = typeof parameter.type === "string" ? parameter.type.toLowerCase() : "";
    switch (type) {
      case "text":
        return checkParameter(parameter.text, `${at}.text`);
      case "coupon_code":
        return checkParameter(parameter.coupon_code, `${at}.coupon_code`);
      case "payload":
        return checkText(parameter.payload, `${at}.payload`, MAX_PARAMETER);
      case "currency":
      case "date_time": {
        const value = parameter[type];
        return checkParameter(isRecord(value) && value.fallback_value, `${at}.${type}.fallback_value`);
      }
      default:
        return checkText(type, `${at}.type`, 100);
    }
  });
}

/** Meta: errors 131008 for an empty parameter, 132018 for the others. */
function checkParameter(value: unknown, field: string): LimitViolation[] {
  const found = checkText(value, field, MAX_PARAMETER);
  if (found.length > 0 || typeof value !== "string") return found;
  if (/[\n\r\t\v\f\u0085\u2028\u2029]/.test(value))
    found.push({ field, message: "Must not contain a line break or a tab" });
  if (/ {5}/.test(value)) found.push({ field, message: "Must not contain more than four spaces in a row" });
  return found;
}
