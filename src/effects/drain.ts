import type { Ctx } from "../domain/context";
import { sweep } from "../kit/sweep";
import { DUE_EVENTS, drainOutbox } from "./outbox";

/** Delivers the outbox's events whose first delivery failed. */
export const drainDueEvents = sweep({
  name: "outbox",
  due: DUE_EVENTS,
  work: (ctx: Ctx, ids) => drainOutbox(ctx, ids),
});
