import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import type { ApiKey } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { useAgents } from "../../api/reference";
import { may, session } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { useNow } from "../../kit/clock";
import { Empty } from "../../kit/empty";
import { Confirm } from "../../kit/form-dialog";
import { Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { type Column, Table } from "../../kit/table";
import { fullDate, shortDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { CreateKey } from "./create-key";
import { teamWords } from "./words";
import style from "./team.module.css";

/** The caller's keys and, for who manages agents, everybody's. */
export function ApiKeys() {
  const { keys: words } = useWords(teamWords);
  const ownId = session.get().profile?.id ?? "";
  const [ownerId, setOwnerId] = useState(ownId);
  const [isCreating, setCreating] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey>();
  const agents = useAgents();
  const keys = useQuery({
    queryKey: ["api-keys", ownerId],
    queryFn: () => call("GET /api/api-keys", { query: { agent_id: ownerId } }),
  });
  useActions([{ id: "team/key", name: words.create, group: words.title, run: () => setCreating(true) }]);
  const now = useNow(60_000);
  const columns: Column<ApiKey>[] = [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ name, is_active: isActive, revoked_at: at }) => (
        <>
          <bdi>{name}</bdi>{" "}
          {!isActive && <Chip tone={at === null ? "warn" : "bad"}>{at === null ? words.expired : words.revoked}</Chip>}
        </>
      ),
    },
    { id: "key", name: words.columns.key, isExtra: true, cell: ({ key_prefix: prefix }) => <code>{prefix}…</code> },
    {
      id: "type",
      name: words.columns.type,
      cell: ({ key_type: type, scopes }) => `${words.types[type]}${scopes.length > 0 ? ` (${scopes.length})` : ""}`,
    },
    {
      id: "used",
      name: words.columns.used,
      isExtra: true,
      cell: ({ last_used_at: at }) => (at === null ? words.never : fullDate(at)),
    },
    {
      id: "expires",
      name: words.columns.expires,
      isExtra: true,
      cell: ({ expires_at: at }) =>
        at === null ? words.never : <span>{Date.parse(at) < now ? words.expired : shortDate(at)}</span>,
    },
    {
      id: "revoke",
      name: "",
      isFigure: true,
      cell: (key) =>
        key.revoked_at === null && (
          <Button kind="plain" isSmall onPress={() => setRevoked(key)}>
            {words.revoke}
          </Button>
        ),
    },
  ];
  return (
    <Screen
      title={words.title}
      subtitle={words.intro}
      actions={
        <Button kind="go" onPress={() => setCreating(true)}>
          <Plus size={15} aria-hidden /> {words.create}
        </Button>
      }
    >
      <Panel>
        {may("agents.manage") && agents.length > 1 && (
          <div className={style.filters}>
            <Select
              isBare
              label={words.owner}
              value={ownerId}
              onChange={setOwnerId}
              options={[
                { id: ownId, name: `${words.owner}: ${words.me}` },
                ...agents
                  .filter(({ id }) => id !== ownId)
                  .map(({ id, full_name: name }) => ({ id, name: `${words.owner}: ${name}` })),
              ]}
            />
          </div>
        )}
        <Loaded query={keys}>
          {(rows) => (
            <Table
              label={words.title}
              columns={columns}
              rows={rows}
              keyOf={({ id }) => id}
              empty={
                <Empty icon={<KeyRound size={28} strokeWidth={1.5} />} title={words.empty} text={words.emptyText} />
              }
            />
          )}
        </Loaded>
      </Panel>
      {isCreating && <CreateKey onClose={() => setCreating(false)} />}
      {revoked && <RevokeKey apiKey={revoked} onClose={() => setRevoked(undefined)} />}
    </Screen>
  );
}

function RevokeKey({ apiKey: { id, name }, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { keys: words } = useWords(teamWords);
  const queries = useQueryClient();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/api-keys/{id}", { params: { id } });
    await queries.invalidateQueries({ queryKey: ["api-keys"] });
    onClose();
  });
  return (
    <Confirm
      title={words.revokeTitle(name)}
      action={words.revokeAction}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.revokeText}</p>
    </Confirm>
  );
}
