import { useState } from "react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation, useSearchParams } from "wouter";
import { Megaphone, Plus, Settings } from "lucide-react";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { useNow } from "../../kit/clock";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { Panel, Screen } from "../../kit/screen";
import { SearchField } from "../../kit/search-field";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { listTime, shortDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { CreateCampaign } from "./create";
import { share } from "./figures";
import { Progress, StatusChip } from "./status";
import { type Campaign, isAnyMoving, LIST_MS, useCampaignFrames } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

const STATUSES = ["draft", "scheduled", "sending", "paused", "completed", "cancelled", "failed"] as const;

/** All campaigns, the newest first. The address holds the filter. */
export function CampaignList() {
  const words = useWords(campaignWords);
  const { more } = useWords(commonWords);
  const [, go] = useLocation();
  const [params, setParams] = useSearchParams();
  const [isCreating, setCreating] = useState(false);
  const queries = useQueryClient();
  const q = params.get("q") ?? "";
  const status = STATUSES.filter((one) => one === params.get("status"));
  const isFiltered = q !== "" || status.length > 0;
  const pages = useInfiniteQuery({
    queryKey: ["campaigns", q, status],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/campaigns", {
        query: { page: pageParam, per_page: 50, ...(q !== "" && { q }), ...(status.length > 0 && { status }) },
        signal,
      }),
    initialPageParam: 1,
    getNextPageParam: ({ page, total_pages: last }) => (page < last ? page + 1 : undefined),
    placeholderData: (before) => before,
    refetchInterval: ({ state: { data } }) =>
      isAnyMoving(data?.pages.flatMap((page) => page.data as Campaign[]) ?? []) ? LIST_MS : false,
  });
  useCampaignFrames(() => void queries.invalidateQueries({ queryKey: ["campaigns"] }));
  const columns = useColumns();
  const canManage = may("campaigns.manage");
  useActions(
    canManage ? [{ id: "campaigns/create", name: words.create, group: words.title, run: () => setCreating(true) }] : [],
  );
  const set = (name: string, value: string): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return (
    <Screen
      title={words.title}
      subtitle={words.intro}
      actions={
        <>
          {may("settings.view") && (
            <Button onPress={() => go("/settings")}>
              <Settings size={15} aria-hidden /> {words.settings.title}
            </Button>
          )}
          {canManage && (
            <Button kind="go" onPress={() => setCreating(true)}>
              <Plus size={15} aria-hidden /> {words.create}
            </Button>
          )}
        </>
      }
    >
      <Panel>
        <div className={style.filters}>
          <SearchField label={words.search} value={q} onChange={(text) => set("q", text)} />
          <Select
            isBare
            label={words.columns.status}
            value={status[0] ?? "all"}
            onChange={(id) => set("status", id === "all" ? "" : id)}
            options={[
              { id: "all", name: words.anyStatus },
              ...STATUSES.map((id) => ({ id, name: words.statuses[id] })),
            ]}
          />
        </div>
        <Loaded query={pages}>
          {({ pages: loaded }) => (
            <Table<Campaign>
              label={words.title}
              columns={columns}
              rows={loaded.flatMap(({ data }) => data as Campaign[])}
              keyOf={({ id }) => id}
              onOpen={({ id }) => go(`/${id}`)}
              empty={
                isFiltered ? (
                  <Empty title={words.empty.found} text={words.empty.foundText} />
                ) : (
                  <Empty
                    icon={<Megaphone size={28} strokeWidth={1.5} />}
                    title={words.empty.title}
                    text={words.empty.text}
                    action={canManage && <Button onPress={() => setCreating(true)}>{words.create}</Button>}
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
      </Panel>
      {isCreating && <CreateCampaign onClose={() => setCreating(false)} onCreated={(id) => go(`/${id}`)} />}
    </Screen>
  );
}

function useColumns(): Column<Campaign>[] {
  const words = useWords(campaignWords);
  const now = useNow(60_000);
  const figure = (id: "delivered" | "read" | "replied"): Column<Campaign> => ({
    id,
    name: words.columns[id],
    isFigure: true,
    isExtra: true,
    cell: ({ rates }) => share(rates[id]),
  });
  return [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ name, channel, template_name: template, content }) => (
        <span className={style.named}>
          <bdi>{name}</bdi>
          <small>
            <bdi>{channel === "email" ? content?.subject : template}</bdi>
          </small>
        </span>
      ),
    },
    { id: "status", name: words.columns.status, cell: (campaign) => <StatusChip campaign={campaign} /> },
    {
      id: "recipients",
      name: words.columns.recipients,
      cell: (campaign) => (
        <span className={style.measure}>
          {count(campaign.total_recipients)}
          {campaign.status !== "draft" && <Progress campaign={campaign} />}
        </span>
      ),
    },
    figure("delivered"),
    figure("read"),
    figure("replied"),
    {
      id: "failed",
      name: words.columns.failed,
      isFigure: true,
      isExtra: true,
      cell: ({ failed_count: failed }) => (failed === 0 ? "–" : <b className={style.bad}>{count(failed)}</b>),
    },
    {
      id: "at",
      name: words.columns.at,
      isFigure: true,
      cell: ({ started_at: started, scheduled_at: scheduled, created_at: created }) => {
        const at = started ?? scheduled ?? created;
        return <time dateTime={at}>{Date.parse(at) > now ? shortDate(at) : listTime(at, now, words.yesterday)}</time>;
      },
    },
  ];
}
