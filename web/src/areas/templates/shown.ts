import type { WaTemplate } from "../../api/api.gen";
import type { Shown } from "./bubble";
import { type Draft, withSamples } from "./draft";

type Content = Readonly<Record<string, unknown>>;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const fileOf = (format: string): Shown["file"] =>
  (["image", "video", "document"] as const).find((one) => one === format.toLowerCase());

/** A template that Meta has; its variables stay as they are. */
export function shownTemplate({ components }: WaTemplate): Shown {
  const part = (type: string): Content | undefined => components.find((one) => textOf(one.type).toUpperCase() === type);
  const buttons = part("BUTTONS")?.buttons;
  return {
    file: fileOf(textOf(part("HEADER")?.format)),
    header: textOf(part("HEADER")?.text),
    body: textOf(part("BODY")?.text),
    footer: textOf(part("FOOTER")?.text),
    buttons: (Array.isArray(buttons) ? (buttons as Content[]) : []).map(({ type, text }) => ({
      kind: textOf(type),
      text: textOf(text),
    })),
  };
}

/** A draft, filled with its samples. */
export function shownDraft(draft: Draft, code: string): Shown {
  const { category, header, headerText, body, footer, buttons, samples } = draft;
  if (category === "AUTHENTICATION") return { body: code, buttons: [{ kind: "OTP", text: "Copy code" }] };
  return {
    file: fileOf(header),
    header: header === "text" ? withSamples(headerText, "header", samples) : undefined,
    body: withSamples(body, "body", samples),
    footer,
    buttons: buttons.map(({ kind, text }) => ({ kind, text })),
  };
}
