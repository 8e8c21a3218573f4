/** A failure in the channel's own terms. */
export interface ChannelFailure {
  code: string;
  title: string;
  detail?: string;
  /** The channel refuses because the person takes no marketing messages. */
  opted_out?: true;
  /** An address that must not be written to again: it does not exist, or its owner complains. */
  suppresses?: Suppression;
}

export interface Suppression {
  address: string;
  reason: "bounce" | "complaint";
}

/**
 * The reaction to a failed call. Each failure has one class, decided in one file per channel.
 * - `transient` the channel has a fault: retry with backoff
 * - `deferred` the recipient's side asks for a later attempt: retry after minutes, for a day
 * - `throttled` too many calls for the account: retry later
 * - `pair_throttled` too many messages for this person: retry after 4^n seconds
 * - `ambiguous` no answer: the message may have been accepted, so wait for its status before a retry
 * - `window_closed`, `undeliverable`, `suppressed`, `rejected_media`, `rejected_template`, `invalid`: fails this
 *   message
 * - `reauth` the token is invalid: the owner must act; `account_blocked` the account may not send; both stop the
 *   account
 * - `forbidden` a permission is missing
 */
export const FAILURE_CLASSES = [
  "transient",
  "deferred",
  "throttled",
  "pair_throttled",
  "ambiguous",
  "window_closed",
  "undeliverable",
  "suppressed",
  "rejected_media",
  "rejected_template",
  "invalid",
  "reauth",
  "account_blocked",
  "forbidden",
] as const;
export type FailureClass = (typeof FAILURE_CLASSES)[number];

/** A failed call to a channel. The message contains the channel's text, never a secret. */
export class ChannelError extends Error {
  readonly failure: ChannelFailure;
  readonly failureClass: FailureClass;
  readonly retryAfterSeconds: number | undefined;
  constructor(failureClass: FailureClass, failure: ChannelFailure, retryAfterSeconds?: number, options?: ErrorOptions) {
    super(`${failure.code}: ${failure.title}`, options);
    this.name = "ChannelError";
    this.failure = failure;
    this.failureClass = failureClass;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The owner of the account has not enabled the channel's insights. */
export class InsightsDisabledError extends ChannelError {
  constructor({ failure }: ChannelError) {
    super("forbidden", failure);
    this.name = "InsightsDisabledError";
  }
}

/** The channel refused the PIN with which the account was to be registered, or asks for one. */
export class PinRefusedError extends ChannelError {
  constructor({ failureClass, failure }: ChannelError) {
    super(failureClass, failure);
    this.name = "PinRefusedError";
  }
}

/** An invalid or missing field of an account's configuration. */
export interface ConfigFault {
  /** Dotted path in the configuration; empty for the whole configuration. */
  field: string;
  message: string;
}

/** The account's configuration is invalid. */
export class ChannelConfigError extends ChannelError {
  readonly faults: readonly ConfigFault[];
  constructor(faults: readonly ConfigFault[]) {
    const fields = faults.map(({ field }) => field).filter((field) => field !== "");
    super("invalid", {
      code: "configuration",
      title: "The account is not configured completely",
      detail: fields.join(", "),
    });
    this.name = "ChannelConfigError";
    this.faults = faults;
  }
}
