import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { Ellipsis, Send } from "lucide-react";
import type { UpdateCampaign } from "../../api/api.gen";
import { call } from "../../api/call";
import { toastProblem } from "../../api/problems";
import { useActions } from "../../kit/actions";
import { Button, IconButton } from "../../kit/button";
import { FailureText } from "../../kit/failure";
import { Menu } from "../../kit/menu";
import { Panel, Screen } from "../../kit/screen";
import { useWords } from "../../kit/words";
import { useAutosave } from "./autosave";
import { RemoveCampaign, Rename, useDuplicate } from "./changes";
import { Estimate } from "./estimate";
import { MessageStep } from "./message-step";
import { Preview } from "./preview";
import { RecipientsStep } from "./recipients-step";
import { ConfirmSend } from "./send";
import { StatusChip } from "./status";
import { type Moment, TimeStep } from "./time-step";
import { type Campaign, useRefresh } from "./use-campaign";
import { useValues, ValuesStep } from "./values-step";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

/** A draft from its message to its sending: the steps on the left, what a recipient gets and what it costs beside them. */
export function Draft({ campaign }: { campaign: Campaign }) {
  const words = useWords(campaignWords);
  const queries = useQueryClient();
  const refresh = useRefresh(campaign.id);
  const [open, setOpen] = useState<"send" | "remove" | "rename">();
  const [moment, setMoment] = useState<Moment>(() => ({ local: undefined, at: campaign.scheduled_at }));
  const duplicate = useDuplicate(campaign);
  const { id } = campaign;
  const change = async (body: UpdateCampaign): Promise<void> => {
    await call("PATCH /api/campaigns/{id}", { params: { id }, body });
    await Promise.all([refresh(), queries.invalidateQueries({ queryKey: ["campaign-preview", id] })]);
  };
  const save = useAutosave<UpdateCampaign>({}, change);
  const values = useValues(campaign, (variables) => save.set({ ...save.value, variables }));
  const send = (): void => void save.flush().then(() => setOpen("send"), toastProblem);
  useActions([{ id: "campaign/send", name: words.send.action, group: words.title, run: send }]);
  return (
    <Screen
      crumb={<Link href="/">{words.title}</Link>}
      title={
        <span className={style.title}>
          <bdi>{campaign.name}</bdi> <StatusChip campaign={campaign} />
          <small role="status">{words.keeping[save.state]}</small>
        </span>
      }
      actions={
        <>
          <Menu
            label={words.more}
            entries={[
              { id: "rename", name: words.rename, run: () => setOpen("rename") },
              { id: "duplicate", name: words.duplicate, run: duplicate },
              { id: "remove", name: words.remove.action, isBad: true, begins: true, run: () => setOpen("remove") },
            ]}
          >
            <IconButton label={words.more}>
              <Ellipsis size={18} />
            </IconButton>
          </Menu>
          <Button kind="go" onPress={send} isDisabled={campaign.total_recipients === 0}>
            <Send size={15} aria-hidden /> {moment.at === null ? words.send.action : words.send.plan}
          </Button>
        </>
      }
    >
      {save.failure && <FailureText failure={save.failure} />}
      <div className={style.wizard}>
        <div className={style.steps}>
          <Panel title={<Step n={1} name={words.steps.message} />}>
            <MessageStep campaign={campaign} onChange={(body) => save.set({ ...save.value, ...body })} />
          </Panel>
          <Panel title={<Step n={2} name={words.steps.recipients} />}>
            <RecipientsStep campaign={campaign} />
          </Panel>
          <Panel title={<Step n={3} name={words.steps.values} />}>
            <ValuesStep campaign={campaign} values={values} />
          </Panel>
          <Panel title={<Step n={4} name={words.steps.time} />}>
            <TimeStep
              campaign={campaign}
              moment={moment}
              onMoment={setMoment}
              onChange={(body) => save.set({ ...save.value, ...body })}
            />
          </Panel>
        </div>
        <div className={style.beside}>
          <Preview campaign={campaign} />
          <Estimate campaign={campaign} />
        </div>
      </div>
      {open === "send" && <ConfirmSend campaign={campaign} at={moment.at} onClose={() => setOpen(undefined)} />}
      {open === "remove" && <RemoveCampaign campaign={campaign} onClose={() => setOpen(undefined)} />}
      {open === "rename" && <Rename campaign={campaign} onClose={() => setOpen(undefined)} />}
    </Screen>
  );
}

const Step = ({ n, name }: { n: number; name: string }) => (
  <span className={style.step}>
    <i aria-hidden>{n}</i> {name}
  </span>
);
