import type { Ctx } from "../domain/context";
import { sweep } from "../kit/sweep";
import { DUE_EVENTS, drainOutbox } from "./outbox";

/** Delivers events that were not delivered at once. */
export const drainDueEvents = sweep({
  name: "outbox",
  due: DUE_EVENTS,
  work: (ctx: Ctx, ids) => drainOutbox(ctx, ids),
});
