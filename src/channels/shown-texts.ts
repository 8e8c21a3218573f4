import { isRecord } from "./json";
import type { Content } from "./channel";

const OWN = ["text", "caption", "subject"];
/** The parts in a channel's own format, and their fields that a person reads. Ids, addresses and payloads are none. */
const PARTS = ["interactive", "components", "template", "quick_replies"];
const READ = new Set(["text", "title", "subtitle", "description", "display_text"]);

/** The content with every text changed that its receiver reads. Pure. */
export function changeShownTexts<C extends Content>(content: C, change: (text: string) => string): C {
  const inPart = (value: unknown, key = ""): unknown => {
    if (typeof value === "string") return READ.has(key) ? change(value) : value;
    if (Array.isArray(value)) return value.map((each: unknown) => inPart(each));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inPart(each, name)]));
  };
  const changed = Object.entries(content).map(([name, value]) => {
    if (PARTS.includes(name)) return [name, inPart(value)];
    return [name, OWN.includes(name) && typeof value === "string" ? change(value) : value];
  });
  return Object.fromEntries(changed) as C;
}
