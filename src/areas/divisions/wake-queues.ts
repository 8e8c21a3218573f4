import { wakeRouting } from "../../objects";
import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";
import { ORGANIZATIONS_WITH_WORK } from "./queue";
import { ORGANIZATIONS_WITH_REOPENED } from "./reopened";

/**
 * Wakes allocation if a lost wake-up has left conversations in a queue although an agent has free capacity, or reopened
 * ones undecided.
 */
export const wakeQueues = sweep({
  name: "routing",
  due: `${ORGANIZATIONS_WITH_WORK} UNION ${ORGANIZATIONS_WITH_REOPENED}`,
  work: async (ctx: Ctx) => {
    await wakeRouting(ctx);
    return 1;
  },
});
