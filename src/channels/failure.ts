/** What the channel says of a failure, in its own words. */
export interface ChannelFailure {
  code: string;
  title: string;
  detail?: string;
}

/**
 * What is to be done about a failed call. One class a failure, decided in one place a channel.
 * - `transient` the channel has a fault: again, with backoff
 * - `throttled` too fast for the account: again, later
 * - `pair_throttled` too fast for this person: again after 4^n seconds
 * - `ambiguous` no answer: it may have been accepted; wait for its status before trying again
 * - `window_closed`, `undeliverable`, `suppressed`, `rejected_media`, `rejected_template`, `invalid`: fails this message
 * - `reauth` the token is dead: the account needs its owner; `account_blocked` the account may not send; both stop the account
 * - `forbidden` a permission is missing
 */
export const FAILURE_CLASSES = [
  "transient",
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

/** A call to a channel that did not succeed. The message carries the channel's words and never a secret. */
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

/** The owner of the account has not switched on what the channel counts. */
export class InsightsDisabledError extends ChannelError {
  constructor({ failure }: ChannelError) {
    super("forbidden", failure);
    this.name = "InsightsDisabledError";
  }
}

/** A field of an account's configuration that is wrong or missing. */
export interface ConfigFault {
  /** Dotted path in the configuration; empty for the configuration as a whole. */
  field: string;
  message: string;
}

/** An account cannot be opened with its configuration. */
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
