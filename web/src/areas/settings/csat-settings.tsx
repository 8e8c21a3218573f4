import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { CsatSettings } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Panel } from "../../kit/screen";
import { Switch } from "../../kit/switch";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { settingsWords } from "./words";
import style from "./settings.module.css";

/** When customers are asked, and with which words. */
export function CsatSettingsPanel() {
  const { csat: words } = useWords(settingsWords);
  const settings = useQuery({ queryKey: ["csat-settings"], queryFn: () => call("GET /api/settings/csat") });
  return (
    <Panel title={words.asking}>
      <div className={style.form}>
        <Loaded query={settings}>{(known) => <SettingsForm key={JSON.stringify(known)} known={known} />}</Loaded>
      </div>
    </Panel>
  );
}

function SettingsForm({ known }: { known: CsatSettings }) {
  const { csat: words } = useWords(settingsWords);
  const { save, saved } = useWords(commonWords);
  const queries = useQueryClient();
  const [asks, setAsks] = useState(known.ask_after_resolve);
  const [question, setQuestion] = useState(known.question ?? "");
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("PATCH /api/settings/csat", {
      body: { ask_after_resolve: asks, question: question.trim() === "" ? null : question.trim() },
    });
    await queries.invalidateQueries({ queryKey: ["csat-settings"] });
    toast(saved);
  });
  const isFixed = !may("settings.manage");
  return (
    <Form failure={failure} onSubmit={submit}>
      <Switch isSelected={asks} onChange={setAsks} isDisabled={isFixed}>
        {words.askAfterResolve}
      </Switch>
      <TextField
        label={words.question}
        help={words.questionHelp}
        name="question"
        value={question}
        onChange={setQuestion}
        placeholder={known.default_question}
        maxLength={300}
        isDisabled={isFixed}
      />
      {!isFixed && (
        <div>
          <Button type="submit" kind="go" isPending={isBusy}>
            {save}
          </Button>
        </div>
      )}
    </Form>
  );
}
