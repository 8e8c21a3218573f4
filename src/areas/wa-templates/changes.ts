import { happened } from "../../domain/event";
import { SECOND } from "../../kit/clock";
import type { NewEvent } from "../../kit/context";
import type { TemplateRow } from "./model";

/**
 * The channel's times are whole seconds, so a report that we asked for counts from the beginning of its second: of one
 * that the channel sent within it, the latter wins.
 */
export const askedAt = (now: number): number => Math.floor(now / SECOND) * SECOND;

/** The report with the later word stands, of two of one second, whichever arrives first. */
const ORDER: Readonly<Record<"status" | "quality", readonly string[]>> = {
  status: ["PENDING", "IN_APPEAL", "APPROVED", "PAUSED", "REJECTED", "DISABLED", "PENDING_DELETION", "DELETED"],
  quality: ["UNKNOWN", "GREEN", "YELLOW", "RED"],
};

export function supersedes(
  part: "status" | "quality" | "category" | "components",
  { value, at }: { value: string; at: number },
  before: { value: string; at: number },
): boolean {
  if (value === before.value || at !== before.at) return value !== before.value && at > before.at;
  const order = part === "status" || part === "quality" ? ORDER[part] : [];
  const [rank, rankBefore] = [order.indexOf(value), order.indexOf(before.value)];
  return rank === rankBefore ? value > before.value : rank > rankBefore;
}

/** The event of a status that changed; empty if it did not. */
export function statusEvents(
  before: Pick<TemplateRow, "status" | "status_reason"> | undefined,
  after: Pick<TemplateRow, "id" | "name" | "language" | "waba_id" | "status" | "status_reason">,
): NewEvent[] {
  if (before === undefined || before.status === after.status) return [];
  return [
    happened("wa_template.status_changed", after.id, {
      name: [after.name, after.name],
      language: [after.language, after.language],
      status: [before.status, after.status],
      status_reason: [before.status_reason, after.status_reason],
    }),
  ];
}
