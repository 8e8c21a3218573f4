import { MEDIA_TYPES, type Content, type MediaReference, type MediaType, type MessageType } from "../channel";
import { defined, isRecord, parseJson } from "../json";
import {
  buttonPayload,
  errorPayload,
  interactivePayload,
  locationPayload,
  mediaPayload,
  orderPayload,
  sharedContactPayload,
  systemPayload,
  templatePayload,
  textPayload,
} from "./payload";
import { orderText } from "./payment";

/** Meta: Cloud API webhooks, messages: maps the content of each type to our terms. */

export interface MessageBody {
  type: MessageType;
  content: Content;
  file?: MediaReference;
}

/** `undefined`: the type is unknown, or has an unknown shape. */
export function bodyOf(type: string | undefined, message: Record<string, unknown>): MessageBody | undefined {
  const named = type ?? BODY_TYPES.find((known) => message[known] !== undefined && message[known] !== null);
  if (named === undefined || !Object.hasOwn(READERS, named)) return undefined;
  return READERS[named]?.(message[named]);
}

/** The body of an unreadable message: its type, and its text if it has one. */
export function unsupportedBody(type: string | undefined, message: Record<string, unknown>): MessageBody {
  const text = textPayload.safeParse(message.text);
  const unsupported = isRecord(message.unsupported) ? message.unsupported.type : undefined;
  return {
    type: "unsupported",
    content: defined({
      original_type: typeof unsupported === "string" ? unsupported : type === "unsupported" ? undefined : type,
      text: text.success ? text.data.body : undefined,
    }),
  };
}

/** Meta's errors of a message, in the form of ChannelFailure. */
export function errorsOf(errors: readonly unknown[]): Record<string, unknown>[] {
  return errors.flatMap((each) => {
    const error = errorPayload.safeParse(each);
    if (!error.success) return [];
    const { code, title, message, details, error_data } = error.data;
    return [
      defined({
        code,
        title: title ?? message,
        detail: error_data?.details ?? details ?? (title === message ? undefined : message),
      }),
    ];
  });
}

type Reader = (body: unknown) => MessageBody | undefined;

const READERS: Record<string, Reader> = {
  text: (body) => {
    const text = textPayload.safeParse(body);
    return text.success ? { type: "text", content: { text: text.data.body } } : undefined;
  },
  ...Object.fromEntries(MEDIA_TYPES.map((type) => [type, (body: unknown) => media(type, body)])),
  // Before 2022 voice notes had a type of their own.
  voice: (body) => {
    const audio = media("audio", body);
    return audio && { ...audio, content: { ...audio.content, voice: true } };
  },
  location,
  contacts,
  interactive,
  button: (body) => {
    const button = buttonPayload.safeParse(body);
    if (!button.success) return undefined;
    const { payload, text } = button.data;
    return { type: "button", content: defined({ payload, text: text ?? payload }) };
  },
  order,
  template,
  system: (body) => {
    const system = systemPayload.safeParse(body);
    if (!system.success) return undefined;
    return { type: "system", content: defined({ event: system.data.type, text: system.data.body }) };
  },
};
const BODY_TYPES = Object.keys(READERS);

function media(type: MediaType, body: unknown): MessageBody | undefined {
  const parsed = mediaPayload.safeParse(body);
  if (!parsed.success) return undefined;
  const { id, mime_type, sha256, caption, filename, voice, animated } = parsed.data;
  const content = defined({
    caption,
    mime_type,
    file_name: filename,
    voice: voice || undefined,
    animated: animated || undefined,
    sha256,
  });
  // Without an id there is no file: the message's errors say why Meta could not accept it.
  if (id === undefined) return { type, content };
  return { type, content, file: { externalId: id, ...defined({ mimeType: mime_type, sha256, fileName: filename }) } };
}

function location(body: unknown): MessageBody | undefined {
  const parsed = locationPayload.safeParse(body);
  if (!parsed.success) return undefined;
  const { latitude, longitude, name, address, url } = parsed.data;
  const content = defined({ latitude, longitude, name, address, url, text: joined([name, address]) });
  return Object.keys(content).length === 0 ? undefined : { type: "location", content };
}

function contacts(body: unknown): MessageBody | undefined {
  if (!Array.isArray(body)) return undefined;
  const shared = body.filter(isRecord);
  return { type: "contacts", content: defined({ contacts: shared, text: joined(shared.map(contactText), "\n") }) };
}

/** A shared contact's name, company, numbers and addresses, for reading and for search. */
function contactText(contact: Record<string, unknown>): string | undefined {
  const parsed = sharedContactPayload.safeParse(contact);
  if (!parsed.success) return undefined;
  const { name, org, phones = [], emails = [] } = parsed.data;
  const formatted = name?.formatted_name ?? joined([name?.first_name, name?.last_name], " ");
  const numbers = phones.map(({ phone, wa_id }) => phone ?? wa_id);
  return joined([formatted, org?.company, ...numbers, ...emails.map(({ email }) => email)]);
}

function template(body: unknown): MessageBody | undefined {
  const parsed = templatePayload.safeParse(body);
  if (!parsed.success) return undefined;
  const { name, language, components } = parsed.data;
  return { type: "template", content: defined({ name, language, components }) };
}

function interactive(body: unknown): MessageBody | undefined {
  const parsed = interactivePayload.safeParse(body);
  if (!parsed.success) return undefined;
  const { type: kind, button_reply, list_reply, nfm_reply, call_permission_reply, payment_method } = parsed.data;
  if (button_reply !== undefined) return reply({ kind: "button_reply", ...picked(button_reply) });
  if (list_reply !== undefined) return reply({ kind: "list_reply", ...picked(list_reply) });
  if (call_permission_reply !== undefined) {
    const { response, expiration_timestamp: until, ...others } = call_permission_reply;
    const expires = until === undefined ? undefined : new Date(until).toISOString();
    const allowed = expires === undefined ? "Calls allowed" : `Calls allowed until ${expires}`;
    const text = response === "accept" ? allowed : "Calls not allowed";
    return reply({ kind: "call_permission_reply", ...others, response, expires_at: expires, text });
  }
  if (nfm_reply !== undefined) {
    const { name, body: text, response_json } = nfm_reply;
    const response = typeof response_json === "string" ? flowResponse(response_json) : (response_json ?? undefined);
    return reply({ kind: "nfm_reply", name, text, response });
  }
  if (payment_method !== undefined) {
    const { payment_method: method, last_four_digits: digits, reference_id: reference } = payment_method;
    const parts = [
      method && `by ${method}`,
      digits && `card ending in ${digits}`,
      reference && `reference ${reference}`,
    ];
    const text = joined(["Payment", joined(parts.map((part) => part || undefined))], " ");
    return reply({ kind: "payment_method", payment_method, text });
  }
  // A message of the business has the form in which we send it.
  const { action, body: words } = parsed.data;
  if (words?.text === undefined && action === undefined) return undefined;
  return reply({ kind, interactive: body, text: joined([words?.text, orderText(action?.parameters)], "\n") });
}

const MAX_FLOW_DEPTH = 32;
const MAX_FLOW_CHARS = 64 * 1024;

/** A flow's answer is JSON in a text, which the depth of the delivery does not bound. Any other answer stays text. */
function flowResponse(text: string): unknown {
  return text.length > MAX_FLOW_CHARS ? text : (parseJson(text, MAX_FLOW_DEPTH) ?? text);
}

function picked(choice: {
  id?: string | undefined;
  title?: string | undefined;
  description?: string | undefined;
}): Content {
  return { id: choice.id, title: choice.title, description: choice.description, text: choice.title ?? choice.id };
}

function reply(content: Content): MessageBody {
  return { type: "interactive", content: defined(content) };
}

function order(body: unknown): MessageBody | undefined {
  const parsed = orderPayload.safeParse(body);
  if (!parsed.success) return undefined;
  const { catalog_id, text, product_items } = parsed.data;
  return { type: "order", content: defined({ catalog_id, text, items: product_items ?? [] }) };
}

function joined(parts: readonly (string | undefined)[], separator = ", "): string | undefined {
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? undefined : said.join(separator);
}
