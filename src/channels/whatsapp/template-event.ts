import type { TemplateChange } from "../channel";
import { defined, isRecord, textOf } from "../json";

/** Meta: Cloud API webhooks about templates. */

type Json = Record<string, unknown>;

/** Events after which a template may be sent, and which are no status in Meta's lists. */
const APPROVED_EVENTS = new Set(["APPROVED", "REINSTATED", "UNPAUSED", "UNARCHIVED", "UNLOCKED"]);
/** They leave the status as it is. */
const FLAGS = new Set(["FLAGGED", "UNFLAGGED"]);

/** The change that an event reports; `undefined` for other events. `event`: the corrected name of the field. */
export function templateChangeOf(owner: string, event: string, value: Json): TemplateChange | undefined {
  const externalId = textOf(value.message_template_id);
  const change = externalId === undefined ? undefined : changeOf(event, value);
  if (externalId === undefined || change === undefined) return undefined;
  return {
    owner,
    externalId,
    ...defined({ name: textOf(value.message_template_name), language: textOf(value.message_template_language) }),
    ...change,
  };
}

function changeOf(event: string, value: Json): Partial<TemplateChange> | undefined {
  switch (event) {
    case "message_template_status_update":
      return statusChange(value);
    case "message_template_quality_update":
      return defined({ quality: textOf(value.new_quality_score)?.toUpperCase() });
    case "template_category_update":
      return defined({ category: textOf(value.new_category)?.toUpperCase() });
    case "message_template_components_update":
      return { components: componentsOf(value) };
    default:
      return undefined;
  }
}

function statusChange(value: Json): Partial<TemplateChange> {
  const event = textOf(value.event)?.toUpperCase();
  if (event === undefined || event === "LOCKED") return {};
  if (FLAGS.has(event)) return { flag: event };
  const status = APPROVED_EVENTS.has(event) ? "APPROVED" : event;
  const { rejection_info: rejection, other_info: other } = value;
  const reasons = [
    value.reason === "NONE" ? undefined : textOf(value.reason),
    ...(isRecord(rejection) ? [textOf(rejection.reason), textOf(rejection.recommendation)] : []),
    ...(isRecord(other) ? [textOf(other.title), textOf(other.description)] : []),
  ].filter((each) => each !== undefined);
  return {
    status,
    reason: status === "APPROVED" || reasons.length === 0 ? null : reasons.join(": "),
    // Meta: neither disabled nor flagged any more.
    ...(event === "REINSTATED" && { flag: "UNFLAGGED" }),
    ...defined({ category: textOf(value.message_template_category)?.toUpperCase() }),
  };
}

function componentsOf(value: Json): Json[] {
  const buttons = Array.isArray(value.message_template_buttons) ? value.message_template_buttons.filter(isRecord) : [];
  const [title, body, footer] = ["title", "element", "footer"].map((part) => textOf(value[`message_template_${part}`]));
  return [
    ...(title === undefined ? [] : [{ type: "HEADER", format: "TEXT", text: title }]),
    ...(body === undefined ? [] : [{ type: "BODY", text: body }]),
    ...(footer === undefined ? [] : [{ type: "FOOTER", text: footer }]),
    ...(buttons.length === 0
      ? []
      : [
          {
            type: "BUTTONS",
            buttons: buttons.map((button) =>
              defined({
                type: textOf(button.message_template_button_type),
                text: textOf(button.message_template_button_text),
                url: textOf(button.message_template_button_url),
                phone_number: textOf(button.message_template_button_phone_number),
              }),
            ),
          },
        ]),
  ];
}
