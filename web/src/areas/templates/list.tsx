import { useState } from "react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation, useSearchParams } from "wouter";
import { LayoutTemplate, Plus, RefreshCw } from "lucide-react";
import type { WaTemplate } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { toastProblem, useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { Chip, type Tone } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Dialog, DialogActions } from "../../kit/dialog";
import { Empty } from "../../kit/empty";
import { Confirm } from "../../kit/form-dialog";
import { Panel, Screen } from "../../kit/screen";
import { SearchField } from "../../kit/search-field";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { Bubble } from "./bubble";
import { CATEGORIES, type Category } from "./draft";
import { shownTemplate } from "./shown";
import { templateWords } from "./words";
import style from "./templates.module.css";

const STATUSES = ["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED", "DELETED"] as const;
const TONES: Record<string, Tone> = {
  APPROVED: "good",
  PENDING: "warn",
  REJECTED: "bad",
  PAUSED: "bad",
  DISABLED: "bad",
};
const QUALITIES: Record<string, Tone> = { GREEN: "good", YELLOW: "warn", RED: "bad" };

export function TemplateList() {
  const words = useWords(templateWords);
  const { more } = useWords(commonWords);
  const [, go] = useLocation();
  const [params, setParams] = useSearchParams();
  const [opened, setOpened] = useState<WaTemplate>();
  const [q, status, category] = ["q", "status", "category"].map((name) => params.get(name) ?? "");
  const set = (name: string, value: string): void =>
    setParams((before) => {
      const after = new URLSearchParams(before);
      if (value === "") after.delete(name);
      else after.set(name, value);
      return after;
    });
  const canManage = may("templates.manage");
  const { sync, isSyncing } = useSync();
  useActions(
    canManage
      ? [
          { id: "templates/new", name: words.create, group: words.title, run: () => go("/new") },
          { id: "templates/sync", name: words.sync, group: words.title, run: sync },
        ]
      : [],
  );
  const query = { ...(q && { q }), ...(status && { status }), ...(category && { category: category as Category }) };
  const pages = useInfiniteQuery({
    queryKey: ["templates", "list", query],
    queryFn: ({ pageParam }) =>
      call("GET /api/wa-templates", { query: { ...query, limit: 50, ...(pageParam !== "" && { cursor: pageParam }) } }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    placeholderData: (before) => before,
    // A decision of Meta's reviewers comes by itself.
    refetchInterval: 20_000,
  });
  const isFiltered = Object.keys(query).length > 0;
  const create = canManage && (
    <Button kind="go" onPress={() => go("/new")}>
      <Plus size={15} aria-hidden /> {words.create}
    </Button>
  );
  return (
    <Screen
      title={words.title}
      subtitle={words.intro}
      actions={
        canManage && (
          <>
            <Button onPress={sync} isPending={isSyncing}>
              <RefreshCw size={15} aria-hidden /> {words.sync}
            </Button>
            {create}
          </>
        )
      }
    >
      <Panel>
        <div className={style.filters}>
          <SearchField label={words.search} value={q ?? ""} onChange={(text) => set("q", text)} />
          <Select
            label={words.columns.status}
            isBare
            value={status ?? ""}
            onChange={(id) => set("status", id)}
            options={[{ id: "", name: words.anyStatus }, ...STATUSES.map((id) => ({ id, name: words.statuses[id] }))]}
          />
          <Select
            label={words.columns.category}
            isBare
            value={category ?? ""}
            onChange={(id) => set("category", id)}
            options={[
              { id: "", name: words.anyCategory },
              ...CATEGORIES.map((id) => ({ id, name: words.categories[id] })),
            ]}
          />
        </div>
        <Loaded query={pages}>
          {({ pages: loaded }) => (
            <Table
              label={words.title}
              columns={columnsOf(words)}
              rows={loaded.flatMap(({ data }) => data)}
              keyOf={({ id }) => id}
              onOpen={setOpened}
              empty={
                <Empty
                  icon={<LayoutTemplate size={28} strokeWidth={1.5} />}
                  title={isFiltered ? words.noMatch : words.none}
                  text={isFiltered ? words.noMatchText : words.noneText}
                />
              }
              more={
                pages.hasNextPage
                  ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                  : undefined
              }
            />
          )}
        </Loaded>
      </Panel>
      {opened && <Details template={opened} onClose={() => setOpened(undefined)} />}
    </Screen>
  );
}

type Words = ReturnType<(typeof templateWords)["get"]>;
const statusOf = (words: Words, status: string): string =>
  (words.statuses as Record<string, string>)[status] ?? status.toLowerCase().replaceAll("_", " ");

const columnsOf = (words: Words): Column<WaTemplate>[] => [
  {
    id: "name",
    name: words.columns.name,
    cell: (template) => (
      <span className={style.name}>
        <bdi>{template.name}</bdi>
        <small dir="auto">{shownTemplate(template).body}</small>
      </span>
    ),
  },
  { id: "language", name: words.columns.language, isExtra: true, cell: ({ language }) => language },
  {
    id: "category",
    name: words.columns.category,
    isExtra: true,
    cell: ({ category }) => (words.categories as Record<string, string>)[category] ?? category.toLowerCase(),
  },
  {
    id: "status",
    name: words.columns.status,
    cell: ({ status }) => <Chip tone={TONES[status] ?? "plain"}>{statusOf(words, status)}</Chip>,
  },
  {
    id: "quality",
    name: words.columns.quality,
    isExtra: true,
    cell: ({ quality }) =>
      quality !== null &&
      quality in QUALITIES && (
        <Chip tone={QUALITIES[quality]!}>{(words.qualities as Record<string, string>)[quality]}</Chip>
      ),
  },
];

function useSync(): { sync: () => void; isSyncing: boolean } {
  const words = useWords(templateWords);
  const queries = useQueryClient();
  const [isSyncing, setSyncing] = useState(false);
  const work = async (): Promise<void> => {
    const { total_from_meta: total, synced, errors } = await call("POST /api/wa-templates/sync", { body: {} });
    await queries.invalidateQueries({ queryKey: ["templates"] });
    if (errors.length > 0) toast(`${words.syncedPartly} ${errors.join(" ")}`, "bad");
    else toast(words.synced(total, synced));
  };
  const sync = (): void => {
    if (isSyncing) return;
    setSyncing(true);
    work()
      .catch(toastProblem)
      .finally(() => setSyncing(false));
  };
  return { sync, isSyncing };
}

function Details({ template, onClose }: { template: WaTemplate; onClose: () => void }) {
  const words = useWords(templateWords);
  const { close, remove } = useWords(commonWords);
  const queries = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const { id, name, language, status, status_reason: reason } = template;
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/wa-templates/{id}", { params: { id } });
    await queries.invalidateQueries({ queryKey: ["templates"] });
    onClose();
  });
  if (isRemoving)
    return (
      <Confirm
        title={words.removeTitle(name)}
        action={remove}
        isBusy={isBusy}
        failure={failure}
        onConfirm={submit}
        onClose={() => setRemoving(false)}
      >
        <p>{words.removeText}</p>
      </Confirm>
    );
  return (
    <Dialog title={name} closeLabel={close} onClose={onClose}>
      <p className={style.facts}>
        <Chip tone={TONES[status] ?? "plain"}>{statusOf(words, status)}</Chip>
        {language} ·{" "}
        {(words.categories as Record<string, string>)[template.category] ?? template.category.toLowerCase()}
      </p>
      {reason !== null && <p dir="auto">{words.reason(reason)}</p>}
      <Bubble shown={shownTemplate(template)} />
      <DialogActions>
        {may("templates.manage") && (
          <Button kind="plain" onPress={() => setRemoving(true)}>
            {remove}…
          </Button>
        )}
        <Button kind="go" onPress={onClose}>
          {close}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
