import { useRef, useState } from "react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";
import { Download, MessageSquareQuote, Plus, Star, Upload } from "lucide-react";
import type { QuickReply } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { toastProblem } from "../../api/problems";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button, IconButton } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { saveFile } from "../../kit/download";
import { Empty } from "../../kit/empty";
import { Switch } from "../../kit/switch";
import { count } from "../../kit/figures";
import { Panel, Screen } from "../../kit/screen";
import { SearchField } from "../../kit/search-field";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { BASE } from "../../paths";
import { EditReply } from "./edit";
import { ImportReplies } from "./import";
import { quickReplyWords } from "./words";
import style from "./quick-replies.module.css";

type Open = { as: "import" } | { as: "edit"; reply: QuickReply | undefined };

export default function QuickRepliesPage() {
  const words = useWords(quickReplyWords);
  const [open, setOpen] = useState<Open>();
  const canManage = may("quick_replies.manage");
  const create = (): void => setOpen({ as: "edit", reply: undefined });
  useActions(
    canManage
      ? [
          { id: "quick-replies/create", name: words.create, group: words.title, run: create },
          {
            id: "quick-replies/import",
            name: words.csv.import,
            group: words.title,
            run: () => setOpen({ as: "import" }),
          },
        ]
      : [],
  );
  return (
    <Screen
      crumb={<Link href={`~${BASE}/settings`}>{words.settings}</Link>}
      title={words.title}
      subtitle={words.intro}
      actions={
        <>
          <Button onPress={() => void exportAll().catch(toastProblem)}>
            <Download size={15} aria-hidden /> {words.csv.export}
          </Button>
          {canManage && (
            <>
              <Button onPress={() => setOpen({ as: "import" })}>
                <Upload size={15} aria-hidden /> {words.csv.import}
              </Button>
              <Button kind="go" onPress={create}>
                <Plus size={15} aria-hidden /> {words.create}
              </Button>
            </>
          )}
        </>
      }
    >
      <Panel>
        <List {...(canManage && { onOpen: (reply: QuickReply) => setOpen({ as: "edit", reply }) })} />
      </Panel>
      {open?.as === "edit" && <EditReply reply={open.reply} onClose={() => setOpen(undefined)} />}
      {open?.as === "import" && <ImportReplies onClose={() => setOpen(undefined)} />}
    </Screen>
  );
}

/** A spreadsheet needs the mark to read UTF-8; reading the answer as text has taken it off. */
async function exportAll(): Promise<void> {
  saveFile("quick-replies.csv", "text/csv", `\uFEFF${await call("GET /api/quick-replies/export")}`);
}

function List({ onOpen }: { onOpen?: (reply: QuickReply) => void }) {
  const words = useWords(quickReplyWords);
  const { more } = useWords(commonWords);
  const [params, setParams] = useSearchParams();
  const search = useRef<HTMLInputElement>(null);
  useActions([
    {
      id: "quick-replies/search",
      name: words.search,
      key: "/",
      group: words.title,
      run: () => search.current?.focus(),
    },
  ]);
  const [q, isFavorite, category] = [params.get("q") ?? "", params.has("favorite"), params.get("category")];
  const set = (name: string, value: string | null): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === null || value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const filter = {
    ...(q !== "" && { q }),
    ...(isFavorite && { favorite: "true" as const }),
    ...(category !== null && { category: [category] }),
  };
  const isFiltered = Object.keys(filter).length > 0;
  const pages = useInfiniteQuery({
    queryKey: ["quick-replies", "list", filter],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/quick-replies", {
        query: { ...filter, limit: 50, ...(pageParam !== "" && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    placeholderData: (before) => before,
  });
  const columns: Column<QuickReply>[] = [
    {
      id: "title",
      name: words.columns.title,
      cell: ({ title, content }) => (
        <span className={style.reply}>
          <bdi>{title}</bdi>
          <small dir="auto">{content}</small>
        </span>
      ),
    },
    {
      id: "shortcut",
      name: words.columns.shortcut,
      cell: ({ shortcut }) => shortcut !== null && <kbd className={style.key}>/{shortcut}</kbd>,
    },
    {
      id: "category",
      name: words.columns.category,
      isExtra: true,
      cell: ({ category: of }) =>
        of !== null && (
          <button type="button" aria-label={`${words.category}: ${of}`} onClick={() => set("category", of)}>
            <Chip>
              <bdi>{of}</bdi>
            </Chip>
          </button>
        ),
    },
    {
      id: "used",
      name: words.columns.used,
      isFigure: true,
      isExtra: true,
      cell: ({ usage_count: used }) => count(used),
    },
    { id: "favorite", name: "", isFigure: true, cell: (reply) => <Favorite reply={reply} /> },
  ];
  return (
    <>
      <div className={style.filters}>
        <SearchField label={words.search} value={q} onChange={(text) => set("q", text)} inputRef={search} />
        <Switch isSelected={isFavorite} onChange={(isOn) => set("favorite", isOn ? "true" : null)}>
          {words.favorites}
        </Switch>
        {category !== null && (
          <Button isSmall onPress={() => set("category", null)}>
            {words.category}: {category} ×
          </Button>
        )}
      </div>
      <Loaded query={pages}>
        {({ pages: loaded }) => (
          <Table<QuickReply>
            label={words.title}
            columns={columns}
            rows={loaded.flatMap(({ data }) => data)}
            keyOf={({ id }) => id}
            {...(onOpen && { onOpen })}
            empty={
              isFiltered ? (
                <Empty title={words.empty.found} text={words.empty.foundText} />
              ) : (
                <Empty
                  icon={<MessageSquareQuote size={28} strokeWidth={1.5} />}
                  title={words.empty.title}
                  text={words.empty.text}
                />
              )
            }
            more={
              pages.hasNextPage
                ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                : undefined
            }
          />
        )}
      </Loaded>
    </>
  );
}

function Favorite({ reply: { id, title, is_favorite: isFavorite } }: { reply: QuickReply }) {
  const words = useWords(quickReplyWords);
  const queries = useQueryClient();
  const toggle = (): void => {
    const done = isFavorite
      ? call("DELETE /api/quick-replies/{id}/favorite", { params: { id } })
      : call("POST /api/quick-replies/{id}/favorite", { params: { id } });
    done.then(() => queries.invalidateQueries({ queryKey: ["quick-replies"] })).catch(toastProblem);
  };
  return (
    <IconButton label={isFavorite ? words.unfavor(title) : words.favor(title)} onPress={toggle}>
      <Star
        size={15}
        fill={isFavorite ? "currentColor" : "none"}
        {...(isFavorite && { className: style.favorite ?? "" })}
      />
    </IconButton>
  );
}
