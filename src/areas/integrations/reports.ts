import { ACCOUNT_ASPECTS, type AccountAspect, type AccountReport } from "../../channels/channel";
import { type Changes, changesBetween } from "../../kit/commit";
import { cut } from "../../kit/cut";
import type { AccountRow } from "./table";

/** Keeps the last report of a channel about each aspect of an account, and derives its health. Pure. */

export interface StoredReport {
  /** By the channel's clock, in milliseconds since 1970. */
  at: number;
  text: string;
  needs_action: boolean;
  health?: "connected" | "degraded" | "disconnected";
  /** When the channel ends `health` by itself. */
  until?: number;
  /** The time of the last report that set the aspect's column. */
  set_at?: number;
}
export type StoredReports = Partial<Record<AccountAspect, StoredReport>>;

/** The columns that reports of an aspect may set. */
const COLUMNS: Partial<Record<AccountAspect, "qualityRating" | "messagingLimit" | "verifiedName">> = {
  quality: "qualityRating",
  limit: "messagingLimit",
  name: "verifiedName",
};

/**
 * The account after a report; the same object if nothing of it is news. The order of arrival does not matter: the newest
 * report of an aspect counts, and the newest that sets its column.
 */
export function withReport(row: AccountRow, report: AccountReport, at: number | undefined, now: number): AccountRow {
  const { aspect, needsAction = false, health, until } = report;
  const text = cut(report.text, 500);
  const last = row.reports[aspect];
  const isNewest = !last || isLater([at ?? now, text], [last.at, last.text]);
  // Without a time only other words are news.
  if (at === undefined && text === last?.text) return row;
  const column = COLUMNS[aspect];
  const value = column && report[column] && cut(report[column], 200);
  const setsColumn =
    value !== undefined &&
    (last?.set_at === undefined || isLater([at ?? now, value], [last.set_at, row[column!] ?? ""]));
  if (!isNewest && !setsColumn) return row;
  const newest: StoredReport = isNewest
    ? {
        at: at ?? now,
        text,
        needs_action: needsAction,
        ...(health && { health }),
        ...(until !== undefined && { until }),
        ...(last?.set_at !== undefined && { set_at: last.set_at }),
      }
    : last;
  const reports = { ...row.reports, [aspect]: { ...newest, ...(setsColumn && { set_at: at ?? now }) } };
  return {
    ...row,
    reports,
    ...(isNewest && health && healthAfter(row, reports, isBad(last, now), now)),
    ...(setsColumn && { [column!]: value }),
  };
}

/** Between two reports with the same time their words decide. */
const isLater = ([at, text]: [number, string], [lastAt, lastText]: [number, string]): boolean =>
  at > lastAt || (at === lastAt && text > lastText);

const isBad = (report: StoredReport | undefined, now: number): report is StoredReport =>
  report?.health !== undefined && report.health !== "connected" && (report.until ?? Infinity) > now;

const WORKING = { health: "connected", healthDetail: null, restrictedUntil: null } as const;

/** The worse of `access` and `standing`. `ends`: the report is about something that was bad before it. */
function healthAfter(
  { health }: AccountRow,
  { access, standing }: StoredReports,
  ends: boolean,
  now: number,
): Partial<AccountRow> {
  const bad = [access, standing].filter((report) => isBad(report, now));
  const worst = bad.find((report) => report.health === "disconnected") ?? bad[0];
  // The channel's reports say nothing about the token.
  if (health === "needs_reauth" && (worst ? worst.health === "degraded" : !ends)) return {};
  return worst ? { health: worst.health!, healthDetail: worst.text, restrictedUntil: worst.until ?? null } : WORKING;
}

/** The channel itself has disconnected the account. */
export const isReportedAsGone = ({ health, reports: { access, standing } }: AccountRow): boolean =>
  health === "disconnected" && (access?.health === health || standing?.health === health);

/**
 * The account after proof that it works: a message was accepted, or the account was connected again. Reports keep their
 * words and times.
 */
export const working = (row: AccountRow): AccountRow => ({ ...row, ...WORKING, reports: settled(row.reports) });

export const settled = (reports: StoredReports): StoredReports =>
  Object.fromEntries(
    Object.entries(reports).map(([aspect, report]) => [
      aspect,
      report.health ? { ...report, health: "connected" as const } : report,
    ]),
  );

/** The part of the API's form that channels decide, with a restriction that is over left out. */
export function reportedState(row: AccountRow, now: number) {
  const isOver = row.health === "degraded" && row.restrictedUntil !== null && row.restrictedUntil <= now;
  const { health, healthDetail, restrictedUntil } = isOver ? WORKING : row;
  return {
    health,
    health_detail: healthDetail,
    restricted_until: restrictedUntil === null ? null : new Date(restrictedUntil).toISOString(),
    quality_rating: row.qualityRating,
    messaging_limit: row.messagingLimit,
    verified_name: row.verifiedName,
    reports: ACCOUNT_ASPECTS.flatMap((aspect) => {
      const report = row.reports[aspect];
      if (!report) return [];
      const { at, text, needs_action } = report;
      return [{ aspect, text, needs_action, at: new Date(at).toISOString() }];
    }),
  };
}

/** The changes of that part, with only those reports that differ. */
export function reportedChanges(before: AccountRow, after: AccountRow, now: number): Changes {
  const [one, other] = [reportedState(before, now), reportedState(after, now)];
  const changes = changesBetween(one, other);
  if (!changes.reports) return changes;
  return { ...changes, reports: [without(one.reports, other.reports), without(other.reports, one.reports)] };
}

const without = (list: readonly object[], others: readonly object[]): object[] => {
  const known = new Set(others.map((one) => JSON.stringify(one)));
  return list.filter((one) => !known.has(JSON.stringify(one)));
};

export const reportedColumns = (row: AccountRow) => ({
  health: row.health,
  health_detail: row.healthDetail,
  restricted_until: row.restrictedUntil,
  display_number: row.displayNumber,
  quality_rating: row.qualityRating,
  messaging_limit: row.messagingLimit,
  verified_name: row.verifiedName,
  reports: row.reports,
});
