import { happened } from "../../domain/event";
import { SECOND } from "../../kit/clock";
import type { NewEvent } from "../../kit/context";
import { isFlagged, type TemplateRow } from "./model";

/**
 * The channel's times are whole seconds, so a report that we asked for counts from the beginning of its second: one
 * that the channel sent within it wins.
 */
export const askedAt = (now: number): number => Math.floor(now / SECOND) * SECOND;

/** If two reports are of one second, the one with the later word stands, whichever arrives first. */
const ORDER: Readonly<Record<"status" | "quality", readonly string[]>> = {
  status: [
    "PENDING",
    "IN_APPEAL",
    "APPROVED",
    "LIMIT_EXCEEDED",
    "PAUSED",
    "REJECTED",
    "ARCHIVED",
    "DISABLED",
    "PENDING_DELETION",
    "DELETED",
  ],
  quality: ["UNKNOWN", "GREEN", "YELLOW", "RED"],
};

export function supersedes(
  part: "status" | "quality" | "category" | "flag" | "components",
  { value, at }: { value: string; at: number },
  before: { value: string; at: number },
): boolean {
  if (value === before.value || at !== before.at) return value !== before.value && at > before.at;
  const order = part === "status" || part === "quality" ? ORDER[part] : [];
  const [rank, rankBefore] = [order.indexOf(value), order.indexOf(before.value)];
  return rank === rankBefore ? value > before.value : rank > rankBefore;
}

/** A first report of these is no news. */
const GOOD_QUALITY: ReadonlySet<string | null> = new Set(["GREEN", "UNKNOWN"]);

type Noticed = Pick<TemplateRow, "id" | "name" | "language" | "status" | "status_reason" | "quality" | "flag">;

/** The events of a status or a quality that changed; empty if neither did. */
export function changeEvents(before: Noticed | undefined, after: Noticed): NewEvent[] {
  if (before === undefined) return [];
  const named = {
    name: [after.name, after.name],
    language: [after.language, after.language],
  } satisfies Record<string, [unknown, unknown]>;
  const isRated = before.quality !== after.quality && !(before.quality === null && GOOD_QUALITY.has(after.quality));
  return [
    ...(before.status === after.status
      ? []
      : [
          happened("wa_template.status_changed", after.id, {
            ...named,
            status: [before.status, after.status],
            status_reason: [before.status_reason, after.status_reason],
          }),
        ]),
    ...(isRated || isFlagged(before) !== isFlagged(after)
      ? [
          happened("wa_template.quality_changed", after.id, {
            ...named,
            quality: [before.quality, after.quality],
            is_flagged: [isFlagged(before), isFlagged(after)],
          }),
        ]
      : []),
  ];
}

/** The event of a category that the channel has changed: its messages have another price. Empty if it did not. */
export const categoryEvents = (
  before: Pick<TemplateRow, "category"> | undefined,
  { id, category }: Pick<TemplateRow, "id" | "category">,
): NewEvent[] =>
  before === undefined || before.category === category
    ? []
    : [happened("wa_template.updated", id, { category: [before.category, category] })];
