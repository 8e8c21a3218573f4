/**
 * After how many seconds a message is tried again; undefined: not again. Pure. `attempts` counts from 1. Given up here, before the
 * queue itself would, so that the reason is known.
 */
export function retryDelaySeconds(attempts: number, maxAttempts: number): number | undefined {
  return attempts >= maxAttempts ? undefined : Math.min(2 ** attempts, 300);
}
