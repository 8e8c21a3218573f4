import { defineProblem } from "../../../kit/problem";
import type { NewMessage } from "../../message/state";
import type { Values } from "../../variables";
import { command } from "../command";
import { queueMessage, queueReaction } from "../outbound";
import { categoryOf, isMarketing, reactionTarget, refuseMessage, withVariables } from "../sendable";
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

export const contactOptedOut = defineProblem({
  code: "contact_opted_out",
  status: 422,
  title: "The contact takes no marketing messages",
});

interface Asked {
  message: NewMessage;
  /** Values of the variables that the conversation does not know. Without it the text is sent unchanged. */
  values?: Pick<Values, "agent.name" | "org.name">;
  /** The message was scheduled: its author is not present now. */
  isScheduled?: boolean;
  /** The contact takes no marketing messages. */
  isOptedOut?: boolean;
}

/** Queues a message or a reaction for the channel. Answers the message. */
export const send = command({
  kind: "send",
  projects: "row",
  refusals: {
    conversation_window_closed: conversationWindowClosed,
    message_not_allowed: messageNotAllowed,
    message_reference_unknown: messageReferenceUnknown,
    contact_opted_out: contactOptedOut,
  },
  apply(step, { message: asked, values, isScheduled, isOptedOut }: Asked, env) {
    const { state, actor } = step;
    const message = values ? withVariables(asked, values, state) : asked;
    const refusal = refuseMessage(message, env);
    if (refusal) return refusal;
    if (isOptedOut && isMarketing(categoryOf(message, env))) return { problem: "contact_opted_out" };
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
