import { wakeRouting } from "../../objects";
import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";
import { ORGANIZATIONS_WITH_WORK } from "./queue";

/** Wakes allocation if a lost wake-up has left conversations in a queue although an agent has free capacity. */
export const wakeQueues = sweep({
  name: "routing",
  due: ORGANIZATIONS_WITH_WORK,
  work: async (ctx: Ctx) => {
    await wakeRouting(ctx);
    return 1;
  },
});
