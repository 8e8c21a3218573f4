import { useEffect, useRef } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";
import { TextSearch } from "lucide-react";
import type { MessageHit } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { Avatar } from "../../kit/avatar";
import { Button } from "../../kit/button";
import { useNow } from "../../kit/clock";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { Panel, Screen } from "../../kit/screen";
import { SearchField } from "../../kit/search-field";
import { listTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { BASE, conversationPath, messageHash } from "../../paths";
import { searchWords } from "./words";
import style from "./search.module.css";

/** Finds messages by their words, and leads to their place. */
export default function SearchPage() {
  const words = useWords(searchWords);
  const [params, setParams] = useSearchParams();
  const q = params.get("q") ?? "";
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <Screen title={words.title} subtitle={words.intro}>
      <SearchField
        label={words.field}
        value={q}
        inputRef={field}
        onChange={(text) => setParams(text === "" ? {} : { q: text }, { replace: q !== "" })}
      />
      <Panel>
        {q === "" ? (
          <Empty icon={<TextSearch size={28} strokeWidth={1.5} />} title={words.begin} text={words.beginText} />
        ) : (
          <Hits q={q} />
        )}
      </Panel>
    </Screen>
  );
}

function Hits({ q }: { q: string }) {
  const words = useWords(searchWords);
  const { more } = useWords(commonWords);
  const pages = useInfiniteQuery({
    queryKey: ["search", q],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/messages/search", {
        query: { q, limit: 30, ...(pageParam !== "" && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    placeholderData: (before) => before,
  });
  return (
    <Loaded query={pages}>
      {({ pages: loaded }) => {
        const hits = loaded.flatMap(({ data }) => data);
        if (hits.length === 0)
          return <Empty icon={<TextSearch size={28} strokeWidth={1.5} />} title={words.none} text={words.noneText} />;
        return (
          <>
            <ul className={style.hits} aria-label={words.hits}>
              {hits.map((hit) => (
                <Hit key={hit.message_id} hit={hit} />
              ))}
            </ul>
            {pages.hasNextPage && (
              <Button
                className={style.more ?? ""}
                isPending={pages.isFetchingNextPage}
                onPress={() => void pages.fetchNextPage()}
              >
                {more}
              </Button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Hit({ hit }: { hit: MessageHit }) {
  const words = useWords(searchWords);
  const now = useNow(60_000);
  const {
    contact_name: name,
    contact_id: of,
    contact_channel: channel,
    direction,
    type,
    snippet,
    created_at: at,
  } = hit;
  const kind = (words.types as Record<string, string>)[type];
  return (
    <li>
      <Link
        href={`~${BASE}${conversationPath(hit.conversation_id)}${messageHash(hit.message_id)}`}
        className={style.hit}
      >
        <Avatar name={name ?? words.unknown} of={of} size={36} channel={channel} />
        <span className={style.words}>
          <span className={style.head}>
            <b>
              <bdi>{name ?? words.unknown}</bdi>
            </b>
            <time dateTime={at}>{listTime(at, now, words.yesterday)}</time>
          </span>
          <span dir="auto">
            {(direction === "outbound" || kind !== undefined) && (
              <small>
                {[direction === "outbound" ? words.us : undefined, kind].filter((one) => one !== undefined).join(" · ")}
                :{" "}
              </small>
            )}
            <Marked snippet={snippet} />
          </span>
        </span>
      </Link>
    </li>
  );
}

/** The words that match stand between « and ». */
function Marked({ snippet }: { snippet: string }) {
  return snippet
    .split(/(«[^»]*»)/)
    .map((part, i) => (part.startsWith("«") && part.endsWith("»") ? <mark key={i}>{part.slice(1, -1)}</mark> : part));
}
