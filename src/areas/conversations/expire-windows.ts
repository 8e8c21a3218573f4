import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";
import { dueWindowsSql } from "./due-windows";

export const expireWindows = sweep({
  name: "expired",
  long: true,
  due: dueWindowsSql("?1", "o.status = 'active'"),
  work: async (ctx: Ctx, ids) => {
    // Loaded when something is due: the sweep starts with the Worker.
    const { checkWindows } = await import("./expire");
    const { expired, failed } = await checkWindows(ctx, ids);
    return { done: expired, error: failed > 0 ? new Error(`${failed} conversations have not answered`) : undefined };
  },
});
