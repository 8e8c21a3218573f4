import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { UserMinus, UserPlus } from "lucide-react";
import type { AgentPublic, DivisionWithAgents } from "../../api/api.gen";
import { call } from "../../api/call";
import { toastProblem, useSubmit } from "../../api/problems";
import { useAgents } from "../../api/reference";
import { may } from "../../api/session";
import { Avatar } from "../../kit/avatar";
import { Button, IconButton } from "../../kit/button";
import { Empty } from "../../kit/empty";
import { Checkbox } from "../../kit/checkbox";
import { FormDialog } from "../../kit/form-dialog";
import { Panel } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { Presence } from "./presence";
import { teamWords } from "./words";
import style from "./team.module.css";

function useMembersChanged(id: string): () => Promise<unknown> {
  const queries = useQueryClient();
  return () =>
    Promise.all(
      [["division", id], ["divisions"], ["agents"]].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
}

export function Members({ division }: { division: DivisionWithAgents }) {
  const { divisions: words, agents: agentWords } = useWords(teamWords);
  const [isAdding, setAdding] = useState(false);
  const changed = useMembersChanged(division.id);
  const canManage = may("divisions.manage");
  const leave = ({ id }: AgentPublic): void =>
    void call("DELETE /api/divisions/{id}/agents", { params: { id: division.id }, body: { agent_ids: [id] } })
      .then(changed)
      .catch(toastProblem);
  const columns: Column<AgentPublic>[] = [
    {
      id: "name",
      name: words.memberColumns.name,
      cell: ({ id, full_name: name }) => (
        <span className={style.presence}>
          <Avatar name={name} of={id} size={28} /> <bdi>{name}</bdi>
        </span>
      ),
    },
    { id: "presence", name: words.memberColumns.presence, cell: (agent) => <Presence agent={agent} /> },
    {
      id: "capacity",
      name: words.memberColumns.capacity,
      isExtra: true,
      isFigure: true,
      cell: ({ capacity }) => (capacity === null ? agentWords.noLimit : agentWords.ofCapacity(capacity)),
    },
    ...(canManage
      ? [
          {
            id: "leave",
            name: "",
            isFigure: true,
            cell: (agent: AgentPublic) => (
              <IconButton label={words.leave(agent.full_name)} onPress={() => leave(agent)}>
                <UserMinus size={15} />
              </IconButton>
            ),
          },
        ]
      : []),
  ];
  return (
    <Panel
      title={words.members}
      actions={
        canManage &&
        may("agents.view") && (
          <Button isSmall onPress={() => setAdding(true)}>
            <UserPlus size={14} aria-hidden /> {words.addMembers}
          </Button>
        )
      }
    >
      <Table
        label={words.members}
        columns={columns}
        rows={division.agents}
        keyOf={({ id }) => id}
        empty={<Empty title={words.noMembers} text={words.noMembersText} />}
      />
      {isAdding && <AddMembers division={division} onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function AddMembers({ division, onClose }: { division: DivisionWithAgents; onClose: () => void }) {
  const { divisions: words } = useWords(teamWords);
  const changed = useMembersChanged(division.id);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const others = useAgents().filter(
    ({ id, status }) => status === "active" && !division.agents.some((one) => one.id === id),
  );
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("POST /api/divisions/{id}/agents", { params: { id: division.id }, body: { agent_ids: [...chosen] } });
    await changed();
    onClose();
  });
  return (
    <FormDialog
      title={words.addMembers}
      action={words.add}
      isBusy={isBusy}
      isDisabled={chosen.length === 0}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      {others.length === 0 && <p>{words.everybody}</p>}
      <div className={style.choices}>
        {others.map(({ id, full_name: name }) => (
          <Checkbox
            key={id}
            isSelected={chosen.includes(id)}
            onChange={(isOn) => setChosen(isOn ? [...chosen, id] : chosen.filter((one) => one !== id))}
          >
            <bdi>{name}</bdi>
          </Checkbox>
        ))}
      </div>
    </FormDialog>
  );
}
