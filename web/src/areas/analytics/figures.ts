import { locale } from "../../kit/words";

/** Figures in words of the agent's language. `–` where there is none. */
const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale.get(), options);
export const decimal = (n: number | null): string =>
  n === null ? "–" : number({ minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(n);
/** `share`: 0 to 100. */
export const percent = (share: number | null): string =>
  share === null ? "–" : `${number({ maximumFractionDigits: share < 10 ? 1 : 0 }).format(share)} %`;
export const money = (n: number): string => number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(n);
export const share = (part: number, whole: number): number | null => (whole === 0 ? null : (part / whole) * 100);

const UNITS = { en: ["d", "h", "min", "s"], id: ["hr", "j", "mnt", "dtk"] } as const;

/** The two largest units: `2 min 24 s`. */
export function span(seconds: number | null): string {
  if (seconds === null) return "–";
  const parts = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const first = parts.findIndex((part) => part > 0);
  if (first === -1) return `0 ${UNITS[locale.get()][3]}`;
  return parts
    .slice(first, first + 2)
    .flatMap((part, i) => (i > 0 && part === 0 ? [] : [`${Math.round(part)} ${UNITS[locale.get()][first + i]}`]))
    .join(" ");
}

/** For an axis: one unit. */
export function shortSpan(seconds: number): string {
  const units = UNITS[locale.get()];
  const [size, unit] =
    seconds >= 86_400
      ? [86_400, units[0]]
      : seconds >= 3600
        ? [3600, units[1]]
        : seconds >= 60
          ? [60, units[2]]
          : [1, units[3]];
  return `${number({ maximumFractionDigits: 1 }).format(seconds / size)} ${unit}`;
}

const dated = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(locale.get() === "id" ? "id-ID" : "en-GB", { ...options, timeZone: "UTC" });
export const dayName = (day: string): string => dated({ day: "numeric", month: "short" }).format(new Date(day));
export const fullDay = (day: string): string =>
  dated({ weekday: "short", day: "numeric", month: "long" }).format(new Date(day));
export const monthName = (day: string): string => dated({ month: "short", year: "numeric" }).format(new Date(day));
export const rangeName = ({ from, to }: { from: string; to: string }): string =>
  dated({ day: "numeric", month: "long", year: "numeric" }).formatRange(new Date(from), new Date(to));
/** `Asia/Jakarta`: `Jakarta`. */
export const zoneName = (timezone: string): string => timezone.split("/").at(-1)!.replaceAll("_", " ");
