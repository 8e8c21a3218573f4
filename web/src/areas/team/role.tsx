import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import type { Permission, RoleWithPermissions } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { loadSession, may } from "../../api/session";
import { Button } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { Empty } from "../../kit/empty";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Confirm } from "../../kit/form-dialog";
import { Panel, Screen } from "../../kit/screen";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { sentenceOf } from "../../api/problems";
import { roleName, useRolesQuery } from "./lists";
import { RightsField } from "./rights-field";
import { usePermissions } from "./roles";
import { teamWords } from "./words";
import style from "./team.module.css";

/** One role; `new` is one that is about to be made. */
export function RoleScreen({ id }: { id: string }) {
  const roles = useRolesQuery();
  const permissions = usePermissions();
  return (
    <Loaded query={roles}>
      {(all) => (
        <Loaded query={permissions}>
          {(known) => {
            const role = all.find((one) => one.id === id);
            if (!role && id !== "new") return <Empty title={sentenceOf("role_not_found")} />;
            return <RoleForm role={role} permissions={known} />;
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

function RoleForm({
  role,
  permissions,
}: {
  role: RoleWithPermissions | undefined;
  permissions: readonly Permission[];
}) {
  const { roles: words } = useWords(teamWords);
  const { saved } = useWords(commonWords);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [name, setName] = useState(role?.name ?? "");
  const [description, setDescription] = useState(role?.description ?? "");
  const [held, setHeld] = useState<readonly string[]>(role?.permissions ?? []);
  const [isRemoving, setRemoving] = useState(false);
  const isAdmin = role?.is_system === true && role.name === "admin";
  const isBeyond = role?.permissions.some((code) => !may(code)) ?? false;
  const isFixed = isAdmin || isBeyond || !may("agents.manage");
  const { submit, isBusy, failure } = useSubmit(async () => {
    const chosen = permissions.map(({ code }) => code).filter((code) => held.includes(code));
    const described = description.trim();
    if (role) {
      const body = {
        ...(!role.is_system && name.trim() !== role.name && { name: name.trim() }),
        ...(described !== (role.description ?? "") && { description: described }),
        ...(chosen.toSorted().join() !== role.permissions.toSorted().join() && { permissions: chosen }),
      };
      if (Object.keys(body).length > 0) await call("PATCH /api/roles/{id}", { params: { id: role.id }, body });
    } else
      await call("POST /api/roles", {
        body: { name: name.trim(), permissions: chosen, ...(described !== "" && { description: described }) },
      });
    await queries.invalidateQueries({ queryKey: ["roles"] });
    // One's own role may have changed.
    await loadSession();
    toast(saved);
    go("/roles");
  });
  return (
    <Screen
      crumb={<Link href="/roles">{words.title}</Link>}
      title={role ? <bdi>{roleName(role.name)}</bdi> : words.create}
      subtitle={isAdmin ? words.adminText : isBeyond ? words.beyondAll : words.effect}
      actions={
        !isFixed && (
          <>
            {role && !role.is_system && (
              <Button kind="plain" onPress={() => setRemoving(true)}>
                {words.remove}
              </Button>
            )}
            <Button kind="go" isPending={isBusy} isDisabled={name.trim() === ""} onPress={submit}>
              {words.save}
            </Button>
          </>
        )
      }
    >
      <Form failure={failure} onSubmit={submit}>
        <Panel>
          <div className={style.formPanel}>
            <TextField
              label={words.fields.name}
              name="name"
              value={role?.is_system ? roleName(role.name) : name}
              onChange={setName}
              isDisabled={isFixed || role?.is_system === true}
              {...(role?.is_system && { help: words.nameHelp })}
              maxLength={50}
              isRequired
              autoFocus={!role}
            />
            <TextField
              label={words.fields.description}
              name="description"
              value={description}
              onChange={setDescription}
              isDisabled={isFixed}
            />
          </div>
        </Panel>
        <Panel>
          <RightsField permissions={permissions} held={held} onChange={setHeld} isDisabled={isFixed} />
        </Panel>
      </Form>
      {isRemoving && role && <RemoveRole role={role} onClose={() => setRemoving(false)} />}
    </Screen>
  );
}

function RemoveRole({ role, onClose }: { role: RoleWithPermissions; onClose: () => void }) {
  const { roles: words } = useWords(teamWords);
  const { remove } = useWords(commonWords);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/roles/{id}", { params: { id: role.id } });
    go("/roles");
    await queries.invalidateQueries({ queryKey: ["roles"] });
  });
  return (
    <Confirm
      title={words.removeTitle(role.name)}
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
