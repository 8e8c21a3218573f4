import { adapterOf } from "../../channels/registry";
import type { FrequencyCap } from "../../domain/campaign";
import { nextSendAt, type SendingHours } from "../../domain/campaign-hours";
import type { Ctx } from "../../domain/context";
import { isMarketing } from "../../domain/conversation/sendable";
import type { Beginning } from "../../domain/object-apis";
import { numberPlan } from "../../domain/phone-country";
import type { DueRecipient, Prepared } from "../../domain/campaign-sending";
import { beginningsOf } from "../ingest/beginnings";
import type { Sender } from "../integrations/sender";
import { mailCapOf } from "./mail-cap";
import type { Renderer } from "./render";
import { unsubscribeLink } from "./unsubscribe-link";

interface Campaign {
  id: string;
  category: string;
  sender: Omit<Sender, "row">;
  /** The organization's own addresses on the channel. */
  own: ReadonlySet<string>;
  hours: SendingHours | null;
  cap: FrequencyCap | null;
  /** The organization's, for recipients of whom no other is known. */
  timezone: string;
  render: Renderer;
}

interface KnownContact {
  id: string;
  name: string | null;
  opted_out: number;
}

/**
 * Returns a function that decides on recipients: who is written to with what, and who is not, or later. Two round trips
 * to D1 for all of them, and for mails under a cap a third.
 */
export const prepareRecipients =
  (ctx: Ctx, { id: campaignId, category, sender, own, hours, cap, timezone, render }: Campaign) =>
  async (recipients: readonly DueRecipient[]): Promise<Prepared[]> => {
    const isOfMarketing = isMarketing(category);
    const people = recipients.map(({ id, address }) => ({ address, thread: `campaign:${id}` }));
    const beginnings = await beginningsOf(ctx, sender, people);
    const contacts = await contactsOf(ctx, beginnings);
    const zonesOf =
      hours && adapterOf(sender.channel)?.capabilities.address === "phone" ? await numberPlan() : undefined;
    const isBySubject = adapterOf(sender.channel)?.capabilities.threads === "subject";
    const caps =
      cap && isOfMarketing && isBySubject
        ? await mailCapOf(
            ctx,
            campaignId,
            cap,
            recipients.map(({ address }) => address),
          )
        : [];
    const now = ctx.now();
    return recipients.map(({ id: recipientId, address, attempt, variables }, i): Prepared => {
      const beginning = beginnings[i]!;
      const contact = contacts.get(beginning.identity.contactId);
      if (isOfMarketing && contact?.opted_out === 1)
        return { do: "skip", code: "opted_out", message: "The contact takes no marketing messages" };
      if (own.has(address))
        return { do: "skip", code: "own_number", message: "The address is an account of the organization" };
      const capped = caps[i];
      if (capped && "isCapped" in capped)
        return { do: "skip", code: "frequency_cap", message: `${cap!.max} within ${cap!.days} days` };
      if (capped) return { do: "defer", until: capped.until };
      const zones = zonesOf?.timezonesOf(address) ?? [];
      const at = hours ? nextSendAt(hours, zones.length > 0 ? zones : [timezone], now) : now;
      if (at > now) return { do: "defer", until: at };
      const unsubscribeUrl =
        sender.channel === "email"
          ? unsubscribeLink(ctx.config, {
              orgId: ctx.orgId,
              tenantDb: ctx.org.tenantDb,
              conversationId: beginning.identity.id,
            })
          : null;
      const rendered = render({ address, variables, name: contact?.name ?? null, unsubscribeUrl });
      if ("failure" in rendered) return { do: "fail", code: rendered.failure.code, message: rendered.failure.message };
      const campaign = { campaignId, recipientId, attempt, isMarketing: isOfMarketing };
      return {
        do: "send",
        command: { kind: "send", message: { ...rendered.message, campaign }, category, ...(cap && { cap }) },
        beginning: inThread(beginning, rendered.message.content.subject),
      };
    });
  };

async function contactsOf(ctx: Ctx, beginnings: readonly Beginning[]): Promise<Map<string, KnownContact>> {
  const rows = await ctx.db.query<KnownContact>(
    "SELECT id, name, marketing_opted_out_at IS NOT NULL AS opted_out FROM contacts WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
    JSON.stringify(beginnings.map(({ identity }) => identity.contactId)),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The conversation keeps the subject, since later mails answer this one. */
const inThread = (beginning: Beginning, subject: unknown): Beginning =>
  typeof subject === "string" ? { ...beginning, subject } : beginning;
