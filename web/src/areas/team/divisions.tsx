import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { Network, Plus } from "lucide-react";
import type { DivisionWithCount } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { Empty } from "../../kit/empty";
import { count } from "../../kit/figures";
import { FormDialog } from "../../kit/form-dialog";
import { Panel, Screen } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { useCounts } from "../../live/counts";
import { DivisionFields, type DivisionValues, valuesOf } from "./division-fields";
import { useDivisionsQuery } from "./lists";
import { teamWords } from "./words";
import style from "./team.module.css";

export function Divisions() {
  const { divisions: words } = useWords(teamWords);
  const divisions = useDivisionsQuery();
  const counts = useCounts();
  const [, go] = useLocation();
  const [isCreating, setCreating] = useState(false);
  const canManage = may("divisions.manage");
  useActions(
    canManage ? [{ id: "team/division", name: words.create, group: words.title, run: () => setCreating(true) }] : [],
  );
  const openOf = (id: string): number => counts?.divisions[id]?.total ?? 0;
  const columns: Column<DivisionWithCount>[] = [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ name, description, is_active: isActive }) => (
        <span className={style.person}>
          <span>
            <bdi>{name}</bdi> {!isActive && <Chip tone="warn">{words.inactive}</Chip>}
          </span>
          {description !== null && <small dir="auto">{description}</small>}
        </span>
      ),
    },
    {
      id: "allocation",
      name: words.columns.allocation,
      isExtra: true,
      cell: ({ allocation_method: method }) => words.methods[method],
    },
    { id: "members", name: words.columns.members, isFigure: true, cell: ({ agent_count: members }) => count(members) },
    ...(counts
      ? [
          {
            id: "open",
            name: words.columns.open,
            isFigure: true,
            cell: ({ id }: DivisionWithCount) => count(openOf(id)),
          },
        ]
      : []),
  ];
  return (
    <Screen
      title={words.title}
      actions={
        canManage && (
          <Button kind="go" onPress={() => setCreating(true)}>
            <Plus size={15} aria-hidden /> {words.create}
          </Button>
        )
      }
    >
      <Panel>
        <Loaded query={divisions}>
          {(rows) => (
            <Table
              label={words.title}
              columns={columns}
              rows={rows}
              keyOf={({ id }) => id}
              onOpen={({ id }) => go(`/divisions/${id}`)}
              empty={
                <Empty icon={<Network size={28} strokeWidth={1.5} />} title={words.empty} text={words.emptyText} />
              }
            />
          )}
        </Loaded>
      </Panel>
      {isCreating && <CreateDivision onClose={() => setCreating(false)} onCreated={(id) => go(`/divisions/${id}`)} />}
    </Screen>
  );
}

function CreateDivision({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const { divisions: words } = useWords(teamWords);
  const queries = useQueryClient();
  const [values, setValues] = useState<DivisionValues>(valuesOf());
  const { submit, isBusy, failure } = useSubmit(async () => {
    const { name, description, method } = values;
    const { id } = await call("POST /api/divisions", {
      body: {
        name: name.trim(),
        allocation_method: method,
        ...(description.trim() !== "" && { description: description.trim() }),
      },
    });
    await queries.invalidateQueries({ queryKey: ["divisions"] });
    onCreated(id);
  });
  return (
    <FormDialog
      title={words.create}
      action={words.create}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <DivisionFields values={values} onChange={setValues} />
    </FormDialog>
  );
}
