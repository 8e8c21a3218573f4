/** The review of templates, and what happens to them later, with their webhooks. Meta: template webhooks. */
import type { Simulation } from "./simulation.ts";
import type { Json, MessageTemplate } from "./state.ts";

/** An action of the control on a template. */
export interface TemplateAction {
  /** Its id, or its name and language. */
  id?: string;
  name?: string;
  language?: string;
  wabaId?: string;
  /** By default the review decides. */
  do?:
    | "review"
    | "approve"
    | "reject"
    | "pause"
    | "unpause"
    | "disable"
    | "flag"
    | "unflag"
    | "quality"
    | "category"
    | "edit"
    | "delete";
  /** The reason of a rejection, the score of a quality, or the new category. */
  value?: string;
  /** New texts of `edit`. */
  components?: Json[];
  /** False: no webhook follows. */
  webhook?: boolean;
}

/** Lets the review run by itself, if the simulator does that. */
export function reviewLater(simulation: Simulation, template: MessageTemplate): void {
  if (simulation.reviewDelayMs === undefined) return;
  setTimeout(() => actOnTemplate(simulation, { id: template.id, wabaId: template.wabaId }), simulation.reviewDelayMs);
}

/** Throws RangeError for an unknown template. */
export function actOnTemplate(simulation: Simulation, action: TemplateAction): MessageTemplate {
  const template = [...simulation.state.templates.values()].find(
    (each) =>
      (action.wabaId === undefined || each.wabaId === action.wabaId) &&
      (action.id !== undefined
        ? each.id === action.id
        : each.name === action.name && (action.language === undefined || each.language === action.language)),
  );
  if (!template) throw new RangeError(`There is no template ${action.id ?? action.name}.`);
  const [field, value] = act(simulation, template, action);
  if (action.webhook !== false)
    simulation.delivery.queue([{ wabaId: template.wabaId, field, value: { ...identityOf(template), ...value } }]);
  return template;
}

/** In webhooks the id is a number. */
const identityOf = ({ id, name, language }: MessageTemplate): Json => ({
  message_template_id: Number(id),
  message_template_name: name,
  message_template_language: language,
});

const status = (template: MessageTemplate, event: string, more: Json = {}): [string, Json] => {
  template.status = event === "UNPAUSED" || event === "REINSTATED" ? "APPROVED" : event;
  return [
    "message_template_status_update",
    { event: template.status, reason: "NONE", message_template_category: template.category, ...more },
  ];
};

function act(simulation: Simulation, template: MessageTemplate, action: TemplateAction): [string, Json] {
  switch (action.do ?? "review") {
    case "review":
      return review(template);
    case "approve":
      return status(template, "APPROVED");
    case "reject":
      template.rejectedReason = action.value ?? "SCAM";
      return status(template, "REJECTED", { reason: template.rejectedReason });
    case "pause":
      return status(template, "PAUSED", {
        other_info: { title: "FIRST_PAUSE", description: "Paused for 3 hours because of low quality." },
      });
    case "unpause":
      return status(template, "UNPAUSED", { other_info: { title: "UNPAUSED", description: "It can be sent again." } });
    case "disable":
      return status(template, "DISABLED", {
        reason: action.value ?? "ABUSIVE_CONTENT",
        disable_info: { disable_date: Math.floor(simulation.now() / 1000) },
      });
    case "flag":
    case "unflag":
      // It is no status.
      return [
        "message_template_status_update",
        { event: action.do === "flag" ? "FLAGGED" : "UNFLAGGED", reason: "NONE" },
      ];
    case "delete":
      simulation.state.templates.delete(`${template.wabaId}|${template.id}`);
      return status(template, "DELETED");
    case "quality": {
      const previous = template.quality;
      template.quality = action.value ?? "YELLOW";
      // As in Meta's documentation, whose example has the field of a status.
      return [
        "message_template_status_update",
        { previous_quality_score: previous, new_quality_score: template.quality },
      ];
    }
    case "category": {
      const previous = template.category;
      template.category = action.value ?? "MARKETING";
      return ["template_category_update", { previous_category: previous, new_category: template.category }];
    }
    default:
      return edit(template, action.components ?? []);
  }
}

/** Rejects variables that stand next to each other, approves the rest. */
function review(template: MessageTemplate): [string, Json] {
  const body = template.components.find(({ type }) => type === "BODY")?.text;
  if (typeof body !== "string" || !/\}\}\s*\{\{/.test(body)) return status(template, "APPROVED");
  template.rejectedReason = "INVALID_FORMAT";
  return status(template, "REJECTED", {
    reason: "INVALID_FORMAT",
    rejection_info: {
      reason: "Your template has parameters placed next to each other without text or punctuation between them.",
      recommendation: "Separate parameters with descriptive text.",
    },
  });
}

function edit(template: MessageTemplate, components: Json[]): [string, Json] {
  template.components = template.components.map((each) => components.find(({ type }) => type === each.type) ?? each);
  const textOf = (type: string) => template.components.find((each) => each.type === type)?.text;
  return [
    "message_template_components_update",
    {
      message_template_element: textOf("BODY"),
      ...(textOf("HEADER") !== undefined && { message_template_title: textOf("HEADER") }),
      ...(textOf("FOOTER") !== undefined && { message_template_footer: textOf("FOOTER") }),
    },
  ];
}
