import type { LiveFrame, NoteResponse } from "../../api/api.gen";
import type { Occasion } from "../choices";

/** A frame's news for an agent who looks elsewhere. Pure. */
export interface Notice {
  occasion: Occasion;
  /** The agent's own deeds lead to it too, which nobody needs to be told of. */
  mayBeOwn: boolean;
  kind: "message" | "assigned" | "mentioned";
  /** The note that mentions the agent. */
  note: NoteResponse | undefined;
}

export function noticeOf({ type, conversation, message, data }: LiveFrame, agentId: string): Notice | undefined {
  const { assigned_agent_id: owner } = conversation;
  const notice = { mayBeOwn: false, note: undefined };
  if (type === "note.mentioned") {
    const note = data?.["note"] as NoteResponse;
    return note.agent_id === agentId ? undefined : { ...notice, occasion: "mention", kind: "mentioned", note };
  }
  if (type === "conversation.assigned" && owner === agentId)
    return { ...notice, occasion: "mine", kind: "assigned", mayBeOwn: true };
  // A channel's report about a customer is no message.
  if (type !== "message.received" || message?.type === "system") return undefined;
  if (owner === agentId) return { ...notice, occasion: "mine", kind: "message" };
  return owner === null ? { ...notice, occasion: "unassigned", kind: "message" } : undefined;
}
