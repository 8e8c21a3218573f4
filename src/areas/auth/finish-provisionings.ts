import { MINUTE } from "../../kit/clock";
import { controlSweep } from "../../kit/control-sweep";
import { doEach } from "../../kit/sweep";
import { finishProvisioning } from "./register";

const BATCH_SIZE = 20;
const CUT_OFF = `status = 'provisioning' AND created_at < ?1 - ${MINUTE}`;

/** Finishes organizations whose registration was cut off. Those that were tried go behind the others, so that none waits for ever. */
export const finishProvisionings = controlSweep({
  name: "provisioning",
  due: `SELECT id FROM organizations WHERE ${CUT_OFF}`,
  work: async (ctx) => {
    const { results } = await ctx.control
      .prepare(
        `UPDATE organizations SET updated_at = ?1
         WHERE id IN (SELECT id FROM organizations WHERE ${CUT_OFF} ORDER BY updated_at LIMIT ${BATCH_SIZE}) RETURNING id`,
      )
      .bind(ctx.now())
      .all<{ id: string }>();
    return doEach(results, 1, ({ id }) => finishProvisioning(ctx, id), {
      event: "provisioning_failed",
      ids: ({ id }) => ({ org_id: id }),
    });
  },
});
