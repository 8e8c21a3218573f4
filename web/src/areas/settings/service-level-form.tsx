import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { SlaPolicy } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { CHANNEL_NAMES, CHANNELS, type Channel } from "../../kit/channels";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { FormDialog } from "../../kit/form-dialog";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { AmountField, amountOf, secondsOf } from "./amount";
import { settingsWords } from "./words";
import style from "./settings.module.css";

export function ServiceLevelForm({ policy, onClose }: { policy: SlaPolicy | undefined; onClose: () => void }) {
  const { sla: words, anyChannel, anyDivision } = useWords(settingsWords);
  const { fields } = words;
  const { save } = useWords(commonWords);
  const queries = useQueryClient();
  const divisions = useDivisions();
  const [name, setName] = useState(policy?.name ?? "");
  const [description, setDescription] = useState(policy?.description ?? "");
  const [first, setFirst] = useState(amountOf(policy?.first_response_time_secs ?? 900));
  const [resolution, setResolution] = useState(amountOf(policy?.resolution_time_secs ?? 28_800));
  const [warning, setWarning] = useState(String(policy?.warning_threshold_pct ?? 80));
  const [channel, setChannel] = useState<Channel | "all">(policy?.channel ?? "all");
  const [division, setDivision] = useState(policy?.division_id ?? "all");
  const [priority, setPriority] = useState(String(policy?.priority ?? 0));
  const [isDefault, setDefault] = useState(policy?.is_default ?? false);
  const [isActive, setActive] = useState(policy?.is_active ?? true);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body = {
      name: name.trim(),
      description: description.trim() || null,
      first_response_time_secs: secondsOf(first),
      resolution_time_secs: secondsOf(resolution),
      warning_threshold_pct: Number(warning),
      channel: channel === "all" ? null : channel,
      division_id: division === "all" ? null : division,
      priority: Number(priority),
      is_default: isDefault,
    };
    if (policy)
      await call("PATCH /api/sla/policies/{id}", { params: { id: policy.id }, body: { ...body, is_active: isActive } });
    else await call("POST /api/sla/policies", { body });
    await queries.invalidateQueries({ queryKey: ["sla"] });
    onClose();
  });
  const digits = (text: string): string => text.replaceAll(/\D/g, "").slice(0, 4);
  return (
    <FormDialog
      title={policy ? words.edit : words.create}
      action={save}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField label={fields.name} name="name" value={name} onChange={setName} isRequired maxLength={100} autoFocus />
      <TextField label={fields.description} name="description" value={description} onChange={setDescription} />
      <div className={style.pair}>
        <AmountField label={fields.first} name="first_response_time_secs" value={first} onChange={setFirst} />
        <AmountField
          label={fields.resolution}
          name="resolution_time_secs"
          value={resolution}
          onChange={setResolution}
        />
      </div>
      <TextField
        label={fields.warning}
        name="warning_threshold_pct"
        inputMode="numeric"
        value={warning}
        onChange={(text) => setWarning(digits(text))}
        isRequired
      />
      <div className={style.pair}>
        <Select
          label={fields.channel}
          value={channel}
          onChange={setChannel}
          options={[{ id: "all", name: anyChannel }, ...CHANNELS.map((id) => ({ id, name: CHANNEL_NAMES[id] }))]}
        />
        <Select
          label={fields.division}
          value={division}
          onChange={setDivision}
          options={[{ id: "all", name: anyDivision }, ...divisions.map(({ id, name: of }) => ({ id, name: of }))]}
        />
      </div>
      <TextField
        label={fields.priority}
        name="priority"
        help={fields.priorityHelp}
        inputMode="numeric"
        value={priority}
        onChange={(text) => setPriority(digits(text))}
        isRequired
      />
      <Switch isSelected={isDefault} onChange={setDefault}>
        {fields.isDefault}
      </Switch>
      {policy && (
        <Switch isSelected={isActive} onChange={setActive}>
          {fields.isActive}
        </Switch>
      )}
    </FormDialog>
  );
}
