import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { WorkingHours } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { FailureText } from "../../kit/failure";
import { type Hours, HoursField } from "../../kit/hours-field";
import { toast } from "../../kit/toast";
import { commonWords } from "../../kit/common-words";
import { useWords } from "../../kit/words";
import { teamWords } from "./words";
import style from "./team.module.css";

/** A division has hours of its own, or those of the organization. */
export function DivisionHours({ divisionId: id }: { divisionId: string }) {
  const own = useQuery({
    queryKey: ["hours", id],
    queryFn: () => call("GET /api/divisions/{id}/working-hours", { params: { id } }),
  });
  const organization = useQuery({ queryKey: ["hours"], queryFn: () => call("GET /api/working-hours") });
  return (
    <Loaded query={own}>
      {(ownHours) => (
        <Loaded query={organization}>
          {(orgHours) => (
            <Week key={JSON.stringify(ownHours)} id={id} own={toHours(ownHours)} organization={toHours(orgHours)} />
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

const toHours = (rows: readonly WorkingHours[]): Hours[] =>
  rows
    .filter(({ is_active: isActive }) => isActive)
    .map(({ day_of_week, start_time, end_time }) => ({ day_of_week, start_time, end_time }));

function Week({ id, own, organization }: { id: string; own: Hours[]; organization: Hours[] }) {
  const { divisions: words } = useWords(teamWords);
  const { saved } = useWords(commonWords);
  const queries = useQueryClient();
  const [hours, setHours] = useState<Hours[] | undefined>(own.length > 0 ? own : undefined);
  const canManage = may("settings.manage");
  const params = { id };
  const done = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: ["hours", id] });
    toast(saved);
  };
  const save = useSubmit(async () => {
    await call("PUT /api/divisions/{id}/working-hours", { params, body: hours ?? [] });
    await done();
  });
  const back = useSubmit(async () => {
    if (own.length > 0) await call("DELETE /api/divisions/{id}/working-hours", { params });
    await done();
    setHours(undefined);
  });
  if (hours === undefined)
    return (
      <>
        <p className={style.hint}>{words.hoursOfOrg}</p>
        <HoursField hours={organization} onChange={() => undefined} isDisabled />
        {canManage && (
          <div className={style.foot}>
            <Button onPress={() => setHours(organization)}>{words.ownHours}</Button>
          </div>
        )}
      </>
    );
  const failure = save.failure ?? back.failure;
  return (
    <>
      {failure && <FailureText failure={failure} />}
      <HoursField hours={hours} onChange={setHours} isDisabled={!canManage} />
      {canManage && (
        <div className={style.foot}>
          <Button
            isPending={save.isBusy}
            isDisabled={JSON.stringify(hours) === JSON.stringify(own)}
            onPress={save.submit}
          >
            {words.saveHours}
          </Button>
          <Button kind="plain" isPending={back.isBusy} onPress={back.submit}>
            {words.backToOrg}
          </Button>
        </div>
      )}
    </>
  );
}
