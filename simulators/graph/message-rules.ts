/** The checks of a message that precede those of its recipient. Meta: Cloud API, messages. */
import type { Json } from "./state.ts";

interface Refusal {
  code: number;
  message?: string;
  details?: string;
}

const mediaTypes = new Set(["image", "video", "audio", "document", "sticker"]);
const types = new Set([...mediaTypes, "text", "location", "contacts", "reaction", "interactive", "template"]);

function invalid(text: string): Refusal {
  return { code: 100, message: `(#100) ${text}`, details: text };
}

function missing(parameter: string): Refusal {
  return { code: 131008, details: `The parameter ${parameter} is required.` };
}

function object(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function filled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function tooLong(value: unknown, name: string, maxCharacters: number): Refusal | undefined {
  if (typeof value !== "string" || [...value].length <= maxCharacters) return undefined;
  return invalid(`Param ${name} must be at most ${maxCharacters} characters long.`);
}

/** The message's type; text if absent. Meta: Cloud API, messages, `type`. */
export function messageTypeOf(body: Json): string | undefined {
  if (body.type === undefined) return object(body.text) ? "text" : undefined;
  return typeof body.type === "string" ? body.type.toLowerCase() : undefined;
}

export function refuseMessage(body: Json, isMedia: (id: string) => boolean): Refusal | undefined {
  if (body.messaging_product !== "whatsapp") return invalid("The parameter messaging_product is required.");
  if (!filled(body.to) && !filled(body.recipient)) return invalid("The parameter to is required.");
  if (filled(body.to) && body.to.replace(/\D/g, "").length < 5) return invalid("Param to must be a phone number.");
  // `to` takes precedence over `recipient`.
  const userId = filled(body.to) ? undefined : body.recipient;
  if (typeof userId === "string" && !/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/.test(userId))
    return invalid("Param recipient must be a business-scoped user ID.");
  const type = messageTypeOf(body);
  if (type === undefined) return invalid("The parameter type is required.");
  if (!types.has(type))
    return invalid(`Param type must be one of {${[...types].join(", ").toUpperCase()}} - got "${type}".`);
  if (body.context !== undefined && !filled(object(body.context)?.message_id)) return missing("context['message_id']");
  const callbackData = body.biz_opaque_callback_data;
  if (callbackData !== undefined && typeof callbackData !== "string")
    return invalid("Param biz_opaque_callback_data must be a string.");
  return tooLong(callbackData, "biz_opaque_callback_data", 512) ?? refusePart(type, body, isMedia);
}

function refusePart(type: string, body: Json, isMedia: (id: string) => boolean): Refusal | undefined {
  if (type === "contacts") {
    const contacts = body.contacts;
    if (!Array.isArray(contacts) || contacts.length === 0) return missing("contacts");
    return contacts.every((contact) => filled(object(object(contact)?.name)?.formatted_name))
      ? undefined
      : missing("contacts[].name.formatted_name");
  }
  const part = object(body[type]);
  if (!part) return missing(type);
  if (mediaTypes.has(type)) return refuseMedia(type, part, isMedia);
  switch (type) {
    case "text":
      if (!filled(part.body)) return invalid("The parameter text['body'] is required.");
      return tooLong(part.body, "text['body']", 4096);
    case "location":
      return Number.isFinite(Number(part.latitude ?? Number.NaN)) &&
        Number.isFinite(Number(part.longitude ?? Number.NaN))
        ? undefined
        : missing("location['latitude'] and location['longitude']");
    case "reaction":
      if (!filled(part.message_id)) return missing("reaction['message_id']");
      return part.emoji === undefined || typeof part.emoji === "string"
        ? undefined
        : invalid("Param reaction['emoji'] must be a string.");
    case "template":
      if (!filled(part.name)) return missing("template['name']");
      if (!filled(object(part.language)?.code)) return missing("template['language']['code']");
      if (part.components !== undefined && !Array.isArray(part.components))
        return invalid("Param template['components'] must be an array.");
      return refuseComponents(part.components ?? []);
    default:
      return refuseInteractive(part);
  }
}

/** Meta: Cloud API, error codes 131008 and 132018. */
function refuseComponents(components: unknown[]): Refusal | undefined {
  for (const component of components) {
    const { parameters, cards } = object(component) ?? {};
    for (const parameter of Array.isArray(parameters) ? parameters : []) {
      const { type, text } = object(parameter) ?? {};
      if (type !== "text") continue;
      if (!filled(text) || text.trim() === "")
        return { code: 131008, details: "Parameter of type text is missing text value" };
      if (/[\n\r\t]| {5}/.test(text))
        return {
          code: 132018,
          details: "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        };
    }
    for (const card of Array.isArray(cards) ? cards : []) {
      const inner = object(card)?.components;
      const refusal = refuseComponents(Array.isArray(inner) ? inner : []);
      if (refusal) return refusal;
    }
  }
  return undefined;
}

function refuseMedia(type: string, part: Json, isMedia: (id: string) => boolean): Refusal | undefined {
  if (filled(part.id) === filled(part.link))
    return invalid(`Exactly one of ${type}['id'] and ${type}['link'] is required.`);
  if (filled(part.id) && !isMedia(part.id))
    return invalid(`Param ${type}['id'] is not a valid whatsapp business account media attachment ID`);
  if (filled(part.link) && !/^https?:\/\//i.test(part.link))
    return invalid(`Param ${type}['link'] is not a valid URI.`);
  if (part.caption !== undefined && (type === "audio" || type === "sticker"))
    return invalid(`Unexpected key "caption" on param "${type}".`);
  return tooLong(part.caption, `${type}['caption']`, 1024);
}

function refuseInteractive(part: Json): Refusal | undefined {
  if (!filled(part.type)) return missing("interactive['type']");
  const action = object(part.action);
  if (!action) return missing("interactive['action']");
  if (part.type !== "product" && !filled(object(part.body)?.text)) return missing("interactive['body']['text']");
  if (part.type === "button") return refuseButtons(action);
  if (part.type === "list") return refuseList(action);
  return tooLong(object(part.body)?.text, "interactive['body']['text']", 1024);
}

function refuseButtons({ buttons }: Json): Refusal | undefined {
  if (!Array.isArray(buttons) || buttons.length < 1 || buttons.length > 3)
    return { code: 131009, details: "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3" };
  const replies = buttons.map((button) => object(object(button)?.reply));
  if (!replies.every((reply) => filled(reply?.id) && filled(reply.title)))
    return missing("interactive['action']['buttons'][]['reply']");
  if (new Set(replies.map((reply) => reply?.id)).size < replies.length)
    return { code: 131009, details: "Duplicated button id" };
  return replies.reduce<Refusal | undefined>(
    (refusal, reply) => refusal ?? tooLong(reply?.title, "button title", 20),
    undefined,
  );
}

function refuseList({ button, sections }: Json): Refusal | undefined {
  if (!filled(button)) return missing("interactive['action']['button']");
  const rows = Array.isArray(sections)
    ? sections.flatMap((section) => (object(section)?.rows as unknown[] | undefined) ?? [])
    : [];
  if (rows.length < 1 || rows.length > 10)
    return { code: 131009, details: "Total row count exceed max allowed count: 10" };
  if (!rows.every((row) => filled(object(row)?.id) && filled(object(row)?.title)))
    return missing("interactive['action']['sections'][]['rows'][]");
  return rows.reduce<Refusal | undefined>(
    (refusal, row) => refusal ?? tooLong(object(row)?.title, "row title", 24),
    tooLong(button, "list button", 20),
  );
}
