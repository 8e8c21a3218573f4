import { command } from "../command";

/** Shows the contact by the name that an agent gave; null: by the channel's name. */
export const renameContact = command({
  kind: "rename_contact",
  apply(step, { name }: { name: string | null }) {
    if (step.before.givenName === name) return;
    step.state.givenName = name;
    step.event("conversation.updated", { data: { reason: "contact" } });
  },
});
