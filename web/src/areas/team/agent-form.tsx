import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import type { AgentPublic, UpdateAgent } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { loadSession, session } from "../../api/session";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { FormDialog } from "../../kit/form-dialog";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { roleName, useRolesQuery } from "./lists";
import { teamWords } from "./words";

export interface AgentValues {
  name: string;
  email: string;
  role: string;
  capacity: string;
}

export const capacityOf = ({ capacity }: AgentValues): number | null =>
  capacity.trim() === "" ? null : Number(capacity);

/** The fields of an agent that an admin decides. */
export function AgentFields({ values, onChange }: { values: AgentValues; onChange: (values: AgentValues) => void }) {
  const { fields: words } = useWords(teamWords).agents;
  const roles = useRolesQuery().data ?? [];
  return (
    <>
      <TextField
        label={words.name}
        name="full_name"
        value={values.name}
        onChange={(name) => onChange({ ...values, name })}
        isRequired
        maxLength={200}
        autoFocus
      />
      <TextField
        label={words.email}
        name="email"
        type="email"
        value={values.email}
        onChange={(email) => onChange({ ...values, email })}
        isRequired
      />
      <Select
        label={words.role}
        name="role"
        value={values.role}
        onChange={(role) => onChange({ ...values, role })}
        options={roles.map(({ name }) => ({ id: name, name: roleName(name) }))}
      />
      <TextField
        label={words.capacity}
        name="capacity"
        help={words.capacityHelp}
        inputMode="numeric"
        pattern="\d{0,5}"
        value={values.capacity}
        onChange={(capacity) => onChange({ ...values, capacity: capacity.replaceAll(/\D/g, "") })}
      />
    </>
  );
}

/** Sends what has changed only. */
export function EditAgent({ agent, onClose }: { agent: AgentPublic; onClose: () => void }) {
  const { agents: words } = useWords(teamWords);
  const { save } = useWords(commonWords);
  const queries = useQueryClient();
  const before: AgentValues = {
    name: agent.full_name,
    email: agent.email,
    role: agent.role,
    capacity: agent.capacity === null ? "" : String(agent.capacity),
  };
  const [values, setValues] = useState(before);
  const [password, setPassword] = useState("");
  const isOwn = agent.id === session.get().profile?.id;
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body: UpdateAgent = {
      ...(values.name.trim() !== before.name && { full_name: values.name.trim() }),
      ...(values.email.trim() !== before.email && { email: values.email.trim() }),
      ...(values.role !== before.role && { role: values.role }),
      ...(values.capacity !== before.capacity && { capacity: capacityOf(values) }),
      ...(password !== "" && { password }),
    };
    if (Object.keys(body).length > 0) await call("PATCH /api/agents/{id}", { params: { id: agent.id }, body });
    await Promise.all([["agents"], ["division"]].map((queryKey) => queries.invalidateQueries({ queryKey })));
    if (isOwn) await loadSession();
    onClose();
  });
  return (
    <FormDialog
      title={agent.full_name}
      action={save}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <AgentFields values={values} onChange={setValues} />
      {/* One's own stands in the profile, where the present one is asked for. */}
      {!isOwn && (
        <TextField
          label={words.fields.password}
          name="password"
          type="password"
          autoComplete="new-password"
          help={words.fields.passwordHelp}
          minLength={6}
          value={password}
          onChange={setPassword}
        />
      )}
    </FormDialog>
  );
}
