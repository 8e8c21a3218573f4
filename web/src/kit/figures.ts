import { locale } from "./words";

export const count = (n: number): string => new Intl.NumberFormat(locale.get()).format(n);

/** `84 KB`, `1.2 MB`. */
export function fileSize(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${new Intl.NumberFormat(locale.get(), { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value)} ${units[step]}`;
}
