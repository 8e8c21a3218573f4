import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import type { CampaignImport, RefusedRecipient } from "../../api/api.gen";
import { call, filled } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { Button } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Dialog } from "../../kit/dialog";
import { count } from "../../kit/figures";
import { type Column, Table } from "../../kit/table";
import { clockTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

type Import = NonNullable<CampaignImport>;

interface ImportsProps {
  campaignId: string;
  imports: readonly CampaignImport[];
}

/** Files and tags that were read: how far they are, and what was refused. */
export function Imports({ campaignId, imports }: ImportsProps) {
  const { recipients: words } = useWords(campaignWords);
  const [shown, setShown] = useState<Import>();
  const all = imports.filter((one) => one !== null);
  if (all.length === 0) return null;
  return (
    <ul className={style.imports} aria-label={words.imports}>
      {all.map((one) => (
        <li key={one.id}>
          <span>
            {words.kinds[one.kind]} <small>{clockTime(one.created_at)}</small>
          </span>
          <span role="status">
            {one.status === "running" ? (
              <Chip tone="set">{words.reading(count(one.processed))}</Chip>
            ) : (
              words.read(one.added, one.duplicates)
            )}{" "}
            {one.status === "failed" && <Chip tone="bad">{one.error ?? words.stopped}</Chip>}
          </span>
          {one.refused > 0 && (
            <Button kind="plain" isSmall onPress={() => setShown(one)}>
              {words.refused(one.refused)}
            </Button>
          )}
        </li>
      ))}
      {shown && <RefusedLines campaignId={campaignId} of={shown} onClose={() => setShown(undefined)} />}
    </ul>
  );
}

function RefusedLines({ campaignId, of, onClose }: { campaignId: string; of: Import; onClose: () => void }) {
  const { recipients: words } = useWords(campaignWords);
  const { close, more } = useWords(commonWords);
  const columns: Column<RefusedRecipient>[] = [
    { id: "line", name: words.columns.line, cell: ({ line }) => count(line) },
    { id: "value", name: words.columns.value, cell: ({ value }) => value },
    { id: "reason", name: words.columns.reason, cell: ({ reason }) => reason },
  ];
  const params = { id: campaignId, import_id: of.id };
  const pages = useInfiniteQuery({
    queryKey: ["campaign-refused", of.id],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/campaigns/{id}/imports/{import_id}/refused", {
        params,
        query: { limit: 100, ...(pageParam !== "" && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
  });
  return (
    <Dialog title={words.refusedTitle(of.refused)} closeLabel={close} onClose={onClose} isWide>
      <p>{words.refusedText}</p>
      <Loaded query={pages}>
        {({ pages: loaded }) => (
          <Table
            label={words.refusedTitle(of.refused)}
            rows={loaded.flatMap(({ data }) => data)}
            keyOf={({ line, value }) => `${line} ${value}`}
            columns={columns}
            more={
              pages.hasNextPage
                ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                : undefined
            }
          />
        )}
      </Loaded>
      <p>
        <a
          className={style.download}
          href={filled("/api/campaigns/{id}/imports/{import_id}/refused/export", params)}
          download
        >
          <Download size={14} aria-hidden /> {words.refusedFile}
        </a>
      </p>
    </Dialog>
  );
}
