import type { Ctx } from "../../domain/context";
import { templateNotApproved } from "../../domain/conversation/commands/send";
import type { Problem } from "../../kit/problem";
import type { CampaignRow } from "./model";
import { accountInactive } from "../integrations/problems";
import { campaignAccountUnknown, campaignContentMissing, campaignTemplateUnknown } from "./problems";

interface Facts {
  account_id: string | null;
  is_active: number | null;
  account_waba: string | null;
  template_status: string | null;
  template_reason: string | null;
  template_waba: string | null;
}

/** The account and the message that a draft names. */
export type Sender = Pick<CampaignRow, "channel" | "account_id" | "template_id" | "content">;

const about = (field: string, message: string) => ({ errors: [{ field, message }] });

/** The account that a campaign is sent with, and why it cannot be. An unset account is the channel's default. */
export async function readinessOf(
  ctx: Ctx,
  { channel, account_id: accountId, template_id: templateId, content }: Sender,
): Promise<{ accountId: string | null; problem?: Problem; isAccount?: true }> {
  const [facts] = await ctx.db.query<Facts>(
    `SELECT a.id AS account_id, a.is_active, w.waba_id AS account_waba, t.status AS template_status, t.status_reason AS template_reason, t.waba_id AS template_waba
     FROM orgs o
     LEFT JOIN integration_accounts a ON a.org_id = ?1 AND a.channel = ?2 AND iif(?3 IS NULL, a.is_default = 1, a.id = ?3)
     LEFT JOIN wa_template_accounts w ON w.org_id = ?1 AND w.id = a.id
     LEFT JOIN wa_templates t ON t.org_id = ?1 AND t.id = ?4
     WHERE o.org_id = ?1`,
    channel,
    accountId,
    templateId,
  );
  const problem = faultOf({ channel, account_id: accountId, template_id: templateId, content }, facts!);
  return { accountId: facts!.account_id, ...problem };
}

function faultOf(sender: Sender, facts: Facts): { problem: Problem; isAccount?: true } | undefined {
  const { account_id, is_active, account_waba, template_status, template_reason, template_waba } = facts;
  if (account_id === null) {
    const words = sender.account_id === null ? "the channel has no default account" : "the channel has no such account";
    return { problem: campaignAccountUnknown(words, about("integration_account_id", words)), isAccount: true };
  }
  if (sender.channel === "email") {
    return sender.content === null
      ? { problem: campaignContentMissing(undefined, about("content", "is missing")) }
      : inactive(is_active);
  }
  if (sender.template_id === null)
    return { problem: campaignContentMissing(undefined, about("template_id", "is missing")) };
  if (template_status === null)
    return { problem: campaignTemplateUnknown(undefined, about("template_id", "must be a template")) };
  if (account_waba !== null && account_waba !== template_waba) {
    const words = "the template belongs to another WhatsApp Business Account than the number";
    return { problem: campaignTemplateUnknown(words, about("template_id", words)) };
  }
  if (template_status !== "APPROVED") {
    const words = `the template is ${template_status}${template_reason === null ? "" : `: ${template_reason}`}`;
    return { problem: templateNotApproved(words, about("template_id", words)) };
  }
  return inactive(is_active);
}

const inactive = (isActive: number | null) =>
  isActive === 1
    ? undefined
    : {
        problem: accountInactive(undefined, about("integration_account_id", "is switched off")),
        isAccount: true as const,
      };

/** The problems that `readinessOf` may find, for the operations that throw them. */
export const READINESS_PROBLEMS = [
  campaignAccountUnknown,
  campaignTemplateUnknown,
  campaignContentMissing,
  templateNotApproved,
  accountInactive,
];
