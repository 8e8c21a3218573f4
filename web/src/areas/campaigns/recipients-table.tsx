import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Download } from "lucide-react";
import type { CampaignRecipient } from "../../api/api.gen";
import { call, filled, searchOf } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { Chip, type Tone } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { BASE, conversationPath } from "../../paths";
import { type Campaign, outcomesEvery } from "./use-campaign";
import { campaignWords } from "./words";
import { dateIn, useZone } from "./zone";
import style from "./campaigns.module.css";

const STATUSES = ["pending", "queued", "sent", "delivered", "read", "failed", "skipped"] as const;
type Status = (typeof STATUSES)[number];

const TONES: Record<Status, Tone> = {
  pending: "plain",
  queued: "plain",
  sent: "set",
  delivered: "set",
  read: "good",
  failed: "bad",
  skipped: "warn",
};

/** Shows the outcome for each recipient, as a page or as a file. */
export function RecipientsTable({ campaign }: { campaign: Campaign }) {
  const { recipients: words } = useWords(campaignWords);
  const { more } = useWords(commonWords);
  const [status, setStatus] = useState<Status | "all">("all");
  const { id, updated_at: updatedAt, total_recipients: total } = campaign;
  const filter = status === "all" ? {} : { status };
  const columns = useColumns(campaign);
  const pages = useInfiniteQuery({
    queryKey: ["campaign-recipients", id, status, total, updatedAt],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/campaigns/{id}/recipients", {
        params: { id },
        query: { page: pageParam, per_page: 50, ...filter },
        signal,
      }),
    initialPageParam: 1,
    getNextPageParam: ({ page, total_pages: last }) => (page < last ? page + 1 : undefined),
    placeholderData: (before) => before,
    refetchInterval: campaign.status === "sending" ? 5000 : outcomesEvery(campaign),
  });
  return (
    <div>
      <div className={style.filters}>
        <Select
          isBare
          label={words.columns.status}
          value={status}
          onChange={setStatus}
          options={[
            { id: "all", name: words.anyStatus },
            ...STATUSES.map((one) => ({ id: one, name: words.statuses[one] })),
          ]}
        />
        <a
          className={style.download}
          href={`${filled("/api/campaigns/{id}/recipients/export", { id })}${searchOf(filter)}`}
          download
        >
          <Download size={14} aria-hidden /> {words.csv}
        </a>
      </div>
      <Loaded query={pages}>
        {({ pages: loaded }) => (
          <Table<CampaignRecipient>
            label={words.title}
            columns={columns}
            rows={loaded.flatMap(({ data }) => data as CampaignRecipient[])}
            keyOf={(one) => one.id}
            empty={<Empty title={words.noneFound} />}
            more={
              pages.hasNextPage
                ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                : undefined
            }
          />
        )}
      </Loaded>
    </div>
  );
}

function useColumns({ status }: Campaign): Column<CampaignRecipient>[] {
  const { recipients: words } = useWords(campaignWords);
  const zone = useZone();
  const address: Column<CampaignRecipient> = {
    id: "address",
    name: words.columns.address,
    cell: ({
      phone_number: phone,
      email,
      conversation_id: conversation,
      error_message: why,
      error_code: code,
      variables,
    }) => (
      <span className={style.named}>
        {conversation === null ? (
          <bdi>{phone ?? email}</bdi>
        ) : (
          <Link href={`~${BASE}${conversationPath(conversation)}`}>
            <bdi>{phone ?? email}</bdi>
          </Link>
        )}
        <small dir="auto">{why ?? code ?? valuesText(variables)}</small>
      </span>
    ),
  };
  if (status === "draft") return [address];
  return [
    address,
    {
      id: "status",
      name: words.columns.status,
      cell: ({ status: of, replied_at: replied, clicked_at: clicked }) => (
        <span className={style.inserts}>
          <Chip tone={TONES[of]}>{words.statuses[of]}</Chip>
          {replied !== null && <Chip tone="good">{words.replied}</Chip>}
          {clicked !== null && <Chip tone="good">{words.clicked}</Chip>}
        </span>
      ),
    },
    {
      id: "at",
      name: words.columns.at,
      isFigure: true,
      isExtra: true,
      cell: ({ sent_at: at }) => at !== null && <time dateTime={at}>{dateIn(at, zone)}</time>,
    },
  ];
}

const valuesText = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}: ${value}`)
    .join(" · ");
