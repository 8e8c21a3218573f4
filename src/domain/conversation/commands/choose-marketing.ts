import { command } from "../command";
import { marketingEvent } from "../marketing";

/** The customer decides about marketing outside the channel. The contact keeps the decision. */
export const chooseMarketing = command({
  kind: "choose_marketing",
  apply(step, { optsOut }: { optsOut: boolean }) {
    marketingEvent(step, { opted_out: optsOut, source: "customer", at: step.now });
  },
});
