import { useState } from "react";
import { Link, useLocation } from "wouter";
import { Ellipsis, FlaskConical } from "lucide-react";
import { call } from "../../api/call";
import { toastProblem, useSubmit } from "../../api/problems";
import { useDivisions } from "../../api/reference";
import { Button, IconButton } from "../../kit/button";
import { CHANNEL_NAMES } from "../../kit/channels";
import { Facts } from "../../kit/facts";
import { Confirm } from "../../kit/form-dialog";
import { Menu } from "../../kit/menu";
import { Columns, Panel, Screen } from "../../kit/screen";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { Deliveries } from "./deliveries";
import { Recover } from "./recover";
import { RotateSecret } from "./secret";
import { StateChip } from "./state";
import { Health, Statistics } from "./statistics";
import { useWebhooksChanged, type Webhook } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

/** One endpoint: how it is, what went out, and what it answered. */
export function WebhookScreen({ webhook }: { webhook: Webhook }) {
  const words = useWords(webhookWords);
  const [, go] = useLocation();
  const changed = useWebhooksChanged();
  const [open, setOpen] = useState<"rotate" | "recover" | "remove">();
  const { id, is_active: isActive } = webhook;
  const close = (): void => setOpen(undefined);
  const setActive = async (isOn: boolean): Promise<void> => {
    await call("PATCH /api/webhooks/{id}", { params: { id }, body: { is_active: isOn } });
    await changed();
  };
  const test = async (): Promise<void> => {
    const { status, http_status: answer } = await call("POST /api/webhooks/{id}/test", { params: { id }, body: {} });
    await changed();
    if (status === "success") toast(words.tested(answer ?? 0));
    else toast(words.testFailed, "bad");
  };
  return (
    <Screen
      crumb={<Link href="/">{words.title}</Link>}
      title={
        <span className={style.title}>
          <bdi>{webhook.name}</bdi>{" "}
          <StateChip state={webhook.state} isActive={isActive || webhook.state !== "disabled"} />
        </span>
      }
      subtitle={<bdi>{webhook.url}</bdi>}
      actions={
        <>
          <Menu
            label={words.more}
            entries={[
              { id: "rotate", name: `${words.secret.rotate}…`, run: () => setOpen("rotate") },
              { id: "recover", name: `${words.recover.action}…`, run: () => setOpen("recover") },
              {
                id: "active",
                name: isActive ? words.switchOff : words.switchOn,
                begins: true,
                run: () => void setActive(!isActive).catch(toastProblem),
              },
              { id: "remove", name: `${words.remove.action}…`, isBad: true, run: () => setOpen("remove") },
            ]}
          >
            <IconButton label={words.more}>
              <Ellipsis size={18} />
            </IconButton>
          </Menu>
          {isActive ? (
            <Button onPress={() => void test().catch(toastProblem)}>
              <FlaskConical size={15} aria-hidden /> {words.test}
            </Button>
          ) : (
            <Button kind="go" onPress={() => void setActive(true).catch(toastProblem)}>
              {words.switchOn}
            </Button>
          )}
          <Button kind={isActive ? "go" : "quiet"} onPress={() => go(`/${id}/edit`)}>
            {words.edit}
          </Button>
        </>
      }
    >
      <Health webhook={webhook} />
      <Columns>
        <Statistics id={id} />
        <Subscription webhook={webhook} />
      </Columns>
      <Deliveries webhook={webhook} />
      {open === "rotate" && <RotateSecret webhook={webhook} onClose={close} />}
      {open === "recover" && <Recover webhook={webhook} onClose={close} />}
      {open === "remove" && <RemoveWebhook webhook={webhook} onClose={close} />}
    </Screen>
  );
}

function Subscription({ webhook }: { webhook: Webhook }) {
  const { form: words, ...all } = useWords(webhookWords);
  const divisions = useDivisions();
  const { events, channels, division_ids: divisionIds, headers, max_per_second: pace, secret } = webhook;
  const names = divisions.filter(({ id }) => divisionIds.includes(id)).map(({ name }) => name);
  return (
    <Panel title={all.subscription}>
      <Facts
        rows={[
          {
            name: words.events,
            value: (
              <span className={style.codes}>
                {events.map((type) => (
                  <code key={type}>{type}</code>
                ))}
              </span>
            ),
          },
          { name: words.channels, value: channels.map((one) => CHANNEL_NAMES[one]).join(", ") || all.everything },
          { name: words.divisions, value: names.join(", ") || all.everything },
          { name: words.headers, value: Object.keys(headers).join(", ") },
          { name: all.pace, value: all.aSecond(pace) },
          { name: all.secret.name, value: <code>{secret}</code> },
        ]}
      />
    </Panel>
  );
}

function RemoveWebhook({ webhook: { id, name }, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { remove: words } = useWords(webhookWords);
  const [, go] = useLocation();
  const changed = useWebhooksChanged();
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("DELETE /api/webhooks/{id}", { params: { id } });
    go("/");
    await changed();
  });
  return (
    <Confirm
      title={words.title(name)}
      action={words.action}
      isBusy={isBusy}
      failure={failure}
      onConfirm={submit}
      onClose={onClose}
    >
      <p>{words.text}</p>
    </Confirm>
  );
}
