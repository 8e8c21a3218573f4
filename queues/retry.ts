/**
 * The delay in seconds before a message is retried; undefined: give up. Pure. `attempts` counts from 1. The consumer
 * gives up before the queue would, so that the dead letter has the error.
 */
export function retryDelaySeconds(attempts: number, maxAttempts: number): number | undefined {
  return attempts >= maxAttempts ? undefined : Math.min(2 ** attempts, 300);
}
