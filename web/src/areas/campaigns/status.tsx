import { Chip, type Tone } from "../../kit/chip";
import { useWords } from "../../kit/words";
import { doneOf, type Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

const TONES: Record<Campaign["status"], Tone> = {
  draft: "plain",
  scheduled: "set",
  sending: "set",
  paused: "warn",
  completed: "good",
  cancelled: "plain",
  failed: "bad",
};

export function StatusChip({ campaign: { status } }: { campaign: Campaign }) {
  const { statuses } = useWords(campaignWords);
  return <Chip tone={TONES[status]}>{statuses[status]}</Chip>;
}

/** How much of the work is done: kept in green, failed in red, the rest open. */
export function Progress({ campaign }: { campaign: Campaign }) {
  const { progress } = useWords(campaignWords);
  const { total_recipients: total, sent_count: sent, failed_count: failed } = campaign;
  const part = (n: number): string => `${total === 0 ? 0 : (n / total) * 100}%`;
  return (
    <span
      className={style.progress}
      role="progressbar"
      aria-label={progress}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={doneOf(campaign)}
    >
      <i style={{ inlineSize: part(sent) }} />
      <i data-failed style={{ inlineSize: part(failed) }} />
      <i data-skipped style={{ inlineSize: part(campaign.skipped_count) }} />
    </span>
  );
}
