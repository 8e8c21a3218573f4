import type { CampaignStop } from "../../domain/campaign-sending";
import type { PlanAccount, PlanRow, PlanTemplate } from "./plan";

/** Why a campaign must not go on, in words that say what to do. Pure. */

const stop = (reason: string, advice: string): CampaignStop => ({ reason, advice });

export function stopOf(
  row: Pick<PlanRow, "channel" | "org_status" | "updated_at" | "content">,
  template: PlanTemplate | null,
  account: PlanAccount | null,
  now: number,
): CampaignStop | undefined {
  if (row.org_status !== "active")
    return stop("organization_inactive", "The organization is suspended. Resume the campaign afterwards.");
  if (!account) return stop("account_missing", "The account no longer exists. Connect it again, then resume.");
  const ofAccount = stopOfAccount(account, row.updated_at, now);
  if (ofAccount || row.channel !== "email") return ofAccount ?? stopOfTemplate(template);
  return row.content === null ? stop("content_missing", "The campaign has nothing to send.") : undefined;
}

function stopOfAccount(account: PlanAccount, changedAt: number, now: number): CampaignStop | undefined {
  const { isActive, health, healthDetail, qualityRating, qualityAt, restrictedUntil } = account;
  const why = healthDetail === null ? "" : ` (${healthDetail})`;
  if (!isActive) return stop("account_inactive", "The account is switched off. Switch it on, then resume.");
  if (health === "needs_reauth")
    return stop("account_needs_reauth", `The account's access has ended${why}. Connect it again, then resume.`);
  if (health === "disconnected")
    return stop("account_blocked", `The channel has blocked or disconnected the account${why}. Solve it, then resume.`);
  if (health === "degraded" && (restrictedUntil ?? Infinity) > now)
    return stop(
      "account_restricted",
      `The channel restricts the account${why}. Resume when the restriction has ended.`,
    );
  // A person who starts or resumes a campaign knows the quality until then.
  if (qualityRating === "RED" && (qualityAt ?? 0) > changedAt)
    return stop(
      "quality_red",
      "The number's quality is low, because people block or report its messages. Write only to people who expect it, and resume when the quality has recovered.",
    );
  return undefined;
}

const OF_TEMPLATE = new Map([
  [
    "PAUSED",
    "WhatsApp has paused the template, because people block or report it. Resume when WhatsApp has approved it again, to fewer people or with better words",
  ],
  ["DISABLED", "WhatsApp has disabled the template, because people block or report it. Use another template"],
  ["REJECTED", "WhatsApp has rejected the template. Change it, or use another one"],
  ["PENDING", "WhatsApp reviews the template again. Resume when it is approved"],
  ["DELETED", "The template no longer exists at WhatsApp. Use another one"],
]);

function stopOfTemplate(template: PlanTemplate | null): CampaignStop | undefined {
  if (!template) return stop("template_missing", "The template no longer exists. Use another one.");
  const { status, status_reason: reason } = template;
  if (status === "APPROVED") return undefined;
  const words = OF_TEMPLATE.get(status) ?? `The template is ${status}. Resume when it is approved`;
  return stop(`template_${status.toLowerCase()}`, `${words}${reason === null ? "" : ` (${reason})`}.`);
}
