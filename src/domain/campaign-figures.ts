/** How well a campaign did. Pure. */

/** Recipients who have reached at least each step: `sent` includes those who have read. */
export interface Reached {
  sent: number;
  delivered: number;
  read: number;
  replied: number;
  clicked: number;
}

/** Shares from 0 to 1 with four decimals; null: of nobody. */
export interface Rates {
  /** Share of those whose message was sent. */
  delivered: number | null;
  /** Share of those whom it has reached, as the others. */
  read: number | null;
  replied: number | null;
  clicked: number | null;
}

/**
 * An answer, a press of a button or a reader whom no report names as reached was reached all the same: people may switch
 * off receipts, and a share is never above 1.
 */
export function ratesOf({ sent, delivered, read, replied, clicked }: Reached): Rates {
  const reached = Math.max(delivered, read, replied, clicked);
  const share = (part: number, of: number): number | null =>
    of === 0 ? null : Math.round(Math.min(part / of, 1) * 10_000) / 10_000;
  return {
    delivered: share(delivered, sent),
    read: share(read, reached),
    replied: share(replied, reached),
    clicked: share(clicked, reached),
  };
}
