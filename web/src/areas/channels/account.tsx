import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { CircleAlert } from "lucide-react";
import type { IntegrationAccount } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { toastProblem, useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { may } from "../../api/session";
import { Button } from "../../kit/button";
import { CHANNEL_NAMES } from "../../kit/channels";
import { Chip } from "../../kit/chip";
import { commonWords } from "../../kit/common-words";
import { Copyable } from "../../kit/copyable";
import { TextField } from "../../kit/field";
import { Switch } from "../../kit/switch";
import { Facts } from "../../kit/facts";
import { Form } from "../../kit/form";
import { Confirm, FormDialog } from "../../kit/form-dialog";
import { Columns, Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { toast } from "../../kit/toast";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { ConfigFields, configOf, knownConfig } from "./config-fields";
import { Health } from "./health";
import { openLogin, useConnected, useLogin } from "./login";
import { PersistentMenu } from "./persistent-menu";
import { State } from "./state";
import { channelWords } from "./words";
import style from "./channels.module.css";

export function AccountScreen({ id }: { id: string }) {
  const queries = useQueryClient();
  const account = useQuery({
    queryKey: ["accounts", id],
    queryFn: () => call("GET /api/integrations/accounts/{id}", { params: { id } }),
    refetchInterval: 30_000,
  });
  useConnected();
  return (
    <Loaded query={account}>
      {(data) => (
        <Account
          account={data}
          onChanged={(after) => {
            queries.setQueryData(["accounts", id], after);
            void queries.invalidateQueries({ queryKey: ["accounts"] });
          }}
        />
      )}
    </Loaded>
  );
}

interface AccountProps {
  account: IntegrationAccount;
  onChanged: (account: IntegrationAccount) => void;
}

function Account({ account, onChanged }: AccountProps) {
  const words = useWords(channelWords);
  const canManage = may("integrations.manage");
  const [open, setOpen] = useState<"reconnect" | "disconnect">();
  const { id, channel, display_name: name, is_default: isDefault, health_detail: detail, reports } = account;
  const makeDefault = (): void =>
    void call("POST /api/integrations/accounts/{id}/default", { params: { id } }).then(onChanged).catch(toastProblem);
  return (
    <Screen
      crumb={<Link href="/">{words.title}</Link>}
      title={
        <span className={style.state}>
          <bdi>{name}</bdi> <State account={account} /> {isDefault && <Chip tone="set">{words.isDefault}</Chip>}
        </span>
      }
      subtitle={
        <>
          {CHANNEL_NAMES[channel]} · <bdi>{account.account_key}</bdi>
        </>
      }
      actions={
        canManage && (
          <>
            <Button kind="plain" onPress={() => setOpen("disconnect")}>
              {words.disconnect}
            </Button>
            {!isDefault && <Button onPress={makeDefault}>{words.makeDefault}</Button>}
            <Button kind={account.health === "needs_reauth" ? "go" : "quiet"} onPress={() => setOpen("reconnect")}>
              {words.reconnect}
            </Button>
          </>
        )
      }
    >
      {detail !== null && (
        <p className={style.alert} role="alert" data-health={account.health}>
          <CircleAlert size={16} aria-hidden />
          <span>
            <b>{words.states[account.health]}</b> <span dir="auto">{detail}</span> {words.next[account.health]}
          </span>
        </p>
      )}
      <Columns>
        <Panel title={words.about}>
          <Details key={account.updated_at} account={account} onChanged={onChanged} />
        </Panel>
        {channel === "whatsapp" && (
          <Panel title={words.health.title}>
            <Health account={account} />
          </Panel>
        )}
        {channel === "messenger" && (
          <Panel title={words.menu.title}>
            <PersistentMenu accountId={id} />
          </Panel>
        )}
        {channel === "email" && (
          <Panel title={words.inbound.title}>
            <Inbound account={account} />
          </Panel>
        )}
        {reports.length > 0 && (
          <Panel title={words.reports}>
            <Facts
              rows={reports.map(({ text, at, needs_action: needs }) => ({
                name: fullDate(at),
                value: (
                  <span dir="auto">
                    {needs && <Chip tone="warn">{words.needsAction}</Chip>} {text}
                  </span>
                ),
              }))}
            />
          </Panel>
        )}
        {channel !== "email" && canManage && (
          <Panel title={words.webhook.title}>
            <div className={style.stack}>
              <p className={style.note}>{words.webhook.text}</p>
              <Copyable label={words.webhook.url} text={account.webhook_url} />
              <Copyable label={words.webhook.token} text={account.verify_token} />
            </div>
          </Panel>
        )}
      </Columns>
      {open === "reconnect" && <Reconnect account={account} onChanged={onChanged} onClose={() => setOpen(undefined)} />}
      {open === "disconnect" && <Disconnect account={account} onClose={() => setOpen(undefined)} />}
    </Screen>
  );
}

function Details({ account, onChanged }: AccountProps) {
  const words = useWords(channelWords);
  const { save, saved } = useWords(commonWords);
  const divisions = useDivisions();
  const before = { name: account.display_name, division: account.division_id ?? "", isActive: account.is_active };
  const [{ name, division, isActive }, setValues] = useState(before);
  const isSame = name.trim() === before.name && division === before.division && isActive === before.isActive;
  const isFixed = !may("integrations.manage");
  const { submit, isBusy, failure } = useSubmit(async () => {
    const body = {
      ...(name.trim() !== before.name && { display_name: name.trim() }),
      ...(division !== before.division && { division_id: division === "" ? null : division }),
      ...(isActive !== before.isActive && { is_active: isActive }),
    };
    onChanged(await call("PATCH /api/integrations/accounts/{id}", { params: { id: account.id }, body }));
    toast(saved);
  });
  return (
    <Form failure={failure} onSubmit={submit}>
      <TextField
        label={words.fields.display_name}
        name="display_name"
        value={name}
        onChange={(next) => setValues({ name: next, division, isActive })}
        isDisabled={isFixed}
        isRequired
        maxLength={100}
      />
      <Select
        label={words.division}
        help={words.divisionHelp}
        value={division}
        isDisabled={isFixed}
        onChange={(next) => setValues({ name, division: next, isActive })}
        options={[{ id: "", name: words.noDivision }, ...divisions.map((one) => ({ id: one.id, name: one.name }))]}
      />
      <div className={style.name}>
        <Switch
          isSelected={isActive}
          isDisabled={isFixed}
          onChange={(isOn) => setValues({ name, division, isActive: isOn })}
        >
          {words.active}
        </Switch>
        <small>{words.activeHelp}</small>
      </div>
      {!isFixed && (
        <div>
          <Button type="submit" kind="go" isPending={isBusy} isDisabled={isSame}>
            {save}
          </Button>
        </div>
      )}
    </Form>
  );
}

/** By the channel's login where there is one, else by new values; masked values stay as they are. */
function Reconnect({ account, onChanged, onClose }: AccountProps & { onClose: () => void }) {
  const words = useWords(channelWords);
  const { id, channel } = account;
  const login = useLogin(channel === "email" ? "whatsapp" : channel, channel !== "email");
  const [config, setConfig] = useState(() => knownConfig(account));
  const { submit, isBusy, failure } = useSubmit(async () => {
    onChanged(
      await call("PATCH /api/integrations/accounts/{id}", {
        params: { id },
        body: { config: configOf(channel, config) },
      }),
    );
    toast(words.reconnected);
    onClose();
  });
  useConnected(onClose);
  return (
    <FormDialog
      title={words.reconnectTitle(account.display_name)}
      action={words.reconnect}
      isBusy={isBusy}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{words.reconnectText}</p>
      {channel !== "email" && login.data?.configured === true && (
        <p>
          <Button onPress={() => openLogin(channel)}>{words.login.open[channel]}</Button>
        </p>
      )}
      <ConfigFields channel={channel} config={config} onChange={setConfig} />
    </FormDialog>
  );
}

function Disconnect({
  account: { id, channel, display_name: name, config },
  onClose,
}: {
  account: IntegrationAccount;
  onClose: () => void;
}) {
  const words = useWords(channelWords);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const { submit, isBusy, failure } = useSubmit(async () => {
    // A page's webhooks end at Meta too.
    if (channel === "messenger" && config.page_id !== undefined)
      await call("POST /api/integrations/messenger/pages/disconnect", { body: { page_id: config.page_id } });
    else await call("DELETE /api/integrations/accounts/{id}", { params: { id } });
    go("/");
    queries.removeQueries({ queryKey: ["accounts", id] });
    await queries.invalidateQueries({ queryKey: ["accounts"] });
    toast(words.disconnected(name));
  });
  return (
    <Confirm
      title={words.disconnectTitle(name)}
      action={words.disconnect}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.disconnectText}</p>
    </Confirm>
  );
}

/** Where mails have to be delivered to. */
function Inbound({ account: { config } }: { account: IntegrationAccount }) {
  const { inbound: words } = useWords(channelWords);
  const address = config.address ?? "";
  return (
    <div className={style.stack}>
      <p className={style.note}>{words.text}</p>
      <Copyable label={words.url} text={`${location.origin}/webhook/email/${address}/${words.secret}`} />
      <ul className={style.list}>
        {words.ways.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </div>
  );
}
