import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { WorkingHours } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { FailureText } from "../../kit/failure";
import { type Hours as Span, HoursField } from "../../kit/hours-field";
import { Panel, Screen } from "../../kit/screen";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { Holidays } from "./holidays";
import { useTimezone } from "./organization";
import { settingsWords } from "./words";
import style from "./settings.module.css";

export function Hours() {
  const { hours: words } = useWords(settingsWords);
  const zone = useTimezone().data?.timezone;
  const hours = useQuery({ queryKey: ["hours"], queryFn: () => call("GET /api/working-hours") });
  return (
    <Screen title={words.title} {...(zone !== undefined && { subtitle: words.intro(zone) })}>
      <Panel title={words.week}>
        <div className={style.form}>
          <Loaded query={hours}>{(rows) => <Week key={JSON.stringify(rows)} before={toSpans(rows)} />}</Loaded>
        </div>
      </Panel>
      <Holidays />
    </Screen>
  );
}

const toSpans = (rows: readonly WorkingHours[]): Span[] =>
  rows
    .filter(({ is_active: isActive }) => isActive)
    .map(({ day_of_week, start_time, end_time }) => ({ day_of_week, start_time, end_time }));

function Week({ before }: { before: Span[] }) {
  const { save, saved } = useWords(commonWords);
  const queries = useQueryClient();
  const [hours, setHours] = useState(before);
  const isFixed = !may("settings.manage");
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("PUT /api/working-hours", { body: hours });
    await queries.invalidateQueries({ queryKey: ["hours"] });
    toast(saved);
  });
  return (
    <div>
      {failure && <FailureText failure={failure} />}
      <HoursField hours={hours} onChange={setHours} isDisabled={isFixed} />
      {!isFixed && (
        <div className={style.foot}>
          <Button
            kind="go"
            isPending={isBusy}
            isDisabled={JSON.stringify(hours) === JSON.stringify(before)}
            onPress={submit}
          >
            {save}
          </Button>
        </div>
      )}
    </div>
  );
}
