import { useState } from "react";
import { Link } from "wouter";
import { Ban, Copy, Ellipsis, Pause, Play, RotateCcw, TriangleAlert } from "lucide-react";
import { call } from "../../api/call";
import { toastProblem } from "../../api/problems";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Button, IconButton } from "../../kit/button";
import { count } from "../../kit/figures";
import { Menu } from "../../kit/menu";
import { Panel, Screen, Tile, Tiles } from "../../kit/screen";
import { duration } from "../../kit/time";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { CancelCampaign, useDuplicate } from "./changes";
import { Estimate } from "./estimate";
import { Failures } from "./failures";
import { money, share } from "./figures";
import { usePace } from "./pace";
import { Preview } from "./preview";
import { RecipientsTable } from "./recipients-table";
import { useEstimate } from "./send";
import { Progress, StatusChip } from "./status";
import { type Campaign, doneOf, useRefresh } from "./use-campaign";
import { campaignWords } from "./words";
import { dateIn, useZone } from "./zone";
import style from "./campaigns.module.css";

/** A campaign that is planned, under way or over: how far it is, what presses, what became of each. */
export function Report({ campaign }: { campaign: Campaign }) {
  const words = useWords(campaignWords);
  const zone = useZone();
  const { started_at: started, scheduled_at: scheduled, status } = campaign;
  const began = started !== null && words.report.began(dateIn(started, zone), zone ?? "");
  const planned = scheduled !== null && words.report.planned(dateIn(scheduled, zone), zone ?? "");
  const subtitle = zone !== undefined && (began || planned);
  return (
    <Screen
      crumb={<Link href="/">{words.title}</Link>}
      title={
        <span className={style.title}>
          <bdi>{campaign.name}</bdi> <StatusChip campaign={campaign} />
        </span>
      }
      {...(subtitle !== false && { subtitle })}
      actions={may("campaigns.manage") && <Actions campaign={campaign} />}
    >
      {campaign.status_detail !== null && (
        <p className={style.notice} role="status">
          <TriangleAlert size={16} aria-hidden />
          <span>
            {campaign.status_reason === "by_agent"
              ? words.report.byAgent[status === "cancelled" ? "cancelled" : "paused"]
              : campaign.status_detail}
          </span>
        </p>
      )}
      {status !== "scheduled" && <HowFar campaign={campaign} />}
      {status !== "scheduled" && <Figures campaign={campaign} />}
      <div className={style.wizard}>
        <Panel title={words.recipients.title}>
          <RecipientsTable campaign={campaign} />
        </Panel>
        <div className={style.beside}>
          {status === "scheduled" ? <Estimate campaign={campaign} /> : <Failures campaign={campaign} />}
          <Preview campaign={campaign} />
        </div>
      </div>
    </Screen>
  );
}

function HowFar({ campaign }: { campaign: Campaign }) {
  const { report: words } = useWords(campaignWords);
  const pace = usePace(campaign);
  const { pending_count: pending, total_recipients: total, status } = campaign;
  return (
    <Panel>
      <p className={style.far} role="status">
        <span>{words.done(count(doneOf(campaign)), count(total))}</span>
        <span className={style.quiet}>
          {status === "sending" && pace !== undefined && pace > 0
            ? words.pace(Math.max(1, Math.round(pace)), duration((pending / pace) * 1000))
            : pending > 0 && words.left(count(pending))}
        </span>
      </p>
      <Progress campaign={campaign} />
    </Panel>
  );
}

function Figures({ campaign }: { campaign: Campaign }) {
  const { report: words } = useWords(campaignWords);
  const { rates, channel } = campaign;
  const currency = useEstimate(campaign.id, campaign.total_recipients).data?.currency;
  return (
    <Tiles>
      <Tile
        name={words.sent}
        value={count(campaign.sent_count)}
        beside={words.ofAll(count(campaign.total_recipients))}
      />
      <Tile name={words.delivered} value={share(rates.delivered)} beside={count(campaign.delivered_count)} />
      <Tile name={words.read} value={share(rates.read)} beside={count(campaign.read_count)} />
      <Tile name={words.replied} value={share(rates.replied)} beside={count(campaign.replied_count)} />
      {channel === "whatsapp" && (
        <Tile name={words.clicked} value={share(rates.clicked)} beside={count(campaign.clicked_count)} />
      )}
      {channel === "whatsapp" && currency !== undefined && (
        <Tile name={words.cost} value={money(campaign.cost, currency)} beside={words.costBeside} />
      )}
    </Tiles>
  );
}

/** The actions that are possible now: one of them stands out. */
function Actions({ campaign }: { campaign: Campaign }) {
  const words = useWords(campaignWords);
  const { id, status, failed_count: failed } = campaign;
  const refresh = useRefresh(id);
  const [isCancelling, setCancelling] = useState(false);
  const duplicate = useDuplicate(campaign);
  const act = (name: "pause" | "resume"): void =>
    void call(`POST /api/campaigns/{id}/${name}`, { params: { id } }).then(refresh, toastProblem);
  const sendAgain = async (): Promise<void> => {
    const { retried } = await call("POST /api/campaigns/{id}/retry", { params: { id } });
    await refresh();
    toast(words.retried(retried));
  };
  const retry = (): void => void sendAgain().catch(toastProblem);
  const canPause = status === "sending" || status === "scheduled";
  const canResume = status === "paused";
  const canRetry = failed > 0 && ["sending", "paused", "completed"].includes(status);
  const canCancel = canPause || canResume;
  useActions([
    ...(canPause ? [{ id: "campaign/pause", name: words.pause, group: words.title, run: () => act("pause") }] : []),
    ...(canResume ? [{ id: "campaign/resume", name: words.resume, group: words.title, run: () => act("resume") }] : []),
    ...(canRetry ? [{ id: "campaign/retry", name: words.retry, group: words.title, run: retry }] : []),
  ]);
  return (
    <>
      <Menu
        label={words.more}
        entries={[
          { id: "duplicate", name: words.duplicate, icon: <Copy size={15} aria-hidden />, run: duplicate },
          ...(canCancel
            ? [
                {
                  id: "cancel",
                  name: words.cancelling.action,
                  icon: <Ban size={15} aria-hidden />,
                  isBad: true,
                  begins: true,
                  run: () => setCancelling(true),
                },
              ]
            : []),
        ]}
      >
        <IconButton label={words.more}>
          <Ellipsis size={18} />
        </IconButton>
      </Menu>
      {canRetry && (
        <Button onPress={retry}>
          <RotateCcw size={15} aria-hidden /> {words.retry}
        </Button>
      )}
      {canPause && (
        <Button kind="go" onPress={() => act("pause")}>
          <Pause size={15} aria-hidden /> {words.pause}
        </Button>
      )}
      {canResume && (
        <Button kind="go" onPress={() => act("resume")}>
          <Play size={15} aria-hidden /> {words.resume}
        </Button>
      )}
      {isCancelling && <CancelCampaign campaign={campaign} onClose={() => setCancelling(false)} />}
    </>
  );
}
