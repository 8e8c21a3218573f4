import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";
import { History } from "lucide-react";
import type { ActivityLog } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useAgents } from "../../api/reference";
import { Avatar } from "../../kit/avatar";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { BASE, conversationPath } from "../../paths";
import { Changes, useNames } from "./changes";
import { nameOf } from "./entry";
import { activityWords } from "./words";
import field from "../../kit/field.module.css";
import style from "./activity.module.css";

const FILTERS = ["actor_id", "entity_type", "since", "until"] as const;
type Filter = (typeof FILTERS)[number];

export default function ActivityPage() {
  const words = useWords(activityWords);
  const { more } = useWords(commonWords);
  const [params, setParams] = useSearchParams();
  const value = (name: Filter): string | undefined => params.get(name) ?? undefined;
  const set = (name: Filter, next: string | undefined): void =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        if (next === undefined || next === "") after.delete(name);
        else after.set(name, next);
        return after;
      },
      { replace: true },
    );
  const [actor, entity, since, until] = FILTERS.map(value);
  const query = {
    ...(actor !== undefined && { actor_id: [actor] }),
    ...(entity !== undefined && { entity_type: [entity] }),
    ...(since !== undefined && { since: new Date(`${since}T00:00:00`).toISOString() }),
    ...(until !== undefined && { until: new Date(`${until}T23:59:59.999`).toISOString() }),
  };
  const pages = useInfiniteQuery({
    queryKey: ["activity", query],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/activity-logs", {
        query: { ...query, limit: 50, ...(pageParam !== "" && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    placeholderData: (before) => before,
    staleTime: 0,
  });
  const agents = useAgents();
  const columns: Column<ActivityLog>[] = [
    {
      id: "at",
      name: words.columns.at,
      cell: ({ created_at: at }) => (
        <time className={style.time} dateTime={at}>
          {fullDate(at)}
        </time>
      ),
    },
    { id: "who", name: words.columns.who, cell: (entry) => <Actor entry={entry} /> },
    { id: "what", name: words.columns.what, cell: (entry) => <What entry={entry} /> },
    { id: "changes", name: words.columns.changes, isExtra: true, cell: (entry) => <Changes entry={entry} /> },
  ];
  return (
    <Screen crumb={<Link href={`~${BASE}/settings`}>{words.settings}</Link>} title={words.title} subtitle={words.intro}>
      <Panel>
        <div className={style.filters}>
          <Select
            isBare
            label={words.filters.actor}
            value={actor ?? "all"}
            onChange={(id) => set("actor_id", id === "all" ? undefined : id)}
            options={[
              { id: "all", name: words.filters.everybody },
              ...agents.map(({ id, full_name: name }) => ({ id, name })),
            ]}
          />
          <Select
            isBare
            label={words.filters.entity}
            value={entity ?? "all"}
            onChange={(id) => set("entity_type", id === "all" ? undefined : id)}
            options={[
              { id: "all", name: words.filters.everything },
              ...Object.entries(words.entities)
                .filter(([id]) => id !== "auth")
                .map(([id, name]) => ({ id, name })),
            ]}
          />
          <Day label={words.filters.since} value={since} onChange={(day) => set("since", day)} />
          <Day label={words.filters.until} value={until} onChange={(day) => set("until", day)} />
          {Object.keys(query).length > 0 && (
            <Button kind="plain" isSmall onPress={() => FILTERS.forEach((name) => set(name, undefined))}>
              {words.filters.clear}
            </Button>
          )}
        </div>
        <Loaded query={pages}>
          {({ pages: loaded }) => (
            <Table
              label={words.title}
              columns={columns}
              rows={loaded.flatMap(({ data }) => data)}
              keyOf={({ id }) => id}
              empty={<Empty icon={<History size={28} strokeWidth={1.5} />} {...words.empty} />}
              more={
                pages.hasNextPage
                  ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                  : undefined
              }
            />
          )}
        </Loaded>
      </Panel>
    </Screen>
  );
}

function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (day: string) => void;
}) {
  return (
    <label className={style.day}>
      {label}
      <input
        type="date"
        className={field.input}
        value={value ?? ""}
        onChange={({ target }) => onChange(target.value)}
      />
    </label>
  );
}

function Actor({ entry: { actor_kind: kind, actor_id: id, actor_name: name } }: { entry: ActivityLog }) {
  const words = useWords(activityWords);
  if (name === null) return words.kinds[kind];
  return (
    <span className={style.actor}>
      <Avatar name={name} of={id ?? name} size={24} />
      <span>
        <bdi>{name}</bdi> {kind === "api_key" && <small>{words.withKey}</small>}
      </span>
    </span>
  );
}

/** A sentence, which leads to the thing where it has a page. */
function What({ entry }: { entry: ActivityLog }) {
  const words = useWords(activityWords);
  const { action, entity_type: type, entity_id: id } = entry;
  const known = useNames()(id);
  const verb = (words.verbs as Record<string, string>)[action.slice(action.indexOf(".") + 1)];
  const entity = (words.entities as Record<string, string>)[type] ?? type;
  const text = verb === undefined ? action : words.says(verb, entity, nameOf(entry) || (known === id ? "" : known));
  const path = PATHS[type]?.(id);
  return path === undefined ? <span dir="auto">{text}</span> : <Link href={`~${BASE}${path}`}>{text}</Link>;
}

const PATHS: Record<string, (id: string) => string> = {
  conversation: conversationPath,
  contact: (id) => `/contacts/${id}`,
  division: (id) => `/team/divisions/${id}`,
  role: (id) => `/team/roles/${id}`,
};
