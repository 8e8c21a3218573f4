import type { Message } from "../../api/api.gen";

/** Advice on the channel's usual refusals: by Meta's code, the sentence of `words.failures`. */
const ADVICE = {
  131047: "windowClosed",
  131051: "typeUnsupported",
  131026: "undeliverable",
  131021: "toSelf",
  131049: "marketingLimit",
  131050: "optedOut",
  131048: "spamLimit",
  131056: "pairLimit",
  130429: "busy",
  80007: "busy",
  131031: "accountLocked",
  368: "accountBlocked",
  131042: "payment",
  132000: "templateParameters",
  132001: "templateMissing",
  132012: "templateParameters",
  132015: "templatePaused",
  132016: "templateDisabled",
  131052: "mediaDownload",
  131053: "mediaUpload",
  190: "login",
  131005: "login",
  10: "login",
  131000: "unknownFault",
  131016: "busy",
  outcome_unknown: "outcomeUnknown",
} as const;

export type Advice = (typeof ADVICE)[keyof typeof ADVICE];

export const failureAdvice = (code: string): Advice | undefined => (ADVICE as Record<string, Advice>)[code];

/** The channel may take the same message later. */
const PASSING: readonly Advice[] = ["busy", "pairLimit", "unknownFault"];
/** Only a template, or another one, can be sent. */
const FOR_TEMPLATES: readonly Advice[] = [
  "windowClosed",
  "templateParameters",
  "templateMissing",
  "templatePaused",
  "templateDisabled",
];

/** The one thing to press under a failed message. */
export function wayOut(advice: Advice | undefined, { type, content }: Message): "retry" | "template" | "edit" {
  if (type === "template" || (advice !== undefined && FOR_TEMPLATES.includes(advice))) return "template";
  // Other kinds have files, which must be chosen again.
  const canRepeat = type === "text" && typeof content.text === "string";
  return canRepeat && advice !== undefined && PASSING.includes(advice) ? "retry" : "edit";
}
