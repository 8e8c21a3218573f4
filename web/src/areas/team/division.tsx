import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import type { DivisionWithAgents } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Confirm, FormDialog } from "../../kit/form-dialog";
import { Columns, Panel, Screen } from "../../kit/screen";
import { useWords } from "../../kit/words";
import { DivisionFields, valuesOf } from "./division-fields";
import { DivisionHours } from "./division-hours";
import { Members } from "./members";
import { Queue } from "./queue";
import { teamWords } from "./words";
import style from "./team.module.css";

export function DivisionScreen({ id }: { id: string }) {
  const division = useQuery({
    queryKey: ["division", id],
    queryFn: () => call("GET /api/divisions/{id}", { params: { id } }),
    refetchInterval: 30_000,
  });
  return <Loaded query={division}>{(data) => <DivisionDetails division={data} />}</Loaded>;
}

function DivisionDetails({ division }: { division: DivisionWithAgents }) {
  const { divisions: words } = useWords(teamWords);
  const [open, setOpen] = useState<"edit" | "remove">();
  const canManage = may("divisions.manage");
  const { name, description, allocation_method: method, is_active: isActive } = division;
  return (
    <Screen
      crumb={<Link href="/divisions">{words.title}</Link>}
      title={
        <>
          <bdi>{name}</bdi> {!isActive && <Chip tone="warn">{words.inactive}</Chip>}
        </>
      }
      subtitle={
        <>
          {words.methods[method]}
          {description !== null && <bdi> · {description}</bdi>}
        </>
      }
      actions={
        canManage && (
          <>
            <Button kind="plain" onPress={() => setOpen("remove")}>
              {words.remove}
            </Button>
            <Button onPress={() => setOpen("edit")}>{words.edit}</Button>
          </>
        )
      }
    >
      <Columns>
        <div className={style.stack}>
          {may("conversations.view") && (
            <Panel title={words.queue}>
              <Queue division={division} />
            </Panel>
          )}
          <Members division={division} />
        </div>
        {may("settings.view") && (
          <Panel title={words.hours}>
            <DivisionHours divisionId={division.id} />
          </Panel>
        )}
      </Columns>
      {open === "edit" && <EditDivision division={division} onClose={() => setOpen(undefined)} />}
      {open === "remove" && <RemoveDivision division={division} onClose={() => setOpen(undefined)} />}
    </Screen>
  );
}

/** Sends what has changed only. */
function EditDivision({ division, onClose }: { division: DivisionWithAgents; onClose: () => void }) {
  const { divisions: words } = useWords(teamWords);
  const { save } = useWords(commonWords);
  const queries = useQueryClient();
  const before = valuesOf(division);
  const [values, setValues] = useState(before);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const { name, description, method, isActive } = values;
    const body = {
      ...(name.trim() !== before.name && { name: name.trim() }),
      ...(description.trim() !== before.description && { description: description.trim() || null }),
      ...(method !== before.method && { allocation_method: method }),
      ...(isActive !== undefined && isActive !== before.isActive && { is_active: isActive }),
    };
    if (Object.keys(body).length > 0) await call("PATCH /api/divisions/{id}", { params: { id: division.id }, body });
    await Promise.all(
      [["divisions"], ["division", division.id]].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
    onClose();
  });
  return (
    <FormDialog title={words.edit} action={save} isBusy={isBusy} failure={failure} onSubmit={submit} onClose={onClose}>
      <DivisionFields values={values} onChange={setValues} />
    </FormDialog>
  );
}

function RemoveDivision({ division: { id, name }, onClose }: { division: DivisionWithAgents; onClose: () => void }) {
  const { divisions: words } = useWords(teamWords);
  const { remove } = useWords(commonWords);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/divisions/{id}", { params: { id } });
    await Promise.all([["divisions"], ["agents"]].map((queryKey) => queries.invalidateQueries({ queryKey })));
    go("/divisions");
  });
  return (
    <Confirm
      title={words.removeTitle(name)}
      action={remove}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
    </Confirm>
  );
}
