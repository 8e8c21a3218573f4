import type { Content, MessageType } from "./channel";
import { isRecord, textOf } from "./json";

/** The texts that people read in a message: a search finds it by them, and lists show them. Pure. */
export function searchableTextOf({ type, content }: { type: MessageType; content: Content }): string[] {
  const { subject, text, caption, file_name: fileName } = content;
  const own = [subject, text, caption, fileName];
  const more =
    type === "interactive" ? ofInteractive(content.interactive) : type === "template" ? ofTemplate(content) : [];
  // `text` may say what the body does (ChannelAdapter.askChoice).
  return [...new Set([...own, ...more].filter((words): words is string => typeof words === "string" && words !== ""))];
}

function ofInteractive(interactive: unknown): unknown[] {
  if (!isRecord(interactive)) return [];
  return [interactive.header, interactive.body, interactive.footer].map((part) => isRecord(part) && part.text);
}

/** The text around its parameters is the channel's; we have its name. */
function ofTemplate({ name, components }: Content): unknown[] {
  const parameters = recordsOf(components).flatMap((component) => recordsOf(component.parameters));
  return [name, ...parameters.map(({ text }) => textOf(text))];
}

const recordsOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
