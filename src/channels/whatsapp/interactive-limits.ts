import type { LimitViolation } from "../channel";
import { isRecord } from "../json";
import { checkFields, checkOptionalText, checkText } from "../text-limits";

/** Meta: Cloud API, interactive messages: `content.interactive` is Meta's object and is sent unchanged. */

const AT = "content.interactive";
const MAX_BUTTONS = 3;
const MAX_ROWS = 10;
const MAX_SECTIONS = 10;

/** Meta's types of interactive messages. */
const TYPES = new Set([
  "address_message",
  "button",
  "call_permission_request",
  "carousel",
  "catalog_message",
  "cta_url",
  "flow",
  "list",
  "location_request_message",
  "product",
  "product_list",
  "request_contact_info",
  "voice_call",
]);
const BODY_OPTIONAL = new Set(["call_permission_request", "product"]);

const FIELDS = ["type", "header", "body", "footer", "action"];

type Json = Record<string, unknown>;

export function checkInteractive(interactive: unknown): LimitViolation[] {
  if (!isRecord(interactive)) return [{ field: AT, message: "Required" }];
  const { type, body, header, footer } = interactive;
  if (typeof type !== "string" || !TYPES.has(type))
    return [{ field: `${AT}.type`, message: `Must be one of ${[...TYPES].join(", ")}` }];
  const bodyText = isRecord(body) ? body.text : undefined;
  const checkBody = BODY_OPTIONAL.has(type) ? checkOptionalText : checkText;
  const found = [
    ...checkFields(interactive, FIELDS, AT),
    ...checkBody(bodyText, `${AT}.body.text`, type === "list" ? 4096 : 1024),
    ...(isRecord(header) && header.type === "text" ? checkText(header.text, `${AT}.header.text`, 60) : []),
    ...(isRecord(footer) ? checkOptionalText(footer.text, `${AT}.footer.text`, 60) : []),
  ];
  if (!isRecord(interactive.action)) return [...found, { field: `${AT}.action`, message: "Required" }];
  return [...found, ...checkAction(type, interactive.action)];
}

function checkAction(type: string, action: Json): LimitViolation[] {
  switch (type) {
    case "button":
      return checkButtons(action.buttons);
    case "list":
      return [...checkText(action.button, `${AT}.action.button`, 20), ...checkSections(action.sections)];
    case "cta_url": {
      const parameters = isRecord(action.parameters) ? action.parameters : {};
      const at = `${AT}.action.parameters`;
      return [
        ...checkText(parameters.display_text, `${at}.display_text`, 20),
        ...checkText(parameters.url, `${at}.url`, 2048),
      ];
    }
    default:
      return [];
  }
}

function checkButtons(buttons: unknown): LimitViolation[] {
  const field = `${AT}.action.buttons`;
  if (!Array.isArray(buttons) || buttons.length === 0 || buttons.length > MAX_BUTTONS) {
    return [{ field, message: `Must have 1 to ${MAX_BUTTONS} buttons` }];
  }
  const replies = buttons.map((button: unknown): Json =>
    isRecord(button) && isRecord(button.reply) ? button.reply : {},
  );
  return [
    ...buttons.flatMap((button: unknown, index) =>
      isRecord(button) && button.type === "reply"
        ? []
        : [{ field: `${field}.${index}.type`, message: 'Must be "reply"' }],
    ),
    ...replies.flatMap((reply, index) => [
      ...checkText(reply.id, `${field}.${index}.reply.id`, 256),
      ...checkText(reply.title, `${field}.${index}.reply.title`, 20),
    ]),
    ...checkUnique(replies, "id", field),
    ...checkUnique(replies, "title", field),
  ];
}

function checkSections(sections: unknown): LimitViolation[] {
  const field = `${AT}.action.sections`;
  if (!Array.isArray(sections) || sections.length === 0 || sections.length > MAX_SECTIONS) {
    return [{ field, message: `Must have 1 to ${MAX_SECTIONS} sections` }];
  }
  const lists = sections.map((section: unknown) =>
    isRecord(section) && Array.isArray(section.rows) ? section.rows : [],
  );
  const rows = lists.flat().map((row: unknown): Json => (isRecord(row) ? row : {}));
  const found = sections.flatMap((section: unknown, index) => {
    const title = isRecord(section) ? section.title : undefined;
    const checkTitle = sections.length > 1 ? checkText : checkOptionalText;
    return checkTitle(title, `${field}.${index}.title`, 24);
  });
  if (lists.some((list) => list.length === 0))
    found.push({ field, message: "Every section must have at least one row" });
  if (rows.length > MAX_ROWS)
    found.push({ field, message: `Must have at most ${MAX_ROWS} rows in all sections; it has ${rows.length}` });
  for (const [index, list] of lists.entries()) {
    for (const [at, row] of list.entries()) {
      const path = `${field}.${index}.rows.${at}`;
      const { id, title, description }: Json = isRecord(row) ? row : {};
      found.push(
        ...checkText(id, `${path}.id`, 200),
        ...checkText(title, `${path}.title`, 24),
        ...checkOptionalText(description, `${path}.description`, 72),
      );
    }
  }
  return [...found, ...checkUnique(rows, "id", field)];
}

function checkUnique(items: readonly Json[], key: string, field: string): LimitViolation[] {
  const values = items.map((item) => item[key]).filter((value) => typeof value === "string");
  return new Set(values).size === values.length ? [] : [{ field, message: `Every ${key} must be unique` }];
}
