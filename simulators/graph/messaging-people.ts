/** Plays people on Messenger and Instagram, and a business that writes in its own inbox there. */
import { fileLink, pictureLink } from "./media.ts";
import { accountOf, newMid, personOf, threadOf } from "./messaging-state.ts";
import type { MessagingMessage, Platform } from "./messaging-state.ts";
import type { Envelope } from "./messaging-webhook.ts";
import { queueEvent } from "./messaging-webhook.ts";
import type { Simulation } from "./simulation.ts";
import type { Json } from "./state.ts";

export interface PersonAct {
  platform: Platform;
  /** The person's id. */
  from: string;
  /** The page or Instagram account; by default the first. */
  account?: string;
  name?: string;
  username?: string;
  /** False: the profile is refused. */
  consents?: boolean;
  /** By default a message. `inbox`: the business writes in its own inbox. */
  act?:
    | "message"
    | "inbox"
    | "postback"
    | "react"
    | "unreact"
    | "edit"
    | "unsend"
    | "read"
    | "referral"
    | "optin"
    | "pass_thread"
    | "take_thread";
  text?: string;
  /** In Meta's format; `media_id` of an uploaded file becomes its link. */
  attachments?: Json[];
  /** The payload of the quick reply that was chosen. */
  quickReply?: string;
  /** The mid of the message that this one answers. */
  replyTo?: string;
  /** The story that the message answers; without a file it has a picture of its own. */
  story?: { id: string; url?: string; media_id?: string };
  referral?: Json;
  /** The mid of the message that the act is about. */
  target?: string;
  emoji?: string;
  payload?: string;
  title?: string;
  isUnsupported?: boolean;
  envelope?: Envelope;
  /** By default new. Repeating an id simulates a duplicate by Meta. */
  id?: string;
  /** Milliseconds; by default now. */
  at?: number;
}

export interface People {
  /** Queues the webhook of one act. Returns the mid, of a message its own, else the target's. */
  act(act: PersonAct): string;
}

export function createPeople(simulation: Simulation): People {
  const { state, now } = simulation;
  /** The number of edits, by mid. */
  const edits = new Map<string, number>();

  function messageOf(act: PersonAct, mid: string): Json {
    const link = ({ media_id, ...payload }: Json): Json =>
      typeof media_id === "string" ? { ...payload, url: fileLink(simulation, media_id) } : payload;
    const attachments = act.attachments?.map(({ payload, ...attachment }) => ({
      ...attachment,
      payload: link((payload as Json | undefined) ?? {}),
    }));
    const story = act.story && link({ url: pictureLink(simulation, `story-${act.story.id}`), ...act.story });
    return {
      mid,
      ...(act.text !== undefined && { text: act.text }),
      ...(attachments && { attachments }),
      ...(act.quickReply !== undefined && { quick_reply: { payload: act.quickReply } }),
      ...(act.replyTo !== undefined && { reply_to: { mid: act.replyTo } }),
      ...(story && { reply_to: { story } }),
      ...(act.referral && { referral: act.referral }),
      ...(act.isUnsupported && { is_unsupported: true }),
    };
  }

  function remember(act: PersonAct, mid: string, account: string, from: MessagingMessage["from"], at: number): void {
    if (state.messaging.messages.some((message) => message.mid === mid)) return;
    state.messaging.messages.push({
      mid,
      account,
      person: act.from,
      from,
      at,
      ...(act.text !== undefined && { text: act.text }),
      ...(act.attachments && { attachments: act.attachments }),
      answerLost: false,
      isDeleted: false,
      reactions: [],
    });
  }

  return {
    act(act) {
      if (act.platform !== "messenger" && act.platform !== "instagram")
        throw new TypeError("`platform` must be messenger or instagram.");
      if (!act.from) throw new TypeError("`from` is required.");
      const account = accountOf(state, act.platform, act.account);
      personOf(state, act.platform, act.from, act);
      const at = act.at ?? now();
      const kind = act.act ?? "message";
      const mid = act.id ?? (kind === "message" || kind === "inbox" || kind === "postback" ? newMid(act.platform) : "");
      const target = act.target ?? "";
      const sides = { sender: { id: act.from }, recipient: { id: account.id } };
      const thread = threadOf(account.id, act.from);
      if (kind === "message" || kind === "postback") {
        const last = state.lastInboundAt.get(thread) ?? 0;
        state.lastInboundAt.set(thread, Math.max(last, at));
      }
      const queue = (event: Json): void =>
        queueEvent(simulation, account, { ...sides, timestamp: at, ...event }, { envelope: act.envelope });
      switch (kind) {
        case "message":
          remember(act, mid, account.id, "person", at);
          queue({ message: messageOf(act, mid) });
          return mid;
        case "inbox":
          remember(act, mid, account.id, "inbox", at);
          queue({
            sender: { id: account.id },
            recipient: { id: act.from },
            message: { ...messageOf(act, mid), is_echo: true, app_id: 263902037430900 },
          });
          return mid;
        case "postback":
          queue({
            postback: {
              mid,
              ...(act.title !== undefined && { title: act.title }),
              payload: act.payload ?? "",
              ...(act.referral && { referral: act.referral }),
            },
          });
          return mid;
        case "react":
        case "unreact": {
          const shown = kind === "react" && { reaction: "other", emoji: act.emoji ?? "❤️" };
          queue({ reaction: { mid: target, action: kind, ...shown } });
          return target;
        }
        case "edit": {
          const number = (edits.get(target) ?? 0) + 1;
          edits.set(target, number);
          queue({ message_edit: { mid: target, text: act.text ?? "", num_edit: String(number) } });
          return target;
        }
        case "unsend":
          queue({ message: { mid: target, is_deleted: true } });
          return target;
        case "read":
          queue({ read: act.platform === "messenger" ? { watermark: at } : { mid: target } });
          return target;
        case "referral":
          queue({ referral: { source: "SHORTLINK", type: "OPEN_THREAD", ...act.referral } });
          return target;
        case "optin":
          queue({ optin: { type: "notification_messages", title: act.title ?? "News", payload: act.payload ?? "" } });
          return target;
        case "pass_thread":
          state.messaging.controlledElsewhere.delete(thread);
          queue({ pass_thread_control: { new_owner_app_id: "1000000000000001" } });
          return target;
        case "take_thread":
          state.messaging.controlledElsewhere.add(thread);
          queue({ take_thread_control: { previous_owner_app_id: "1000000000000001" } });
          return target;
        default:
          throw new TypeError(`There is no act "${String(kind)}".`);
      }
    },
  };
}
