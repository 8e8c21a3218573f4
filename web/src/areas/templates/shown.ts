import type { WaTemplate } from "../../api/api.gen";
import { lookOf } from "../../api/template";
import type { Shown } from "./bubble";
import { type Draft, withSamples } from "./draft";

const fileOf = (format: string | undefined): Shown["file"] =>
  (["image", "video", "document"] as const).find((one) => one === format);

/** A template that Meta has; its variables stay as they are. */
export function shownTemplate(template: WaTemplate): Shown {
  const look = lookOf(template);
  return { ...look, file: fileOf(look.file) };
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
