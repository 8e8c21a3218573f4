import { useLocation } from "wouter";
import { Plus, Webhook as WebhookIcon } from "lucide-react";
import { Loaded } from "../../api/loaded";
import { useActions } from "../../kit/actions";
import { Button } from "../../kit/button";
import { useNow } from "../../kit/clock";
import { Empty } from "../../kit/empty";
import { Panel, Screen } from "../../kit/screen";
import { type Column, Table } from "../../kit/table";
import { listTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { StateChip } from "./state";
import { useWebhooks, type Webhook } from "./use-webhooks";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

/** Where events go, and how well each endpoint answers. */
export function WebhookList() {
  const words = useWords(webhookWords);
  const [, go] = useLocation();
  const webhooks = useWebhooks();
  const columns = useColumns();
  const create = (): void => go("/new");
  useActions([{ id: "webhooks/create", name: words.create, group: words.title, run: create }]);
  const button = (
    <Button kind="go" onPress={create}>
      <Plus size={15} aria-hidden /> {words.create}
    </Button>
  );
  return (
    <Screen title={words.title} subtitle={words.intro} actions={button}>
      <Panel>
        <Loaded query={webhooks}>
          {(all) => (
            <Table<Webhook>
              label={words.title}
              columns={columns}
              rows={all}
              keyOf={({ id }) => id}
              onOpen={({ id }) => go(`/${id}`)}
              empty={
                <Empty
                  icon={<WebhookIcon size={28} strokeWidth={1.5} />}
                  title={words.empty.title}
                  text={words.empty.text}
                />
              }
            />
          )}
        </Loaded>
      </Panel>
    </Screen>
  );
}

function useColumns(): Column<Webhook>[] {
  const words = useWords(webhookWords);
  const now = useNow(60_000);
  return [
    {
      id: "name",
      name: words.columns.name,
      cell: ({ name, url }) => (
        <span className={style.named}>
          <bdi>{name}</bdi>
          <small>
            <bdi>{url}</bdi>
          </small>
        </span>
      ),
    },
    {
      id: "state",
      name: words.columns.state,
      cell: ({ state, is_active: isActive }) => <StateChip state={state} isActive={isActive} />,
    },
    {
      id: "events",
      name: words.columns.events,
      isExtra: true,
      cell: ({ events }) => words.nEvents(events.length),
    },
    {
      id: "success",
      name: words.columns.success,
      isFigure: true,
      isExtra: true,
      cell: ({ last_success_at: at }) =>
        at === null ? words.never : <time dateTime={at}>{listTime(at, now, words.yesterday)}</time>,
    },
    {
      id: "failures",
      name: words.columns.failures,
      isFigure: true,
      cell: ({ consecutive_failures: failures }) => (failures === 0 ? "–" : <b className={style.bad}>{failures}</b>),
    },
  ];
}
