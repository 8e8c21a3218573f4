import type { Content, MessageType } from "./channel";
import { isRecord, textOf } from "./json";

/** The texts in a message, for search and previews. Pure. */
export function searchableTextOf({ type, content }: { type: MessageType; content: Content }): string[] {
  const { subject, text, caption, file_name: fileName } = content;
  const own = [subject, text, caption, fileName];
  const more =
    type === "interactive"
      ? [...ofInteractive(content.interactive), ...ofCards(content.template)]
      : type === "template"
        ? ofTemplate(content)
        : [];
  // `text` may repeat the body (ChannelAdapter.askChoice).
  return [...new Set([...own, ...more].filter((words): words is string => typeof words === "string" && words !== ""))];
}

function ofInteractive(interactive: unknown): unknown[] {
  if (!isRecord(interactive)) return [];
  return [interactive.header, interactive.body, interactive.footer].map((part) => isRecord(part) && part.text);
}

/** The texts of a template of cards or buttons (Instagram, Messenger). */
function ofCards(template: unknown): unknown[] {
  if (!isRecord(template)) return [];
  return [template.text, ...recordsOf(template.elements).flatMap(({ title, subtitle }) => [title, subtitle])];
}

/** Without the text of a template, which belongs to the channel, only its name and parameters are known. */
function ofTemplate({ name, components, text: shown }: Content): unknown[] {
  if (textOf(shown) !== undefined) return [];
  const parameters = recordsOf(components).flatMap((component) => recordsOf(component.parameters));
  return [name, ...parameters.map(({ text }) => textOf(text))];
}

const recordsOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
