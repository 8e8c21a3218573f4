import type { Channel } from "../channels/channel";
import type {
  CampaignWhose,
  NewRecipient,
  RecipientCounts,
  RecipientReport,
  RecipientStatus,
  Variables,
} from "./campaign";

/** The methods of the objects of campaigns and of sending numbers, as their callers see them. Types only. */

/** The object of a campaign has its recipients, sends to them and counts what becomes of them (docs/adr/0024). */
export interface CampaignApi {
  /**
   * Adds recipients, one for each address; a second of the same address is a duplicate. Answers how many of each. Only
   * the verbs call it, while the campaign is a draft.
   */
  add(whose: CampaignWhose, recipients: readonly NewRecipient[]): Promise<{ added: number; duplicates: number }>;
  /** Takes work that goes on in the object: a file in R2, or contacts by a filter. Repeating an id changes nothing. */
  import(whose: CampaignWhose, source: ImportSource): Promise<ImportProgress>;
  imports(): Promise<ImportProgress[]>;
  /** What an import refused, in the order of its lines, from `after` on. */
  refused(importId: string, after: number, limit: number): Promise<RefusedLine[]>;
  list(
    page: number,
    perPage: number,
    status?: RecipientStatus,
  ): Promise<{ recipients: StoredRecipient[]; total: number }>;
  recipient(recipientId: string): Promise<StoredRecipient | undefined>;
  counts(): Promise<RecipientCounts>;
  /** How many recipients that are not skipped have numbers with the same first digits, after the plus. */
  prefixes(digits: number): Promise<Readonly<Record<string, number>>>;
  /** Removes recipients and imports, with their files. The campaign is a draft, or deleted. */
  clear(whose: CampaignWhose): Promise<{ removed: number }>;
  /**
   * The campaign's row has changed, or may be due. When it returns, the object acts by the row: nothing leaves after a
   * pause or a cancellation.
   */
  wake(whose: CampaignWhose): Promise<void>;
  /**
   * Sets failed recipients to `pending`, without those who failed with one of these codes. Answers how many. The caller
   * changes the campaign's row, and wakes.
   */
  retry(whose: CampaignWhose, except: readonly string[]): Promise<number>;
  /** Durable when it returns. */
  report(whose: CampaignWhose, reports: readonly RecipientReport[]): Promise<void>;
}

export interface StoredRecipient {
  id: string;
  address: string;
  contactId: string | null;
  variables: Variables;
  status: RecipientStatus;
  conversationId: string | null;
  messageId: string | null;
  externalId: string | null;
  /** The code and words of a failure, or of why it was skipped. */
  error: { code: string; message: string } | null;
  createdAt: number;
  sentAt: number | null;
  deliveredAt: number | null;
  readAt: number | null;
  repliedAt: number | null;
  clickedAt: number | null;
}

export type ImportSource = { id: string; country: string | null; channel: Channel } & (
  | { kind: "csv"; r2Key: string; sizeBytes: number; layout: CsvLayout }
  | { kind: "contacts"; tags: readonly string[] }
);

/** How a file of recipients is read. */
export interface CsvLayout {
  separator: string;
  /** The column of the address, from 0; the others are variables by their names. "": no column of ours. */
  addressColumn: number;
  names: readonly string[];
  /** Where the records begin: the byte, and the line from 1. */
  at: number;
  line: number;
}

export interface ImportProgress {
  id: string;
  kind: ImportSource["kind"];
  status: "running" | "done" | "failed";
  /** Lines or contacts that were read, and what became of them. */
  processed: number;
  added: number;
  duplicates: number;
  refused: number;
  error: string | null;
  createdAt: number;
  completedAt: number | null;
}

export interface RefusedLine {
  line: number;
  value: string;
  reason: string;
}

export interface PacerApi {
  /**
   * Asks for tokens. Grants at most `want`, in fairness to others who ask, and says when to ask again, in milliseconds.
   * `perSecond`: the pace that the account allows.
   */
  take(who: string, want: number, perSecond: number): Promise<{ granted: number; againInMs: number }>;
  /** The channel refused a message for pace: fewer are granted for a while. */
  slowDown(): Promise<void>;
  /** For people: the present pace. */
  pace(): Promise<{ perSecond: number; isSlowed: boolean }>;
}
