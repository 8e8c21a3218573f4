import type { Permission } from "../../api/api.gen";
import { teamWords } from "./words";

/** The right in words; one that is newer than this console in the API's. */
export const rightText = ({ code, description }: Pick<Permission, "code" | "description">): string =>
  (teamWords.get().rights as Record<string, string>)[code] ?? description;

export const categoryName = (category: string): string =>
  (teamWords.get().categories as Record<string, string>)[category] ?? category;

/** By what they are about, in the order of the words: rights that agents need daily come first. */
export function byCategory(permissions: readonly Permission[]): [category: string, rights: Permission[]][] {
  const order = Object.keys(teamWords.get().rights);
  const place = ({ code }: Permission): number => (order.includes(code) ? order.indexOf(code) : order.length);
  const sorted = permissions.toSorted((one, other) => place(one) - place(other));
  return [...Map.groupBy(sorted, ({ code }) => code.split(".")[0]!)];
}
