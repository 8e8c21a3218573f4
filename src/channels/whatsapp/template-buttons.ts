import type { LimitViolation } from "../channel";
import { isRecord } from "../json";
import { entryOf } from "./account-value";
import { type Component, typeOf, variablesOf } from "./template-form";
import { checkText } from "../text-limits";

/** Meta: Business Management API, template components, buttons. */

const MAX_BUTTONS = 10;
const MAX_TEXT = 25;
const MAX_URL = 2000;
const MAX_PHONE = 20;
const MAX_CODE = 15;
const MAX_APPS = 5;

/** How many of a type a template may have. */
const MAX_OF_TYPE: Readonly<Record<string, number>> = {
  quick_reply: 10,
  url: 2,
  phone_number: 1,
  copy_code: 1,
  otp: 1,
  flow: 1,
  catalog: 1,
  mpm: 1,
  spm: 1,
  voice_call: 1,
};
/** Meta writes these texts itself, or has a default. */
const WITHOUT_TEXT = new Set(["copy_code", "otp"]);

export function checkButtons(value: unknown, category: string, field: string): LimitViolation[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isRecord))
    return [{ field, message: "At least one button is required" }];
  const buttons = value as Component[];
  const types = buttons.map((each) => typeOf(each));
  const found: LimitViolation[] = [];
  if (buttons.length > MAX_BUTTONS) found.push({ field, message: `Must have at most ${MAX_BUTTONS} buttons` });
  for (const type of new Set(types)) {
    const max = entryOf(MAX_OF_TYPE, type);
    if (max !== undefined && types.filter((each) => each === type).length > max)
      found.push({ field, message: `Must have at most ${max} of type ${type.toUpperCase()}` });
  }
  const replies = types.map((type) => type === "quick_reply");
  // One change from replies to others, or back, makes two groups.
  if (replies.filter((isReply, i) => i > 0 && isReply !== replies[i - 1]).length > 1)
    found.push({ field, message: "Quick replies must stand together, before or after the other buttons" });
  return [...found, ...buttons.flatMap((button, i) => checkButton(button, category, `${field}.${i}`))];
}

function checkButton(button: Component, category: string, field: string): LimitViolation[] {
  const type = typeOf(button);
  if (entryOf(MAX_OF_TYPE, type) === undefined)
    return [{ field: `${field}.type`, message: `Must be one of ${Object.keys(MAX_OF_TYPE).join(", ").toUpperCase()}` }];
  const found =
    WITHOUT_TEXT.has(type) && button.text === undefined ? [] : checkText(button.text, `${field}.text`, MAX_TEXT);
  if (variablesOf(button.text).length > 0) found.push({ field: `${field}.text`, message: "Must not have a variable" });
  switch (type) {
    case "url":
      return [...found, ...checkUrl(button, field)];
    case "phone_number":
      return [...found, ...checkText(button.phone_number, `${field}.phone_number`, MAX_PHONE)];
    case "copy_code":
      return [...found, ...checkText(firstOf(button.example), `${field}.example`, MAX_CODE)];
    case "flow": {
      const { flow_id, flow_name, flow_json } = button;
      const given = [flow_id, flow_name, flow_json].filter((each) => typeof each === "string" && each !== "");
      return given.length === 1
        ? found
        : [...found, { field, message: "Exactly one of flow_id, flow_name and flow_json is required" }];
    }
    case "otp":
      return [...found, ...checkOtp(button, category, field)];
    default:
      return found;
  }
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

function checkUrl({ url, example }: Component, field: string): LimitViolation[] {
  const found = checkText(url, `${field}.url`, MAX_URL);
  if (found.length > 0 || typeof url !== "string") return found;
  const names = variablesOf(url);
  if (!/^https?:\/\/[^\s{}]/.test(url)) found.push({ field: `${field}.url`, message: "Must begin with https://" });
  if (names.length === 0) return found;
  if (names.length > 1 || !/\{\{[^{}]*\}\}$/.test(url))
    found.push({ field: `${field}.url`, message: "May have one variable, at its end" });
  if (typeof firstOf(example) !== "string" || firstOf(example) === "")
    found.push({ field: `${field}.example`, message: "A sample is required for the variable" });
  return found;
}

function checkOtp(button: Component, category: string, field: string): LimitViolation[] {
  if (category !== "AUTHENTICATION")
    return [{ field: `${field}.type`, message: "OTP is for templates of category AUTHENTICATION" }];
  const type = typeOf(button, "otp_type");
  if (!["copy_code", "one_tap", "zero_tap"].includes(type))
    return [{ field: `${field}.otp_type`, message: "Must be one of COPY_CODE, ONE_TAP, ZERO_TAP" }];
  if (type === "copy_code") return [];
  const apps: unknown[] = Array.isArray(button.supported_apps) ? button.supported_apps : [button];
  const areNamed =
    apps.length > 0 &&
    apps.length <= MAX_APPS &&
    apps.every((app) => isRecord(app) && Boolean(app.package_name) && Boolean(app.signature_hash));
  return areNamed
    ? []
    : [
        {
          field: `${field}.supported_apps`,
          message: `1 to ${MAX_APPS} apps with package_name and signature_hash are required`,
        },
      ];
}
