import { DAY } from "../../kit/clock";
import { cleanup, controlSweep } from "../../kit/control-sweep";
import { deliverParked } from "./parked";

const MAX_PER_RUN = 200;

/** Delivers parked updates whose queue message was lost or whose next try is due. */
export const deliverDueParked = controlSweep({
  name: "parked",
  due: "SELECT id FROM parked_updates WHERE next_at <= ?1",
  work: (ctx) => deliverParked(ctx, MAX_PER_RUN),
  budget: { rows: MAX_PER_RUN },
});

/** Deletes updates that have been parked for a month, and dead ones with them. */
export const forgetParked = cleanup({
  name: "old_parked",
  database: "control",
  table: "parked_updates",
  key: "id",
  where: "next_at IS NULL AND created_at < ?1",
  keepMs: 30 * DAY,
});
