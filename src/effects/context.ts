import { configOf } from "../config";
import { clock } from "../kit/clock";
import type { PublicCtx } from "../kit/context";
import { Cost, meteredD1 } from "../kit/cost";
import { uuidV7 } from "../kit/id";
import { logError } from "../kit/log";
import { entityEffects } from "./outbox";

/** The context of every call: HTTP, queue, cron or object. */
export function publicContext(env: Env, wait: (work: Promise<unknown>) => void, clientAddress = "internal"): PublicCtx {
  const cost = new Cost();
  return {
    env,
    cost,
    effects: entityEffects,
    clientAddress,
    config: configOf(env),
    control: meteredD1(env.CONTROL_DB.withSession("first-primary"), cost),
    requestId: uuidV7(clock.now()),
    now: () => clock.now(),
    newId: () => uuidV7(clock.now()),
    background: (work) => wait(work.catch((error: unknown) => logError("background_failed", error))),
  };
}
