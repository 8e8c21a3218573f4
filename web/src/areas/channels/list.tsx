import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { ExternalLink, FlaskConical, Plug, Plus } from "lucide-react";
import type { IntegrationAccount } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useDivisions } from "../../api/reference";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Avatar } from "../../kit/avatar";
import { Button } from "../../kit/button";
import { CHANNEL_NAMES } from "../../kit/channels";
import { Chip } from "../../kit/chip";
import { Empty } from "../../kit/empty";
import { Panel, Screen } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { useWords } from "../../kit/words";
import { Connect } from "./connect";
import { simulatorOf, useConnected, useLogin } from "./login";
import { State } from "./state";
import { channelWords } from "./words";
import style from "./channels.module.css";

export const useAccountList = () =>
  useQuery({
    queryKey: ["accounts"],
    queryFn: () => call("GET /api/integrations/accounts"),
    // Health changes by what Meta reports.
    refetchInterval: 30_000,
  });

export function ChannelList() {
  const words = useWords(channelWords);
  const accounts = useAccountList();
  const divisions = useDivisions();
  const [, go] = useLocation();
  const canManage = may("integrations.manage");
  const [isConnecting, setConnecting] = useState(() => canManage && location.hash === "#connect");
  useConnected();
  useActions(
    canManage
      ? [{ id: "channels/connect", name: words.connect, group: words.title, run: () => setConnecting(true) }]
      : [],
  );
  const columns: Column<IntegrationAccount>[] = [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ id, display_name: name, channel, account_key: key }) => (
        <>
          <Avatar name={name} of={id} size={28} channel={channel} />
          <span className={style.name}>
            <bdi>{name}</bdi>
            <small>
              {CHANNEL_NAMES[channel]} · <bdi>{key}</bdi>
            </small>
          </span>
        </>
      ),
    },
    {
      id: "state",
      name: words.columns.state,
      cell: (account) => (
        <span className={style.state}>
          <State account={account} />
          {account.is_default && <Chip tone="set">{words.isDefault}</Chip>}
        </span>
      ),
    },
    {
      id: "detail",
      name: words.columns.detail,
      isExtra: true,
      cell: ({ health_detail: detail, reports }) => (
        <span dir="auto">{detail ?? reports.find(({ needs_action: needs }) => needs)?.text ?? ""}</span>
      ),
    },
    {
      id: "division",
      name: words.columns.division,
      isExtra: true,
      cell: ({ division_id: of }) => <bdi>{divisions.find(({ id }) => id === of)?.name ?? ""}</bdi>,
    },
  ];
  const connect = canManage && (
    <Button kind="go" onPress={() => setConnecting(true)}>
      <Plus size={15} aria-hidden /> {words.connect}
    </Button>
  );
  return (
    <Screen title={words.title} subtitle={words.intro} actions={accounts.data?.length !== 0 && connect}>
      <Panel>
        <Loaded query={accounts}>
          {(rows) => (
            <Table
              label={words.title}
              columns={columns}
              rows={rows}
              keyOf={({ id }) => id}
              onOpen={({ id }) => go(`/${id}`)}
              empty={
                <Empty
                  icon={<Plug size={28} strokeWidth={1.5} />}
                  title={words.none}
                  text={words.noneText}
                  action={connect}
                />
              }
            />
          )}
        </Loaded>
      </Panel>
      {canManage && <Simulator />}
      {isConnecting && (
        <Connect
          onClose={() => setConnecting(false)}
          onConnected={(id) => (setConnecting(false), id !== undefined && go(`/${id}`))}
        />
      )}
    </Screen>
  );
}

/** In development nobody needs an account at Meta. */
function Simulator() {
  const { simulator: words } = useWords(channelWords);
  const login = useLogin("whatsapp");
  const address = login.data && simulatorOf(login.data);
  if (address === undefined) return null;
  return (
    <Panel title={words.title}>
      <p className={style.prose}>
        <FlaskConical size={15} aria-hidden /> {words.text}
      </p>
      <ul className={style.values}>
        {words.values.map(([name, value]) => (
          <li key={name}>
            <span>{name}</span> <code>{value}</code>
          </li>
        ))}
      </ul>
      <a href={address} target="_blank" rel="noreferrer">
        {words.open} <ExternalLink size={13} aria-hidden />
      </a>
    </Panel>
  );
}
