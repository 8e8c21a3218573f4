import { ChannelError, type OutboundMessage, type Party, type Profile, type SendReceipt } from "../channel";
import { clock, HOUR, SECOND } from "../../kit/clock";
import { isRecord, textOf } from "../json";
import { type GraphEndpoint, graphCall } from "./graph";
import { checkMessaging, type MessagingLimits } from "./messaging-limits";
import { toMessageBody, toReaction } from "./messaging-outbound";

/** Meta: Send API, Conversations API and profiles of Messenger and Instagram: the calls that conversations need. */

export interface MessagingAccount {
  endpoint: GraphEndpoint;
  token: string;
  /** The id in the address of calls: the page's, or the Instagram account's with its own login. */
  node: string;
  /** The account's id as messages name it. */
  externalId: string;
  platform: "messenger" | "instagram";
  limits: MessagingLimits;
  /** Meta lets people of the account answer after the window. */
  hasHumanAgent: boolean;
  /** The owner's own token for the verification of the webhook. */
  verifyToken: string | undefined;
  /** Fields of a person's profile. */
  profileFields: string;
}

const WINDOW_MS = 24 * HOUR;
/** Clocks differ. */
const SKEW_MS = 30 * SECOND;
const MAX_SEARCHED = 20;

export async function sendMessage(
  account: MessagingAccount,
  to: Party,
  message: OutboundMessage,
): Promise<SendReceipt> {
  const [violation] = checkMessaging(account.limits, message);
  if (violation !== undefined)
    throw new ChannelError("invalid", { code: "message", title: `${violation.field}: ${violation.message}` });
  const recipient = recipientOf(to);
  const isReaction = message.type === "reaction";
  const answer = await graphCall(
    account.endpoint,
    account.token,
    "POST",
    `${account.node}/messages`,
    isReaction
      ? { recipient, ...toReaction(message.content) }
      : { recipient, ...messagingTypeOf(account, message), ...toMessageBody(account.platform, message) },
    // A reaction that is set twice is set once.
    { idempotent: isReaction },
  );
  const externalId = textOf(answer.message_id) ?? (isReaction ? `reaction:${message.id}` : undefined);
  if (externalId !== undefined) return { externalId };
  throw new ChannelError("ambiguous", {
    code: "no_message_id",
    title: "The channel accepted the message without naming it",
  });
}

function recipientOf({ address }: Party): { id: string } {
  if (address !== undefined) return { id: address };
  throw new ChannelError("invalid", { code: "message", title: "The person's id is not known" });
}

/** Meta: outside the window only people answer, with the tag that says so. */
function messagingTypeOf({ hasHumanAgent }: MessagingAccount, { sentBy, lastInboundAt }: OutboundMessage) {
  const isLate = clock.now() - (lastInboundAt ?? 0) >= WINDOW_MS;
  return isLate && hasHumanAgent && sentBy === "agent"
    ? { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" }
    : { messaging_type: "RESPONSE" };
}

export async function senderAction(account: MessagingAccount, to: Party, action: string): Promise<void> {
  await graphCall(
    account.endpoint,
    account.token,
    "POST",
    `${account.node}/messages`,
    { recipient: recipientOf(to), sender_action: action },
    { idempotent: true },
  );
}

/**
 * Meta: Conversations API. Looks for a message whose answer was lost among the account's latest to the person: no
 * reference comes back, so by its text or kind of file. `isKnown`: messages that are recorded already.
 */
export async function findSent(
  account: MessagingAccount,
  to: Party,
  { content }: OutboundMessage,
  since: number,
  isKnown: (externalId: string) => boolean,
): Promise<SendReceipt | undefined> {
  const fields = `messages.limit(${MAX_SEARCHED}){id,created_time,from,message,attachments}`;
  const query = new URLSearchParams({ platform: account.platform, user_id: recipientOf(to).id, fields });
  const answer = await graphCall(
    account.endpoint,
    account.token,
    "GET",
    `${account.node}/conversations?${query.toString()}`,
  );
  const text = textOf(content.text);
  const found = listIn(answer)
    .flatMap(({ messages }) => listIn(messages))
    .filter(({ id, from, created_time }) => {
      const at = Date.parse(textOf(created_time) ?? "");
      const sender = isRecord(from) ? textOf(from.id) : undefined;
      // Whole seconds.
      return textOf(id) !== undefined && at >= since - SKEW_MS && sender !== to.address && !isKnown(textOf(id)!);
    })
    .findLast((each) =>
      text === undefined || content.template !== undefined
        ? each.attachments !== undefined
        : textOf(each.message)?.trim() === text.trim(),
    );
  return found && { externalId: textOf(found.id)! };
}

const listIn = (value: unknown): Record<string, unknown>[] =>
  isRecord(value) && Array.isArray(value.data) ? value.data.filter(isRecord) : [];

/** Fails where the person has not consented. */
export async function profileOf(account: MessagingAccount, { address }: Party): Promise<Profile> {
  const query = new URLSearchParams({ fields: account.profileFields });
  const answer = await graphCall(
    account.endpoint,
    account.token,
    "GET",
    `${encodeURIComponent(address ?? "")}?${query.toString()}`,
  );
  const full = [answer.first_name, answer.last_name].map(textOf).filter(Boolean).join(" ");
  const [name, username] = [textOf(answer.name) ?? (full || undefined), textOf(answer.username)];
  const pictureUrl = textOf(answer.profile_pic);
  return {
    ...(name !== undefined && { name }),
    ...(username !== undefined && { username }),
    ...(pictureUrl !== undefined && { pictureUrl }),
  };
}

/** Meta: Handover Protocol. */
export async function takeThread(account: MessagingAccount, to: Party): Promise<void> {
  await graphCall(
    account.endpoint,
    account.token,
    "POST",
    `${account.node}/take_thread_control`,
    { recipient: recipientOf(to) },
    { idempotent: true },
  );
}
