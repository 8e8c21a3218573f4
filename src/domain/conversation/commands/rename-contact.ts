import { command } from "../command";

/** Sets the name that an agent gave the contact; null: the channel's name is shown. */
export const renameContact = command({
  kind: "rename_contact",
  apply(step, { name }: { name: string | null }) {
    if (step.before.givenName === name) return;
    step.state.givenName = name;
    step.event("conversation.updated", { data: { reason: "contact" } });
  },
});
