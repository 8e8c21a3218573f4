import {
  RECIPIENT_STATUSES,
  type RecipientCounts,
  type RecipientReport,
  type RecipientStatus,
  type Variables,
} from "../src/domain/campaign";
import { OUTCOME_UNKNOWN } from "../src/domain/message/state";
import type { StoredRecipient } from "../src/domain/object-apis";

/** A row of a campaign's recipients, and what a report changes in it. Pure. */

export type RecipientRow = {
  n: number;
  id: string;
  address: string;
  contact_id: string | null;
  variables: string | null;
  status: RecipientStatus;
  /** How often it was tried again. */
  attempt: number;
  due_at: number | null;
  conversation_id: string | null;
  message_id: string | null;
  external_id: string | null;
  error_code: string | null;
  error_message: string | null;
  category: string | null;
  cost: number | null;
  created_at: number;
  sent_at: number | null;
  failed_at: number | null;
  delivered_at: number | null;
  read_at: number | null;
  replied_at: number | null;
  clicked_at: number | null;
};

export type RecipientColumns = Partial<Omit<RecipientRow, "n" | "id" | "address" | "contact_id" | "created_at">>;

export const noRecipients = (): RecipientCounts =>
  Object.fromEntries(
    [...RECIPIENT_STATUSES, "total", "replied", "clicked", "cost"].map((name) => [name, 0]),
  ) as RecipientCounts;

/** The ends compare as failed does: both give way only to what the channel delivers. */
const RANK: Record<RecipientStatus, number> = {
  pending: 0,
  queued: 1,
  sent: 2,
  skipped: 3,
  failed: 3,
  delivered: 4,
  read: 5,
};

/** Resets a recipient's row for another attempt. */
export const again = ({ attempt }: RecipientRow): RecipientColumns => ({
  status: "pending",
  attempt: attempt + 1,
  due_at: null,
  message_id: null,
  external_id: null,
  error_code: null,
  error_message: null,
  sent_at: null,
  failed_at: null,
});

/** Returns the columns that a report changes. A status only climbs; `failed` only from before delivered. */
export function climbed(row: RecipientRow, report: RecipientReport): RecipientColumns {
  const { status, times, failure } = report;
  // That a message failed without an answer is an assumption, so a status of the channel replaces it.
  const climbs = RANK[status] > (row.error_code === OUTCOME_UNKNOWN ? RANK.queued : RANK[row.status]);
  return {
    message_id: report.messageId,
    external_id: report.externalId ?? row.external_id,
    sent_at: row.sent_at ?? times.sent ?? null,
    delivered_at: row.delivered_at ?? times.delivered ?? null,
    read_at: row.read_at ?? times.read ?? null,
    replied_at: row.replied_at ?? report.repliedAt ?? null,
    clicked_at: row.clicked_at ?? report.clickedAt ?? null,
    category: report.pricing?.category ?? row.category,
    ...(climbs && {
      status,
      due_at: null,
      failed_at: status === "failed" ? (times.failed ?? null) : null,
      error_code: status === "failed" ? (failure?.code ?? "unknown") : null,
      error_message: status === "failed" ? (failure?.detail ?? failure?.title ?? "The channel gave no reason") : null,
    }),
  };
}

export const toStored = (row: RecipientRow): StoredRecipient => ({
  id: row.id,
  address: row.address,
  contactId: row.contact_id,
  variables: row.variables === null ? {} : (JSON.parse(row.variables) as Variables),
  status: row.status,
  conversationId: row.conversation_id,
  messageId: row.message_id,
  externalId: row.external_id,
  error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
  createdAt: row.created_at,
  sentAt: row.sent_at,
  deliveredAt: row.delivered_at,
  readAt: row.read_at,
  repliedAt: row.replied_at,
  clickedAt: row.clicked_at,
});
