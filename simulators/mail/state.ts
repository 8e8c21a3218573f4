/** The simulator's state as plain data, which tests and the page read. */

export type Provider = "resend" | "postmark" | "smtp" | "cloudflare";

/** An address that the app answers from, with what its webhooks need. */
export interface MailAccount {
  address: string;
  inboundSecret: string;
  /** Signs Resend's events; without it they are posted with the inbound secret. */
  webhookSecret?: string;
}

/** A mail that a provider accepted. */
export interface SentMail {
  id: string;
  provider: Provider;
  messageId: string;
  /** The address alone. */
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  replyTo: string;
  headers: Record<string, string>;
  /** The reference that the provider returns with events. */
  reference: string;
  attachments: { name: string; type: string; bytes: number }[];
  /** The whole request. */
  body: Record<string, unknown>;
  events: string[];
  at: number;
}

/** Faults of the next calls that send. */
export type MailFault = "server_error" | "rate_limit" | "answer_lost" | "bad_key";

/** Faults of the next connections to the mail server. */
export type SmtpFault =
  | "busy"
  | "late"
  | "login_only"
  | "refuse_login"
  | "refuse_sender"
  | "greylist"
  | "refuse_content"
  | "defer_content"
  | "cut_in_content"
  | "cut_after_content";

export interface MailState {
  accounts: Map<string, MailAccount>;
  sent: SentMail[];
  /** Resend's answers by Idempotency-Key. */
  answers: Map<string, string>;
  faults: MailFault[];
  smtpFaults: SmtpFault[];
  /** Events come in the wrong order, and each twice, as do mails. */
  disorder: boolean;
  /** Mails that Resend has received and only announced, by its id. */
  announced: Map<string, string>;
  deliveries: { url: string; status: number | null; what: string; at: number }[];
}

export const createState = (accounts: readonly MailAccount[] = []): MailState => ({
  accounts: new Map(accounts.map((account) => [account.address, account])),
  sent: [],
  answers: new Map(),
  faults: [],
  smtpFaults: [],
  disorder: false,
  announced: new Map(),
  deliveries: [],
});

/** The address in `Name <address>`. */
export const addressIn = (text: string): string => (/<([^<>]+)>/.exec(text)?.[1] ?? text).trim().toLowerCase();
