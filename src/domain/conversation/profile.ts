import { SYSTEM } from "../event";
import { type ConversationState, type Outcome, Step } from "./state";

/** The channel's answer about the conversation's person; absent fields are not reported. */
export interface KnownProfile {
  name?: string;
  username?: string;
  /** The key in R2 of the picture's copy. */
  picture?: string;
}

/** Takes over what the person's profile says, on channels whose deliveries do not. No events: nothing is new. Pure. */
export function applyProfile(before: ConversationState, profile: KnownProfile, now: number): Outcome {
  const step = new Step(before, SYSTEM, now);
  const { name, username, picture } = profile;
  Object.assign(step.state, {
    profileName: name ?? before.profileName,
    username: username ?? before.username,
    picture: picture ?? before.picture,
  });
  const isNew = (["profileName", "username", "picture"] as const).some((key) => step.state[key] !== before[key]);
  if (isNew) {
    step.state.nameAt = Math.max(before.nameAt, now);
    step.event("conversation.updated", { data: { reason: "profile" } });
  }
  return step.done();
}
