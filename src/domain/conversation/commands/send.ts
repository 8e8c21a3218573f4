import { defineProblem } from "../../../kit/problem";
import type { NewMessage } from "../../message/state";
import type { Values } from "../../variables";
import { command } from "../command";
import { queueMessage, queueReaction } from "../outbound";
import { reactionTarget, refuseMessage, withVariables } from "../sendable";
import { toMessage } from "../wire";

export const conversationWindowClosed = defineProblem({
  code: "window_closed",
  status: 422,
  title: "The customer service window is closed",
});
export const messageNotAllowed = defineProblem({
  code: "message_not_allowed",
  status: 422,
  title: "The channel does not accept this message",
});
export const messageReferenceUnknown = defineProblem({
  code: "message_reference_unknown",
  status: 422,
  title: "The message does not exist in this conversation",
});

interface Asked {
  message: NewMessage;
  /** Values of the variables that the conversation does not know. Without it the text is sent unchanged. */
  values?: Pick<Values, "agent.name" | "org.name">;
  /** The message was scheduled: its author is not present now. */
  isScheduled?: boolean;
}

/** Queues a message or a reaction for the channel. Answers the message. */
export const send = command({
  kind: "send",
  projects: "row",
  refusals: {
    conversation_window_closed: conversationWindowClosed,
    message_not_allowed: messageNotAllowed,
    message_reference_unknown: messageReferenceUnknown,
  },
  apply(step, { message: asked, values, isScheduled }: Asked, env) {
    const { state, actor } = step;
    const message = values ? withVariables(asked, values, state) : asked;
    const refusal = refuseMessage(message, env);
    if (refusal) return refusal;
    const target = message.type === "reaction" ? reactionTarget(message, env.find) : undefined;
    if (target && "problem" in target) return target;
    const queued = target
      ? queueReaction(step, message, target, env.window)
      : queueMessage(step, message, env.window, actor, actor.kind === "agent" && !isScheduled);
    if (queued) return { answer: toMessage(queued, state, env.linkOf) };
    return {
      problem: "conversation_window_closed",
      detail: `the customer's last message is more than ${env.window.windowHours} hours old; a template may still be sent`,
    };
  },
});
