import { Fragment } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { Check, Plus } from "lucide-react";
import type { Permission, RoleWithPermissions } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { Panel, Screen } from "../../kit/screen";
import { useWords } from "../../kit/words";
import { roleName, useRolesQuery } from "./lists";
import { byCategory, categoryName, rightText } from "./rights";
import { teamWords } from "./words";
import style from "./team.module.css";

export const usePermissions = () =>
  useQuery({ queryKey: ["permissions"], queryFn: () => call("GET /api/permissions"), staleTime: Infinity });

/** Shows the rights of each role at a glance: rights down, roles across. */
export function Roles() {
  const { roles: words } = useWords(teamWords);
  const [, go] = useLocation();
  const roles = useRolesQuery();
  const permissions = usePermissions();
  const canManage = may("agents.manage");
  useActions(
    canManage ? [{ id: "team/role", name: words.create, group: words.title, run: () => go("/roles/new") }] : [],
  );
  return (
    <Screen
      title={words.title}
      subtitle={words.intro}
      actions={
        canManage && (
          <Button kind="go" onPress={() => go("/roles/new")}>
            <Plus size={15} aria-hidden /> {words.create}
          </Button>
        )
      }
    >
      <Panel>
        <Loaded query={roles}>
          {(all) => <Loaded query={permissions}>{(known) => <Matrix roles={all} permissions={known} />}</Loaded>}
        </Loaded>
      </Panel>
    </Screen>
  );
}

function Matrix({ roles, permissions }: { roles: readonly RoleWithPermissions[]; permissions: readonly Permission[] }) {
  const { roles: words } = useWords(teamWords);
  const canManage = may("agents.manage");
  return (
    // It is scrolled by keyboard too.
    <div className={style.scroll} tabIndex={0} role="region" aria-label={words.title}>
      <table className={style.matrix}>
        <thead>
          <tr>
            <th scope="col">{words.right}</th>
            {roles.map(({ id, name, is_system: isSystem }) => (
              <th key={id} scope="col">
                {canManage ? (
                  <Link href={`/roles/${id}`} aria-label={words.edit(roleName(name))}>
                    <bdi>{roleName(name)}</bdi>
                  </Link>
                ) : (
                  <bdi>{roleName(name)}</bdi>
                )}
                <small>{isSystem ? words.builtIn : " "}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {byCategory(permissions).map(([category, rights]) => (
            <Fragment key={category}>
              <tr className={style.category}>
                <th scope="rowgroup" colSpan={roles.length + 1}>
                  {categoryName(category)}
                </th>
              </tr>
              {rights.map((right) => (
                <tr key={right.code}>
                  <th scope="row">{rightText(right)}</th>
                  {roles.map(({ id, name, permissions: held }) => (
                    <td key={id}>
                      {held.includes(right.code) ? (
                        <Check size={16} strokeWidth={2.4} role="img" aria-label={words.has(roleName(name))} />
                      ) : (
                        <i role="img" aria-label={words.hasNot(roleName(name))}>
                          –
                        </i>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}
