import { type Content, MEDIA_TYPES } from "../../channels/channel";
import { textOf } from "../../channels/json";
import { statedErrors } from "../../kit/problem";
import { isReaction, type NewMessage, type StoredMessage } from "../message/state";
import { renderContent, type Values } from "../variables";
import type { SendingFacts } from "../services";
import type { CommandEnv, Refusal } from "./command";
import { contactNameOf, type ConversationState, type Find } from "./state";

/** The rules for what may be sent, before it becomes a message. Pure. */

/** Replaces variables. Done before the channel's limits are checked, since the text with its values must fit. */
export function withVariables(
  message: NewMessage,
  values: Pick<Values, "agent.name" | "org.name">,
  state: ConversationState,
): NewMessage {
  const known = { ...values, "contact.name": contactNameOf(state), "contact.phone": state.address };
  return { ...message, content: renderContent(message.content, known) };
}

/** Refuses a message that the channel would not take, or that names a file or a message that does not exist. */
export function refuseMessage(
  message: NewMessage,
  { check, find }: Pick<CommandEnv, "check" | "find">,
): Refusal<"message_not_allowed" | "message_reference_unknown"> | undefined {
  const errors = check(message);
  if (errors.length > 0) return { problem: "message_not_allowed", ...statedErrors(errors) };
  // The sender has looked the file up before (areas/media/sendable.ts).
  if ((MEDIA_TYPES as readonly string[]).includes(message.type) && message.content.media_id && !message.file)
    return { problem: "message_not_allowed", errors: [{ field: "content.media_id", message: "no such file" }] };
  if (message.replyTo !== null && !find({ id: message.replyTo }))
    return { problem: "message_reference_unknown", errors: [{ field: "reply_to", message: "no such message" }] };
  return undefined;
}

/** Refuses a mail to an address that bounced, whose owner complained, or that an agent has closed. */
export function refuseSuppressed(
  { content }: NewMessage,
  facts: SendingFacts | undefined,
): Refusal<"address_suppressed"> | undefined {
  if (!facts || facts.suppressed.length === 0) return undefined;
  const errors = facts.suppressed.map((address) => ({
    field:
      ["cc", "bcc"].map((name) => `content.${name}`).find((field) => isIn(content, field, address)) ?? "content.to",
    message: `${address} is not written to any more; its contact says why`,
  }));
  return { problem: "address_suppressed", detail: facts.suppressed.join(", "), errors };
}

function isIn(content: Content, field: string, address: string): boolean {
  const value = content[field.slice("content.".length)];
  return Array.isArray(value) && value.some((one) => textOf(one)?.trim().toLowerCase() === address);
}

/** The content with the agent's signature, unless it has one; an empty one keeps the agent's away. */
export const withSignature = (content: Content, facts: SendingFacts | undefined): Content =>
  facts?.signature && content.signature === undefined ? { ...content, signature: facts.signature } : content;

/** Whether people may refuse messages of this category. Channels have several names: `MARKETING`, `marketing_lite`. */
export const isMarketing = (category: string | undefined): boolean => /^marketing(_|$)/i.test(category ?? "");

/** The category of a template, as far as the channel has charged for it in this conversation before. */
export function categoryOf(
  { type, content }: NewMessage,
  { chargedAs }: Pick<CommandEnv, "chargedAs">,
): string | undefined {
  const name = type === "template" ? textOf(content.name) : undefined;
  return name === undefined ? undefined : chargedAs(name);
}

/**
 * The message that a reaction is on, by our id or the channel's. It must be on the channel: neither a reaction nor a
 * deleted message.
 */
export function reactionTarget(
  { content }: NewMessage,
  find: Find,
): StoredMessage | Refusal<"message_reference_unknown"> {
  const id = textOf(content.message_id);
  const target = id === undefined ? undefined : find({ id, externalId: id });
  if (target && !isReaction(target) && target.revokedAt === null) return target;
  return {
    problem: "message_reference_unknown",
    errors: [{ field: "content.message_id", message: "no such message" }],
  };
}
