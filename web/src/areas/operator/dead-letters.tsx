import { useState } from "react";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import type { DeadLetter } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Dialog, DialogActions } from "../../kit/dialog";
import { Empty } from "../../kit/empty";
import { Facts } from "../../kit/facts";
import { FailureText } from "../../kit/failure";
import { Confirm } from "../../kit/form-dialog";
import { Panel, Screen } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { fullDate } from "../../kit/time";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { asOperator, operatorToken } from "./token";
import { operatorWords } from "./words";
import style from "./operator.module.css";

/** Messages of queues that failed every retry. */
export function DeadLetters() {
  const { dead: words } = useWords(operatorWords);
  const { more } = useWords(commonWords);
  const columns = useColumns();
  const [open, setOpen] = useState<DeadLetter>();
  const [isReplaying, setReplaying] = useState(false);
  const pages = useInfiniteQuery({
    queryKey: ["operator", "dead-letters"],
    queryFn: ({ pageParam }) =>
      asOperator(
        call("GET /operator/dead-letters", {
          query: { limit: 50, ...(pageParam !== "" && { cursor: pageParam }) },
          bearer: operatorToken(),
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
    gcTime: 0,
  });
  const rows = pages.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Screen
      title={words.title}
      subtitle={words.intro}
      actions={
        rows.some((one) => one.replayed_at === null) && (
          <Button kind="go" onPress={() => setReplaying(true)}>
            {words.replayAll}
          </Button>
        )
      }
    >
      <Panel>
        <Loaded query={pages}>
          {() => (
            <Table
              label={words.title}
              columns={columns}
              rows={rows}
              keyOf={({ id }) => id}
              onOpen={setOpen}
              empty={<Empty icon={<CircleCheck size={28} strokeWidth={1.5} />} title={words.empty} />}
              more={
                pages.hasNextPage
                  ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                  : undefined
              }
            />
          )}
        </Loaded>
      </Panel>
      {open && <Letter letter={open} onClose={() => setOpen(undefined)} />}
      {isReplaying && <ReplayAll onClose={() => setReplaying(false)} />}
    </Screen>
  );
}

function useColumns(): Column<DeadLetter>[] {
  const { dead: words } = useWords(operatorWords);
  return [
    { id: "queue", name: words.columns.queue, cell: ({ queue }) => <code>{queue}</code> },
    {
      id: "error",
      name: words.columns.error,
      cell: ({ error, replayed_at: at }) => (
        <span className={style.stack}>
          <span>{error}</span>
          {at !== null && <Chip tone="good">{words.replayedAt(fullDate(at))}</Chip>}
        </span>
      ),
    },
    { id: "org", name: words.columns.org, isExtra: true, cell: ({ org_id: org }) => <code>{org}</code> },
    { id: "at", name: words.columns.at, isFigure: true, isExtra: true, cell: ({ created_at: at }) => fullDate(at) },
  ];
}

/** Sends these again; without ids all that wait, a hundred at a time. */
function useReplay(onDone: () => void, ids?: string[]) {
  const { dead: words } = useWords(operatorWords);
  const queries = useQueryClient();
  return useSubmit(async () => {
    const { replayed, failed } = await asOperator(
      call("POST /operator/dead-letters/replay", { body: ids ? { ids } : {}, bearer: operatorToken() }),
    );
    await queries.invalidateQueries({ queryKey: ["operator", "dead-letters"] });
    toast(words.replayed(replayed.length, failed.length), failed.length > 0 ? "bad" : "plain");
    onDone();
  });
}

function Letter({ letter, onClose }: { letter: DeadLetter; onClose: () => void }) {
  const { dead: words } = useWords(operatorWords);
  const { close } = useWords(commonWords);
  const { submit, isBusy, failure } = useReplay(onClose, [letter.id]);
  return (
    <Dialog title={words.one} closeLabel={close} onClose={onClose} isWide>
      {failure && <FailureText failure={failure} />}
      <Facts
        rows={[
          { name: words.columns.queue, value: letter.queue },
          { name: words.columns.org, value: letter.org_id },
          { name: words.columns.at, value: fullDate(letter.created_at) },
          { name: words.attempts, value: letter.attempts },
          { name: words.columns.error, value: letter.error },
        ]}
      />
      <pre className={style.body} tabIndex={0} role="region" aria-label={words.body}>
        {letter.body}
      </pre>
      <DialogActions>
        <Button kind="go" isPending={isBusy} onPress={submit}>
          {words.replay}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function ReplayAll({ onClose }: { onClose: () => void }) {
  const { dead: words } = useWords(operatorWords);
  const { submit, isBusy, failure } = useReplay(onClose);
  return (
    <Confirm
      title={words.replayTitle}
      action={words.replay}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.replayText}</p>
    </Confirm>
  );
}
