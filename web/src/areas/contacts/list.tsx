import { useRef, useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useLocation, useSearchParams } from "wouter";
import { BookUser, Send, UserPlus } from "lucide-react";
import type { Contact } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useAccounts } from "../../api/reference";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { CHANNEL_NAMES, CHANNELS, type Channel } from "../../kit/channels";
import { Chip, RemovableChip } from "../../kit/chip";
import { useNow } from "../../kit/clock";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { Panel, Screen } from "../../kit/screen";
import { SearchField } from "../../kit/search-field";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { listTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { ContactName } from "./contact-name";
import { CreateContact } from "./create";
import { addressOf, knownName } from "./names";
import { StartConversation } from "./start";
import { contactWords } from "./words";
import style from "./contacts.module.css";

/** All contacts, newest change first. The address holds the filter. */
export function ContactList() {
  const words = useWords(contactWords);
  const [, go] = useLocation();
  const [dialog, setDialog] = useState<"create" | "start">();
  const search = useRef<HTMLInputElement>(null);
  const filter = useFilter();
  const pages = useInfiniteQuery({
    queryKey: ["contacts", filter.query],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/contacts", {
        query: { ...filter.query, limit: 50, ...(pageParam !== "" && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    placeholderData: (before) => before,
  });
  const canWrite = may("messages.send");
  const canCreate = may("contacts.update");
  useActions([
    { id: "contacts/search", name: words.search, key: "/", group: words.title, run: () => search.current?.focus() },
    ...(canWrite
      ? [{ id: "contacts/start", name: words.start.title, group: words.title, run: () => setDialog("start") }]
      : []),
    ...(canCreate
      ? [{ id: "contacts/create", name: words.create, group: words.title, run: () => setDialog("create") }]
      : []),
  ]);
  return (
    <Screen
      title={words.title}
      actions={
        <>
          {canCreate && (
            <Button onPress={() => setDialog("create")}>
              <UserPlus size={15} aria-hidden /> {words.create}
            </Button>
          )}
          {canWrite && (
            <Button kind="go" onPress={() => setDialog("start")}>
              <Send size={15} aria-hidden /> {words.write}
            </Button>
          )}
        </>
      }
    >
      <Panel>
        <Filters filter={filter} searchRef={search} />
        <Loaded query={pages}>
          {({ pages: loaded }) => (
            <Rows
              contacts={loaded.flatMap(({ data }) => data)}
              isFiltered={filter.isFiltered}
              onOpen={({ id }) => go(`/${id}`)}
              more={
                pages.hasNextPage
                  ? { load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                  : undefined
              }
            />
          )}
        </Loaded>
      </Panel>
      {dialog === "create" && <CreateContact onClose={() => setDialog(undefined)} onCreated={(id) => go(`/${id}`)} />}
      {dialog === "start" && <StartConversation onClose={() => setDialog(undefined)} />}
    </Screen>
  );
}

interface ContactFilter {
  query: { q?: string; channel?: Channel[]; account_id?: string[]; tag?: string[] };
  isFiltered: boolean;
  /** null takes it away. */
  set: (name: "q" | "channel" | "account_id" | "tag", value: string | readonly string[] | null) => void;
}

function useFilter(): ContactFilter {
  const [params, setParams] = useSearchParams();
  const q = params.get("q") ?? "";
  const channel = CHANNELS.filter((one) => one === params.get("channel"));
  const account = params.get("account_id");
  const tag = params.getAll("tag");
  const query = {
    ...(q !== "" && { q }),
    ...(channel.length > 0 && { channel }),
    ...(account !== null && { account_id: [account] }),
    ...(tag.length > 0 && { tag }),
  };
  return {
    query,
    isFiltered: Object.keys(query).length > 0,
    set: (name, value) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          next.delete(name);
          for (const one of value === null ? [] : [value].flat()) if (one !== "") next.append(name, one);
          return next;
        },
        { replace: true },
      ),
  };
}

function Filters({
  filter: { query, isFiltered, set },
  searchRef,
}: {
  filter: ContactFilter;
  searchRef: React.RefObject<HTMLInputElement | null>;
}) {
  const { filters: words, search } = useWords(contactWords);
  const accounts = useAccounts();
  const tags = query.tag ?? [];
  return (
    <div className={style.filters}>
      <SearchField label={search} value={query.q ?? ""} onChange={(text) => set("q", text)} inputRef={searchRef} />
      <Select
        isBare
        label={words.channel}
        value={query.channel?.[0] ?? "all"}
        onChange={(id) => set("channel", id === "all" ? null : id)}
        options={[{ id: "all", name: words.all }, ...CHANNELS.map((id) => ({ id, name: CHANNEL_NAMES[id] }))]}
      />
      {accounts.length > 1 && (
        <Select
          isBare
          label={words.account}
          value={query.account_id?.[0] ?? "all"}
          onChange={(id) => set("account_id", id === "all" ? null : id)}
          options={[
            { id: "all", name: words.allAccounts },
            ...accounts.map(({ id, display_name: name }) => ({ id, name })),
          ]}
        />
      )}
      {tags.map((tag) => (
        <RemovableChip
          key={tag}
          label={words.remove(tag)}
          onRemove={() =>
            set(
              "tag",
              tags.filter((one) => one !== tag),
            )
          }
        >
          <bdi>{words.tagOf(tag)}</bdi>
        </RemovableChip>
      ))}
      {isFiltered && (
        <Button
          kind="plain"
          isSmall
          onPress={() => (["q", "channel", "account_id", "tag"] as const).forEach((name) => set(name, null))}
        >
          {words.clear}
        </Button>
      )}
    </div>
  );
}

interface RowsProps {
  contacts: readonly Contact[];
  isFiltered: boolean;
  onOpen: (contact: Contact) => void;
  more: { load: () => void; isLoading: boolean } | undefined;
}

function Rows({ contacts, isFiltered, onOpen, more }: RowsProps) {
  const words = useWords(contactWords);
  const { more: showMore } = useWords(commonWords);
  const now = useNow(60_000);
  const filter = useFilter();
  const columns: Column<Contact>[] = [
    { id: "name", name: words.columns.name, cell: (contact) => <ContactName contact={contact} /> },
    {
      id: "address",
      name: words.columns.address,
      isExtra: true,
      cell: (contact) => (addressOf(contact) === knownName(contact) ? null : <bdi>{addressOf(contact)}</bdi>),
    },
    {
      id: "tags",
      name: words.columns.tags,
      isExtra: true,
      cell: ({ tags, marketing_opted_out_at: optedOut, email_suppressed_at: suppressed }) => (
        <span className={style.tags}>
          {optedOut !== null && <Chip tone="warn">{words.noMarketing}</Chip>}
          {suppressed !== null && <Chip tone="bad">{words.mailsRefused}</Chip>}
          {tags.slice(0, 3).map((tag) => (
            <button
              key={tag}
              type="button"
              aria-label={words.filters.tagOf(tag)}
              onClick={() => filter.set("tag", [...new Set([...(filter.query.tag ?? []), tag])])}
            >
              <Chip>
                <bdi>{tag}</bdi>
              </Chip>
            </button>
          ))}
          {tags.length > 3 && <Chip>+{tags.length - 3}</Chip>}
        </span>
      ),
    },
    {
      id: "changed",
      name: words.columns.changed,
      isFigure: true,
      cell: ({ updated_at: at }) => <time dateTime={at}>{listTime(at, now, words.yesterday)}</time>,
    },
  ];
  const empty = isFiltered ? (
    <Empty title={words.empty.found} text={words.empty.foundText} />
  ) : (
    <Empty icon={<BookUser size={28} strokeWidth={1.5} />} title={words.empty.title} text={words.empty.text} />
  );
  return (
    <Table
      label={words.title}
      columns={columns}
      rows={contacts}
      keyOf={({ id }) => id}
      onOpen={onOpen}
      empty={empty}
      more={more && { ...more, name: showMore }}
    />
  );
}
