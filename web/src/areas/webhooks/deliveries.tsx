import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import type { WebhookDelivery } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { Chip, type Tone } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { Panel } from "../../kit/screen";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { Delivery } from "./delivery";
import type { Webhook } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

const STATUSES = ["pending", "success", "failed", "dead"] as const;
type Status = (typeof STATUSES)[number];
const EVERY_MS = 10_000;

const TONES: Record<Status, Tone> = { pending: "plain", success: "good", failed: "warn", dead: "bad" };

export function DeliveryStatus({ delivery: { status, next_retry_at: next } }: { delivery: WebhookDelivery }) {
  const { deliveries: words } = useWords(webhookWords);
  // A test is tried once.
  const isOver = status === "failed" && next === null;
  return <Chip tone={isOver ? "bad" : TONES[status]}>{isOver ? words.failedOnce : words.statuses[status]}</Chip>;
}

/** Lists deliveries, the newest first; each can be opened and sent again. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { deliveries: words } = useWords(webhookWords);
  const { more } = useWords(commonWords);
  const [status, setStatus] = useState<Status | "all">("all");
  const [type, setType] = useState("all");
  const [openId, setOpenId] = useState<string>();
  const pages = useInfiniteQuery({
    queryKey: ["webhook-deliveries", webhook.id, status, type],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/webhooks/{id}/deliveries", {
        params: { id: webhook.id },
        query: {
          limit: 50,
          ...(pageParam !== "" && { cursor: pageParam }),
          ...(status !== "all" && { status }),
          ...(type !== "all" && { event_type: type as never }),
        },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    placeholderData: (before) => before,
    refetchInterval: EVERY_MS,
  });
  const columns = useColumns();
  const rows = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  const open = rows.find(({ id }) => id === openId);
  return (
    <Panel title={words.title}>
      <div className={style.filters}>
        <Select
          isBare
          label={words.columns.status}
          value={status}
          onChange={setStatus}
          options={[{ id: "all", name: words.anyStatus }, ...STATUSES.map((id) => ({ id, name: words.statuses[id] }))]}
        />
        <Select
          isBare
          label={words.columns.event}
          value={type}
          onChange={setType}
          options={[{ id: "all", name: words.anyEvent }, ...webhook.events.map((id) => ({ id, name: id }))]}
        />
      </div>
      <Loaded query={pages}>
        {() => (
          <Table
            label={words.title}
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            onOpen={({ id }) => setOpenId(id)}
            empty={
              <Empty
                icon={<Inbox size={28} strokeWidth={1.5} />}
                title={words.empty}
                text={status === "all" && type === "all" ? words.emptyText : undefined}
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
      {open && <Delivery webhook={webhook} delivery={open} title={words.one} onClose={() => setOpenId(undefined)} />}
    </Panel>
  );
}

function useColumns(): Column<WebhookDelivery>[] {
  const { deliveries: words } = useWords(webhookWords);
  return [
    {
      id: "event",
      name: words.columns.event,
      cell: ({ event_type: of, is_test: isTest }) => (
        <>
          <code>{of}</code> {isTest && <Chip>{words.test}</Chip>}
        </>
      ),
    },
    {
      id: "status",
      name: words.columns.status,
      cell: (one) => <DeliveryStatus delivery={one} />,
    },
    {
      id: "answer",
      name: words.columns.answer,
      isExtra: true,
      cell: ({ http_status: code, error_message: why }) => (
        <span className={style.quiet}>{why ?? (code === null ? "" : String(code))}</span>
      ),
    },
    {
      id: "attempt",
      name: words.columns.attempt,
      isFigure: true,
      isExtra: true,
      cell: ({ attempt, max_attempts: most }) => words.attempt(attempt, most),
    },
    {
      id: "at",
      name: words.columns.at,
      isFigure: true,
      cell: ({ created_at: at }) => <time dateTime={at}>{fullDate(at)}</time>,
    },
  ];
}
