import type { ViewFilter } from "../../live/matches";

/** A view is its address: `GET /api/conversations` has the same parameters. Pure. */

export const STATUSES = ["open", "pending", "resolved"] as const;
export const CHANNELS = ["whatsapp", "instagram", "messenger", "email"] as const;
export const SLA = ["active", "warning", "breached", "met", "not_applicable"] as const;
export const WINDOWS = ["open", "expiring", "expired"] as const;

const LISTS = ["status", "channel", "assigned_agent_id", "division_id", "tag", "sla_status"] as const;
const KNOWN: Partial<Record<(typeof LISTS)[number], readonly string[]>> = {
  status: STATUSES,
  channel: CHANNELS,
  sla_status: SLA,
};
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** More are refused by the API. */
const MAX_VALUES = 10;

/** Reads an address. Values that the API would refuse are left out, so that an old link still shows something. */
export function readFilter(search: string, ownSort: ViewFilter["sort"]): ViewFilter {
  const params = new URLSearchParams(search);
  const filter: Record<string, unknown> = { sort: ownSort };
  for (const name of LISTS) {
    const values = [...new Set(params.getAll(name))].filter((value) => isValue(name, value)).slice(0, MAX_VALUES);
    if (values.length > 0) filter[name] = values;
  }
  const [unread, window, q, sort] = ["unread", "window", "q", "sort"].map((name) => params.get(name));
  if (unread === "true" || unread === "false") filter.unread = unread;
  if (window && (WINDOWS as readonly string[]).includes(window)) filter.window = window;
  if (q && q.trim().length >= 2) filter.q = q.trim().slice(0, 100);
  if (sort === "newest" || sort === "oldest") filter.sort = sort;
  const since = params.get("updated_since");
  if (since && !Number.isNaN(Date.parse(since))) filter.updated_since = new Date(since).toISOString();
  return filter as unknown as ViewFilter;
}

function isValue(name: (typeof LISTS)[number], value: string): boolean {
  if (name === "tag") return value.trim() !== "" && value.length <= 50;
  if (name === "assigned_agent_id") return value === "me" || value === "none" || ID.test(value);
  return KNOWN[name]?.includes(value) ?? ID.test(value);
}

/** Writes the address; the agent's own sort needs no word. */
export function writeFilter({ sort, ...filter }: ViewFilter, ownSort: ViewFilter["sort"]): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filter))
    for (const one of [value].flat()) if (one !== undefined) params.append(name, one);
  if (sort !== ownSort) params.set("sort", sort);
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** The parts of a filter that say which view it is; the others narrow it. */
type Base = Pick<ViewFilter, "status" | "assigned_agent_id" | "division_id">;

const UNFINISHED = { status: ["open", "pending"] } satisfies Base;

export const VIEWS = {
  mine: { ...UNFINISHED, assigned_agent_id: ["me"] },
  unassigned: { ...UNFINISHED, assigned_agent_id: ["none"] },
  all: UNFINISHED,
  resolved: { status: ["resolved"] },
} satisfies Record<string, Base>;
export type ViewName = keyof typeof VIEWS;

export const divisionView = (id: string): Base => ({ ...UNFINISHED, division_id: [id] });

const sameValues = (one: readonly string[] = [], other: readonly string[] = []): boolean =>
  one.length === other.length && one.every((value) => other.includes(value));

/** Whether the filter is this view, however narrowed. */
export const isOfView = (filter: ViewFilter, base: Base): boolean =>
  sameValues(filter.status, base.status) &&
  sameValues(filter.assigned_agent_id, base.assigned_agent_id) &&
  sameValues(filter.division_id, base.division_id);
