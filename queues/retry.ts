/** After how many seconds a message is tried again. Pure. `attempts` counts from 1. */
export function retryDelaySeconds(attempts: number): number {
  return Math.min(2 ** attempts, 300);
}
