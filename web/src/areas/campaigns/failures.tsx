import { useQuery } from "@tanstack/react-query";
import type { CampaignRecipient } from "../../api/api.gen";
import { call } from "../../api/call";
import { Panel } from "../../kit/screen";
import { count } from "../../kit/figures";
import { useWords } from "../../kit/words";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

const LOOKED_AT = 100;
const STATUSES = ["failed", "skipped"] as const;

/** Why messages did not arrive, the most frequent reason first. */
export function Failures({ campaign }: { campaign: Campaign }) {
  const { failures: words } = useWords(campaignWords);
  const counts = { failed: campaign.failed_count, skipped: campaign.skipped_count };
  const shown = STATUSES.filter((status) => counts[status] > 0);
  if (shown.length === 0) return null;
  return (
    <Panel title={words.title}>
      {shown.map((status) => (
        <Reasons key={status} id={campaign.id} status={status} of={counts[status]} />
      ))}
    </Panel>
  );
}

function Reasons({ id, status, of }: { id: string; status: (typeof STATUSES)[number]; of: number }) {
  const { failures: words } = useWords(campaignWords);
  const { data } = useQuery({
    queryKey: ["campaign-reasons", id, status, of],
    queryFn: ({ signal }) =>
      call("GET /api/campaigns/{id}/recipients", { params: { id }, query: { status, per_page: LOOKED_AT }, signal }),
    placeholderData: (before) => before,
  });
  const reasons = new Map<string, { text: string; n: number }>();
  for (const { error_code: code, error_message: message } of (data?.data ?? []) as CampaignRecipient[]) {
    const key = code ?? "";
    const known = (words.codes as Record<string, string>)[key];
    const before = reasons.get(key);
    reasons.set(key, { text: known ?? message ?? key, n: (before?.n ?? 0) + 1 });
  }
  const sorted = [...reasons].sort(([, one], [, other]) => other.n - one.n);
  return (
    <section className={style.reasons}>
      <h3>{words[status](of)}</h3>
      <ul className={style.lines}>
        {sorted.map(([code, { text, n }]) => (
          <li key={code}>
            <span>{text}</span>
            <small>{/^\d+$/.test(code) ? words.code(code) : ""}</small>
            <span>{count(n)}</span>
          </li>
        ))}
      </ul>
      {of > LOOKED_AT && <p className={style.hint}>{words.sample(LOOKED_AT)}</p>}
    </section>
  );
}
