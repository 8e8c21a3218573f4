import { forgetKept, keptKeys } from "../kit/storage";
import { forgetOutbox, outbox } from "./outbox";

/** The data that waits on this device, which is emptied when the agent logs out. */

export const unsentCount = (): number => outbox.get().length;

export function forgetDevice(): void {
  forgetOutbox();
  for (const key of keptKeys("draft:")) forgetKept(key);
}
