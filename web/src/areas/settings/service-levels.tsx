import { useState } from "react";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { Ellipsis, Plus, Timer } from "lucide-react";
import type { SlaPolicy } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { may } from "../../api/session";
import { Button, IconButton } from "../../kit/button";
import { CHANNEL_NAMES } from "../../kit/channels";
import { Chip } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Dialog } from "../../kit/dialog";
import { Empty } from "../../kit/empty";
import { Confirm } from "../../kit/form-dialog";
import { Menu } from "../../kit/menu";
import { Panel, Screen } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { duration, fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { BASE, conversationPath } from "../../paths";
import { ServiceLevelForm } from "./service-level-form";
import { settingsWords } from "./words";

type Open = { as: "form"; policy: SlaPolicy | undefined } | { as: "remove" | "breaches"; policy: SlaPolicy };

export function ServiceLevels() {
  const { sla: words, anyChannel, anyDivision } = useWords(settingsWords);
  const { edit } = useWords(commonWords);
  const policies = useQuery({ queryKey: ["sla"], queryFn: () => call("GET /api/sla/policies") });
  const divisions = useDivisions();
  const [open, setOpen] = useState<Open>();
  const canManage = may("sla.manage");
  const columns: Column<SlaPolicy>[] = [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ name, is_default: isDefault, is_active: isActive }) => (
        <>
          <bdi>{name}</bdi>
          {isDefault && <Chip tone="set">{words.isDefault}</Chip>}
          {!isActive && <Chip tone="warn">{words.inactive}</Chip>}
        </>
      ),
    },
    {
      id: "applies",
      name: words.columns.applies,
      isExtra: true,
      cell: ({ channel, division_id: of }) =>
        `${channel === null ? anyChannel : CHANNEL_NAMES[channel]} · ${of === null ? anyDivision : (divisions.find(({ id }) => id === of)?.name ?? "?")}`,
    },
    {
      id: "first",
      name: words.columns.first,
      isFigure: true,
      cell: ({ first_response_time_secs: seconds }) => duration(seconds * 1000),
    },
    {
      id: "resolution",
      name: words.columns.resolution,
      isFigure: true,
      isExtra: true,
      cell: ({ resolution_time_secs: seconds }) => duration(seconds * 1000),
    },
    {
      id: "more",
      name: "",
      isFigure: true,
      cell: (policy) => (
        <Menu
          label={policy.name}
          entries={[
            ...(canManage ? [{ id: "edit", name: `${edit}…`, run: () => setOpen({ as: "form", policy }) }] : []),
            { id: "breaches", name: words.showBreaches, run: () => setOpen({ as: "breaches", policy }) },
            ...(canManage
              ? [
                  {
                    id: "remove",
                    name: `${words.remove}…`,
                    isBad: true,
                    begins: true,
                    run: () => setOpen({ as: "remove", policy }),
                  },
                ]
              : []),
          ]}
        >
          <IconButton label={policy.name}>
            <Ellipsis size={16} />
          </IconButton>
        </Menu>
      ),
    },
  ];
  const close = (): void => setOpen(undefined);
  return (
    <Screen
      title={words.title}
      subtitle={words.intro}
      actions={
        canManage && (
          <Button kind="go" onPress={() => setOpen({ as: "form", policy: undefined })}>
            <Plus size={15} aria-hidden /> {words.create}
          </Button>
        )
      }
    >
      <Panel>
        <Loaded query={policies}>
          {(rows) => (
            <Table<SlaPolicy>
              label={words.title}
              columns={columns}
              rows={rows}
              keyOf={({ id }) => id}
              onOpen={(policy) => setOpen({ as: canManage ? "form" : "breaches", policy })}
              empty={<Empty icon={<Timer size={28} strokeWidth={1.5} />} title={words.empty} text={words.emptyText} />}
            />
          )}
        </Loaded>
      </Panel>
      {open?.as === "form" && <ServiceLevelForm policy={open.policy} onClose={close} />}
      {open?.as === "remove" && <Remove policy={open.policy} onClose={close} />}
      {open?.as === "breaches" && <Breaches policy={open.policy} onClose={close} />}
    </Screen>
  );
}

function Remove({ policy: { id, name }, onClose }: { policy: SlaPolicy; onClose: () => void }) {
  const { sla: words } = useWords(settingsWords);
  const queries = useQueryClient();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/sla/policies/{id}", { params: { id } });
    await queries.invalidateQueries({ queryKey: ["sla"] });
    onClose();
  });
  return (
    <Confirm
      title={words.removeTitle(name)}
      action={words.remove}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
    </Confirm>
  );
}

function Breaches({ policy: { id, name }, onClose }: { policy: SlaPolicy; onClose: () => void }) {
  const { sla: words } = useWords(settingsWords);
  const { close, more } = useWords(commonWords);
  const pages = useInfiniteQuery({
    queryKey: ["sla", id, "breaches"],
    queryFn: ({ pageParam }) =>
      call("GET /api/sla/policies/{id}/breaches", {
        params: { id },
        query: { limit: 20, ...(pageParam !== "" && { cursor: pageParam }) },
      }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor: cursor }) => cursor,
  });
  return (
    <Dialog title={`${words.breaches}: ${name}`} closeLabel={close} onClose={onClose} isWide>
      <Loaded query={pages}>
        {({ pages: loaded }) => (
          <Table
            label={words.breaches}
            rows={loaded.flatMap(({ data }) => data)}
            keyOf={({ id: of }) => of}
            empty={<Empty title={words.noBreaches} />}
            more={
              pages.hasNextPage
                ? { name: more, load: () => void pages.fetchNextPage(), isLoading: pages.isFetchingNextPage }
                : undefined
            }
            columns={[
              { id: "at", name: words.breachColumns.at, cell: ({ breached_at: at }) => fullDate(at) },
              { id: "kind", name: words.breachColumns.kind, cell: ({ breach_type: kind }) => words.breachKinds[kind] },
              {
                id: "conversation",
                name: words.breachColumns.conversation,
                cell: ({ conversation_id: of }) => <Link href={`~${BASE}${conversationPath(of)}`}>{words.open}</Link>,
              },
            ]}
          />
        )}
      </Loaded>
    </Dialog>
  );
}
