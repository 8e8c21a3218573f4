import type { AgentPublic, DivisionWithCount } from "../../api/api.gen";
import { shortDate } from "../../kit/time";
import type { ViewFilter } from "../../live/matches";
import { divisionView, isOfView, VIEWS } from "./view-params";
import type en from "./words/en";

interface FilterChip {
  name: string;
  /** The change that takes it away. */
  without: Partial<ViewFilter>;
}

interface Names {
  agents: readonly Pick<AgentPublic, "id" | "full_name">[];
  divisions: readonly Pick<DivisionWithCount, "id" | "name">[];
}

/** The parts of a filter as words. */
export function filterChips(filter: ViewFilter, words: typeof en, { agents, divisions }: Names): FilterChip[] {
  const agentName = (one: string): string =>
    one === "me"
      ? words.filters.me
      : one === "none"
        ? words.filters.nobody
        : (agents.find(({ id }) => id === one)?.full_name ?? words.filters.someAgent);
  const divisionName = (one: string): string =>
    divisions.find(({ id }) => id === one)?.name ?? words.filters.someDivision;
  return [
    // The view's own name says them.
    ...(isOfNamedView(filter)
      ? []
      : [
          ...ofList(filter, "status", (one) => words.statuses[one]),
          ...ofList(filter, "assigned_agent_id", agentName),
          ...ofList(filter, "division_id", divisionName),
        ]),
    ...ofList(filter, "channel", (one) => words.channels[one]),
    ...ofList(filter, "sla_status", (one) => words.sla[one]),
    ...ofList(filter, "tag", (one) => one),
    ...(filter.unread ? [{ name: words.filters.unreadValues[filter.unread], without: { unread: undefined } }] : []),
    ...(filter.window ? [{ name: words.filters.windows[filter.window], without: { window: undefined } }] : []),
    ...(filter.updated_since
      ? [{ name: words.filters.since(shortDate(filter.updated_since)), without: { updated_since: undefined } }]
      : []),
  ];
}

const isOfNamedView = (filter: ViewFilter): boolean =>
  Object.values(VIEWS).some((base) => isOfView(filter, base)) ||
  (filter.division_id?.length === 1 && isOfView(filter, divisionView(filter.division_id[0]!)));

type ListName = "status" | "assigned_agent_id" | "division_id" | "channel" | "sla_status" | "tag";

function ofList<Name extends ListName>(
  filter: ViewFilter,
  name: Name,
  nameOf: (value: NonNullable<ViewFilter[Name]>[number]) => string,
): FilterChip[] {
  const values = (filter[name] ?? []) as NonNullable<ViewFilter[Name]>[number][];
  return values.map((value) => ({ name: nameOf(value), without: { [name]: without(values, value) } }));
}

/** A list without its last value is no filter. */
export function without<T>(values: readonly T[], value: T): T[] | undefined {
  const rest = values.filter((one) => one !== value);
  return rest.length === 0 ? undefined : rest;
}
