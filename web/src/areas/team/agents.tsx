import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Ellipsis, UserPlus } from "lucide-react";
import type { AgentPublic } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { toastProblem, useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { may, session } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Avatar } from "../../kit/avatar";
import { Button, IconButton } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { Empty } from "../../kit/empty";
import { Confirm } from "../../kit/form-dialog";
import { Menu, type MenuEntry } from "../../kit/menu";
import { Panel, Screen } from "../../kit/screen";
import { SearchField } from "../../kit/search-field";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { EditAgent } from "./agent-form";
import { InviteAgent } from "./invite";
import { roleName, useAgentsQuery } from "./lists";
import { Presence } from "./presence";
import { teamWords } from "./words";
import style from "./team.module.css";

export function Agents() {
  const { agents: words } = useWords(teamWords);
  const agents = useAgentsQuery();
  const [asked, setAsked] = useState("");
  const [isInviting, setInviting] = useState(false);
  const canManage = may("agents.manage");
  useActions(
    canManage ? [{ id: "team/invite", name: words.create, group: words.title, run: () => setInviting(true) }] : [],
  );
  return (
    <Screen
      title={words.title}
      {...(agents.data && {
        subtitle: words.summary(agents.data.filter(isFree).length, agents.data.filter(isActive).length),
      })}
      actions={
        canManage && (
          <Button kind="go" onPress={() => setInviting(true)}>
            <UserPlus size={15} aria-hidden /> {words.create}
          </Button>
        )
      }
    >
      <Panel>
        <div className={style.filters}>
          <SearchField label={words.find} value={asked} onChange={setAsked} />
        </div>
        <Loaded query={agents}>
          {(all) => <AgentTable agents={all.filter((one) => one.status !== "deleted" && isLike(one, asked))} />}
        </Loaded>
      </Panel>
      {isInviting && <InviteAgent onClose={() => setInviting(false)} />}
    </Screen>
  );
}

const isActive = ({ status }: AgentPublic): boolean => status === "active";
const isFree = (agent: AgentPublic): boolean => isActive(agent) && agent.is_online;
const isLike = ({ full_name: name, email }: AgentPublic, asked: string): boolean =>
  `${name} ${email}`.toLocaleLowerCase().includes(asked.toLocaleLowerCase());

type Open = { agent: AgentPublic; as: "edit" | "suspend" | "remove" };

function AgentTable({ agents }: { agents: readonly AgentPublic[] }) {
  const { agents: words } = useWords(teamWords);
  const divisions = useDivisions();
  const [open, setOpen] = useState<Open>();
  const canManage = may("agents.manage");
  const ownId = session.get().profile?.id;
  const columns: Column<AgentPublic>[] = [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ id, full_name: name, email }) => (
        <>
          <Avatar name={name} of={id} size={30} />
          <span className={style.person}>
            <span>
              <bdi>{name}</bdi> {id === ownId && <small>({words.you})</small>}
            </span>
            <small>
              <bdi>{email}</bdi>
            </small>
          </span>
        </>
      ),
    },
    { id: "presence", name: words.columns.presence, cell: (agent) => <Presence agent={agent} /> },
    { id: "role", name: words.columns.role, isExtra: true, cell: ({ role }) => <bdi>{roleName(role)}</bdi> },
    {
      id: "divisions",
      name: words.columns.divisions,
      isExtra: true,
      cell: ({ division_ids: ids }) => (
        <span className={style.chips}>
          {divisions
            .filter(({ id }) => ids.includes(id))
            .map(({ id, name }) => (
              <Chip key={id}>
                <bdi>{name}</bdi>
              </Chip>
            ))}
        </span>
      ),
    },
    {
      id: "capacity",
      name: words.columns.capacity,
      isExtra: true,
      isFigure: true,
      cell: ({ capacity }) => (capacity === null ? words.noLimit : words.ofCapacity(capacity)),
    },
    ...(canManage
      ? [
          {
            id: "more",
            name: "",
            isFigure: true,
            cell: (agent: AgentPublic) => <AgentMenu agent={agent} onOpen={(as) => setOpen({ agent, as })} />,
          },
        ]
      : []),
  ];
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Table<AgentPublic>
        label={words.title}
        columns={columns}
        rows={agents}
        keyOf={({ id }) => id}
        {...(canManage && { onOpen: (agent) => setOpen({ agent, as: "edit" }) })}
        empty={<Empty title={words.empty} />}
      />
      {open?.as === "edit" && <EditAgent agent={open.agent} onClose={close} />}
      {open?.as === "suspend" && <Suspend agent={open.agent} onClose={close} />}
      {open?.as === "remove" && <Remove agent={open.agent} onClose={close} />}
    </>
  );
}

function useAgentsChanged(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () =>
    Promise.all([["agents"], ["division"], ["divisions"]].map((queryKey) => queries.invalidateQueries({ queryKey })));
}

function AgentMenu({ agent, onOpen }: { agent: AgentPublic; onOpen: (as: Open["as"]) => void }) {
  const { agents: words, more } = useWords(teamWords);
  const changed = useAgentsChanged();
  const { id, full_name: name, status, is_online: isOnline } = agent;
  const params = { id };
  const isOwn = id === session.get().profile?.id;
  const isSuspended = status === "suspended";
  const presence: MenuEntry = {
    id: "presence",
    name: isOnline ? words.goOffline : words.goOnline,
    run: () =>
      void call("PATCH /api/agents/{id}/status", { params, body: { is_online: !isOnline } })
        .then(changed)
        .catch(toastProblem),
  };
  const admission: MenuEntry = isSuspended
    ? {
        id: "resume",
        name: words.resume,
        begins: true,
        run: () =>
          void call("PATCH /api/agents/{id}", { params, body: { status: "active" } })
            .then(changed)
            .catch(toastProblem),
      }
    : { id: "suspend", name: words.suspend, begins: true, run: () => onOpen("suspend") };
  const entries: MenuEntry[] = [
    { id: "edit", name: words.edit, run: () => onOpen("edit") },
    ...(isSuspended ? [] : [presence]),
    // Nobody shuts themselves out.
    ...(isOwn ? [] : [admission, { id: "remove", name: words.remove, isBad: true, run: () => onOpen("remove") }]),
  ];
  return (
    <Menu label={more(name)} entries={entries}>
      <IconButton label={more(name)}>
        <Ellipsis size={16} />
      </IconButton>
    </Menu>
  );
}

function Suspend({ agent: { id, full_name: name }, onClose }: { agent: AgentPublic; onClose: () => void }) {
  const { agents: words } = useWords(teamWords);
  const changed = useAgentsChanged();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("PATCH /api/agents/{id}", { params: { id }, body: { status: "suspended" } });
    await changed();
    onClose();
  });
  return (
    <Confirm
      title={words.suspendTitle(name)}
      action={words.suspendAction}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.suspendText}</p>
    </Confirm>
  );
}

function Remove({ agent: { id, full_name: name }, onClose }: { agent: AgentPublic; onClose: () => void }) {
  const { agents: words } = useWords(teamWords);
  const changed = useAgentsChanged();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/agents/{id}", { params: { id } });
    await changed();
    onClose();
  });
  return (
    <Confirm
      title={words.removeTitle(name)}
      action={words.removeAction}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.removeText}</p>
    </Confirm>
  );
}
