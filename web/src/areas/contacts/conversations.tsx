import { useInfiniteQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import type { ConversationWithContact } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { CHANNEL_NAMES } from "../../kit/channels";
import { Chip } from "../../kit/chip";
import { useNow } from "../../kit/clock";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { Table } from "../../kit/table";
import { listTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { BASE, conversationPath } from "../../paths";
import { contactWords } from "./words";
import style from "./contacts.module.css";

const TONES = { open: "set", pending: "warn", resolved: "plain" } as const;

/** Lists the contact's conversations that the caller may see; each leads to the inbox. */
export function ContactConversations({ contactId }: { contactId: string }) {
  const { conversations: words, yesterday } = useWords(contactWords);
  const { more } = useWords(commonWords);
  const [, go] = useLocation();
  const now = useNow(60_000);
  const pages = useInfiniteQuery({
    queryKey: ["contact-conversations", contactId, "pages"],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/contacts/{id}/conversations", {
        params: { id: contactId },
        query: { limit: 20, ...(pageParam !== "" && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
  });
  return (
    <Loaded query={pages}>
      {({ pages: loaded }) => (
        <Table<ConversationWithContact>
          label={words.title}
          rows={loaded.flatMap(({ data }) => data)}
          keyOf={({ id }) => id}
          {...(may("conversations.view") && { onOpen: ({ id }) => go(`~${BASE}${conversationPath(id)}`) })}
          empty={<Empty title={words.empty} />}
          more={
            pages.hasNextPage
              ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
              : undefined
          }
          columns={[
            {
              id: "last",
              name: words.columns.last,
              cell: ({ last_message: text }) => (
                <span className={style.last} dir="auto">
                  {text ?? words.noMessage}
                </span>
              ),
            },
            { id: "channel", name: "", isExtra: true, cell: ({ contact_channel: channel }) => CHANNEL_NAMES[channel] },
            {
              id: "status",
              name: words.columns.status,
              cell: ({ status }) => <Chip tone={TONES[status]}>{words.statuses[status]}</Chip>,
            },
            {
              id: "at",
              name: words.columns.at,
              isFigure: true,
              cell: ({ updated_at: at }) => <time dateTime={at}>{listTime(at, now, yesterday)}</time>,
            },
          ]}
        />
      )}
    </Loaded>
  );
}
