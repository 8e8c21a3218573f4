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
   * Adds recipients, one for each address; a second of the same address is a duplicate. Answers how many of each;
   * undefined: the campaign is no draft any more, and nothing has changed.
   */
  add(
    whose: CampaignWhose,
    recipients: readonly NewRecipient[],
  ): Promise<{ added: number; duplicates: number } | undefined>;
  /**
   * Takes work that goes on in the object: a file in R2, or contacts by a filter. Repeating an id changes nothing.
   * Undefined: the campaign is no draft any more.
   */
  import(whose: CampaignWhose, source: ImportSource): Promise<ImportProgress | undefined>;
  imports(): Promise<ImportProgress[]>;
  /** Lists the lines that an import refused, in their order, from `after` on. */
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
  /** Removes recipients and imports, with their files. Undefined: the campaign is no draft any more. */
  clear(whose: CampaignWhose): Promise<{ removed: number } | undefined>;
  /**
   * The campaign's row has changed, or may be due. When it returns, the object acts by the row: nothing leaves after a
   * pause or a cancellation.
   */
  wake(whose: CampaignWhose): Promise<void>;
  /**
   * Sets failed recipients to `pending`, without those whose failure does not pass. Answers how many. The caller changes
   * the campaign's row, and wakes.
   */
  retry(whose: CampaignWhose, except: LastingFailures): Promise<number>;
  /** Durable when it returns. */
  report(whose: CampaignWhose, reports: readonly RecipientReport[]): Promise<void>;
  /** Says of each address whether the campaign has written to it since a time in milliseconds, or is about to. */
  contacted(addresses: readonly string[], since: number): Promise<Contacted[]>;
  /**
   * Takes people out: their rows stay for the counts and say nothing of them, and nobody of them is written to. Answers
   * whether that is all; it is not while an import goes on, which may add them again.
   */
  forget(people: People): Promise<boolean>;
}

export type Contacted = "yes" | "soon" | "no";

/** People by what a campaign may know of them: addresses in the form of `normalAddress`, and contacts. */
export interface People {
  addresses: readonly string[];
  contactIds: readonly string[];
}

/** Codes of failures after which a recipient is not tried again: `final` never, `daily` within a day. */
export interface LastingFailures {
  final: readonly string[];
  daily: readonly string[];
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
