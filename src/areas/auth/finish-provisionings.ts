import { MINUTE } from "../../kit/clock";
import { controlSweep } from "../../kit/control-sweep";
import { doEach } from "../../kit/sweep";

const BATCH_SIZE = 20;
const IS_INTERRUPTED = `status = 'provisioning' AND created_at < ?1 - ${MINUTE}`;

/**
 * Completes interrupted registrations. Each attempt updates `updated_at`, the order of the batch, so that failing ones
 * do not starve the others.
 */
export const finishProvisionings = controlSweep({
  name: "provisioning",
  due: `SELECT id FROM organizations WHERE ${IS_INTERRUPTED}`,
  work: async (ctx) => {
    const { results } = await ctx.control
      .prepare(
        `UPDATE organizations SET updated_at = ?1
         WHERE id IN (SELECT id FROM organizations WHERE ${IS_INTERRUPTED} ORDER BY updated_at LIMIT ${BATCH_SIZE}) RETURNING id`,
      )
      .bind(ctx.now())
      .all<{ id: string }>();
    // Loaded when something is due: the sweep starts with the Worker.
    const { finishProvisioning } = await import("./register");
    return doEach(results, 1, ({ id }) => finishProvisioning(ctx, id), {
      event: "provisioning_failed",
      ids: ({ id }) => ({ org_id: id }),
    });
  },
});
