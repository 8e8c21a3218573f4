import { adapterOf } from "../../../channels/registry";
import { defineProblem } from "../../../kit/problem";
import type { Channel } from "../../../channels/channel";
import type { FrequencyCap } from "../../campaign";
import type { NewMessage } from "../../message/state";
import type { Values } from "../../variables";
import { isCapped, sentBefore } from "../campaigns";
import { command, type Refusal } from "../command";
import { queueMessage, queueReaction } from "../outbound";
import { withForwarded } from "../forward";
import {
  categoryOf,
  isMarketing,
  reactionTarget,
  refuseMessage,
  refuseSuppressed,
  withSignature,
  withVariables,
} from "../sendable";
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

export const templateNotFound = defineProblem({
  code: "template_not_found",
  status: 422,
  title: "The account has no such template in this language",
});
export const templateNotApproved = defineProblem({
  code: "template_not_approved",
  status: 422,
  title: "The template is not approved",
});

/** Reasons that are known before the conversation is asked. */
export type SendRefusal = Refusal<"template_not_found" | "template_not_approved" | "message_not_allowed">;

export const addressSuppressed = defineProblem({
  code: "address_suppressed",
  status: 422,
  title: "The address is not written to any more",
});

export const threadControlledElsewhere = defineProblem({
  code: "thread_controlled_elsewhere",
  status: 422,
  title: "Another program controls the conversation on the channel",
});

export const frequencyCapReached = defineProblem({
  code: "frequency_cap",
  status: 422,
  title: "The person has had as many campaigns as the organization allows",
});

interface Asked {
  message: NewMessage;
  /** Values of the variables that the conversation does not know. Without it the text is sent unchanged. */
  values?: Pick<Values, "agent.name" | "org.name">;
  /** The message was scheduled: its author is not present now. */
  isScheduled?: boolean;
  /** The contact takes no marketing messages. */
  isOptedOut?: boolean;
  /** Answered unless the call is a repetition of one that was carried out. */
  refused?: SendRefusal;
  /** The template's category, if it is known. */
  category?: string;
  /** For a campaign's message: how many the person may get. */
  cap?: FrequencyCap;
}

const hasTemplates = (channel: Channel): boolean => adapterOf(channel)?.capabilities.templates ?? false;

/** Queues a message or a reaction for the channel. Answers the message. */
export const send = command({
  kind: "send",
  projects: "row",
  refusals: {
    conversation_window_closed: conversationWindowClosed,
    message_not_allowed: messageNotAllowed,
    message_reference_unknown: messageReferenceUnknown,
    contact_opted_out: contactOptedOut,
    template_not_found: templateNotFound,
    template_not_approved: templateNotApproved,
    thread_controlled_elsewhere: threadControlledElsewhere,
    address_suppressed: addressSuppressed,
    frequency_cap: frequencyCapReached,
  },
  apply(step, { message: asked, values, isScheduled, isOptedOut, refused, category, cap }: Asked, env) {
    const { state, actor } = step;
    const sent = asked.campaign && sentBefore(state, asked.campaign, env.find);
    if (sent) return { answer: toMessage(sent, state, env.linkOf) };
    if (refused) return refused;
    const written = values ? withVariables(asked, values, state) : asked;
    const whole = withForwarded(written, env);
    if ("problem" in whole) return whole;
    const message = { ...whole, content: withSignature(env.complete(whole), env.facts) };
    if (!state.hasControl) return { problem: "thread_controlled_elsewhere" };
    const refusal = refuseMessage(message, env) ?? refuseSuppressed(message, env.facts);
    if (refusal) return refusal;
    if (isOptedOut && isMarketing(category ?? categoryOf(message, env))) return { problem: "contact_opted_out" };
    if (cap && asked.campaign?.isMarketing && isCapped(state, cap, env.find, step.now))
      return { problem: "frequency_cap", detail: `${cap.max} within ${cap.days} days` };
    const target = message.type === "reaction" ? reactionTarget(message, env.find) : undefined;
    if (target && "problem" in target) return target;
    const queued = target
      ? queueReaction(step, message, target, env.window)
      : queueMessage(step, message, env.window, actor, actor.kind === "agent" && !isScheduled);
    if (queued) return { answer: toMessage(queued, state, env.linkOf) };
    const { windowHours, humanAgentHours } = env.window;
    const hours = actor.kind === "agent" ? Math.max(windowHours, humanAgentHours ?? 0) : windowHours;
    return {
      problem: "conversation_window_closed",
      detail: `the customer's last message is more than ${hours} hours old${hasTemplates(state.channel) ? "; a template may still be sent" : ""}`,
    };
  },
});
