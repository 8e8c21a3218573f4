import type { ChannelFailure, Pricing } from "../channels/channel";
import { OUTCOME_UNKNOWN } from "./message/state";

/** A campaign's recipients and what becomes of them. Pure. */

export const CAMPAIGN_STATUSES = [
  "draft",
  "scheduled",
  "sending",
  "paused",
  "completed",
  "cancelled",
  "failed",
] as const;
export type CampaignStatus = (typeof CAMPAIGN_STATUSES)[number];

/** In the order in which a recipient passes through them; the last two are ends. */
export const RECIPIENT_STATUSES = ["pending", "queued", "sent", "delivered", "read", "failed", "skipped"] as const;
export type RecipientStatus = (typeof RECIPIENT_STATUSES)[number];

/** The values of a template's or mail's variables, by their names: `{"1": "Ani"}`. */
export type Variables = Readonly<Record<string, string>>;

/** A recipient that is to be added. */
export interface NewRecipient {
  /** E.164 with its plus, or an email address in lower case: `normalAddress` makes both. */
  address: string;
  contactId: string | null;
  variables: Variables;
}

/** A reference in the message that a campaign sends, which comes back in reports. */
export interface CampaignRef {
  campaignId: string;
  recipientId: string;
  /** How often the recipient was tried before: each attempt is one message, however often it is asked for. */
  attempt: number;
  /** The frequency cap counts it. */
  isMarketing: boolean;
}

/** At most `max` marketing messages of campaigns to one person within `days`. */
export interface FrequencyCap {
  max: number;
  days: number;
}

/** The present state of a recipient's message. Delivered at least once, in any order. */
export interface RecipientReport {
  recipientId: string;
  /** The attempt of which it is. */
  attempt: number;
  messageId: string;
  externalId: string | null;
  status: "queued" | "sent" | "delivered" | "read" | "failed";
  /** When each was reached, in milliseconds since 1970. */
  times: Partial<Record<"sent" | "delivered" | "read" | "failed", number>>;
  failure?: ChannelFailure;
  pricing?: Pricing;
  /** The first answer within 72 hours, and the first press of a button of the message. */
  repliedAt?: number;
  clickedAt?: number;
}

/**
 * Counts of recipients: those of the statuses add up to `total`, and `read` is not within `delivered`. `cost`: what the
 * channel charged, in millionths of the currency.
 */
export type RecipientCounts = Record<RecipientStatus | "total" | "replied" | "clicked" | "cost", number>;

/** Codes of our own for failures that sending again does not mend, or might send twice. */
export const FINAL_FAILURES: readonly string[] = ["missing_variable", OUTCOME_UNKNOWN];

export interface CampaignWhose {
  orgId: string;
  tenantDb: string;
  campaignId: string;
  /** Where the object is placed. */
  country?: string | null;
}
