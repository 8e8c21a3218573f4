import {
  ChannelError,
  type FailureClass,
  type OutboundFile,
  type OutboundMessage,
  type Party,
} from "../src/channels/channel";
import { adapterOf } from "../src/channels/registry";
import { configOf } from "../src/config";
import { clock, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { isSameConfig, type SendingAccount, type UsableAccount } from "../src/domain/sending-account";
import { RECALLED } from "../src/domain/conversation/commands/recall";
import { endsCampaign, tellPacer } from "./conversation.campaign";
import { type ConversationHost, oneAtATime, RETRY_MS } from "./conversation.host";
import { threadToken } from "../src/domain/thread-token";
import { linksOf, openParts, uploadToChannel } from "./conversation.files";
import { isReaction, OUTCOME_UNKNOWN, type StoredMessage } from "../src/domain/message/state";
import { applySendResult } from "../src/domain/conversation/results";
import type { Outgoing } from "./conversation.storage";
import { afterFailure, type Next } from "../src/domain/message/send-retry";

/** Failures whose cause is the account and not the message. */
const ACCOUNT_FAILURES: ReadonlySet<FailureClass> = new Set<FailureClass>(["reauth", "account_blocked", "forbidden"]);

/**
 * Sends a conversation's messages to its channel in order, one at a time. src/domain/message/send-retry.ts decides what
 * follows a failure.
 */
export class Sending {
  readonly #host: ConversationHost;
  /** The id of the message that was committed as `sending` with its command and whose call has not begun. */
  #begun: string | undefined;
  readonly run = oneAtATime(
    () => this.#sendAll(),
    (error) => {
      logError("send_delayed", error, { conversation_id: this.#host.state.id });
      this.#host.wakeBy(clock.now() + RETRY_MS);
    },
  );

  constructor(host: ConversationHost) {
    this.#host = host;
  }

  /**
   * The phase in which a new message is committed. It is `sending` at once if the queue is empty, since a second commit
   * would cost more than the rest of the send.
   */
  phaseOf({ id, media }: StoredMessage): "queued" | "sending" {
    // The upload of a file comes first, and may fail before the send is tried.
    if (media || this.#host.store.headOutgoing()) return "queued";
    this.#begun = id;
    return "sending";
  }

  /** Sends the queue in order, and stops at the first message that is not due. */
  async #sendAll(): Promise<void> {
    for (let head = this.#host.store.headOutgoing(); head; head = this.#host.store.headOutgoing()) {
      // The object stopped during this send, so its outcome is unknown.
      if (head.phase === "sending" && head.message_id !== this.#begun) {
        this.#host.store.doubtOutgoing(clock.now() + configOf(this.#host.env).SEND_RECONCILE_SECONDS * SECOND);
        continue;
      }
      if (head.next_at > clock.now()) return this.#host.wakeBy(head.next_at);
      await this.#sendHead(head);
    }
  }

  async #sendHead(head: Outgoing): Promise<void> {
    const message = this.#host.store.message(head.message_id);
    if (!message || !this.#stillWaits(message.id)) return void this.#host.store.removeOutgoing(head.message_id);
    const isBegun = head.phase === "sending";
    const attempts = head.attempts + (isBegun ? 0 : 1);
    const used = await this.#host.account();
    if (head.phase === "unknown" && (await this.#wentOut({ ...head, attempts }, message, used))) return;
    const ready = await this.#prepare(message, used);
    // The send was not tried, so its outcome is not in doubt.
    if (ready instanceof ChannelError) return this.#sendFailed({ ...head, attempts }, ready, used);
    const { account, file, files } = ready;
    // A status of an earlier, unanswered attempt may have arrived during the awaits above. No await from here to the
    // call.
    if (!this.#stillWaits(message.id)) return;
    if (this.#begun === message.id) this.#begun = undefined;
    if (this.#host.store.message(message.id)?.campaign?.isRecalled)
      return this.#sendFailed({ ...head, attempts }, new ChannelError("transient", RECALLED), account);
    if (!isBegun) {
      this.#sendStep(message.id, { status: "sending", externalMediaId: file }, () =>
        this.#host.store.setOutgoing({
          message_id: message.id,
          phase: "sending",
          attempts,
          doubts: head.doubts,
          next_at: clock.now(),
        }),
      );
    }
    try {
      const receipt = await account.client.send(this.#recipient, this.#outbound(message, files, file));
      this.#sendStep(message.id, { status: "sent", externalId: receipt.externalId, aliases: receipt.aliases }, () =>
        this.#host.store.removeOutgoing(message.id),
      );
      this.#host.takeEarly(receipt.externalId);
      if (receipt.aliases)
        await this.#host.keepMailNames(message, receipt.aliases).catch((error: unknown) =>
          // An effect of the event keeps them seconds later.
          logError("mail_names_delayed", error, { conversation_id: this.#host.state.id, message_id: message.id }),
        );
      if (account.health !== "connected")
        this.#host.waitUntil(this.#changeHealth(this.#host.markAccountWorking(account)));
    } catch (error) {
      if (!(error instanceof ChannelError))
        logError("send_unexpected", error, { conversation_id: this.#host.state.id, message_id: message.id });
      const known = error instanceof ChannelError ? error : undefined;
      const failure = known ?? new ChannelError("ambiguous", { code: "unexpected", title: "Sending broke off" });
      await this.#sendFailed({ ...head, attempts }, failure, account);
    }
  }

  /**
   * Asks the channel, where it can tell, whether a message whose answer was lost went out. True: it did, or the question
   * must be repeated; the message is not sent again.
   */
  async #wentOut(head: Outgoing, message: StoredMessage, used: SendingAccount): Promise<boolean> {
    if ("failure" in used || !used.client.findSent) return false;
    const { state, store } = this.#host;
    try {
      const receipt = await used.client.findSent(
        this.#recipient,
        this.#outbound(message, []),
        message.createdAt,
        (id) => store.messageByExternalId(id) !== undefined,
      );
      if (!this.#stillWaits(message.id)) return true;
      if (!receipt) return false;
      this.#sendStep(message.id, { status: "sent", externalId: receipt.externalId }, () =>
        store.removeOutgoing(message.id),
      );
      this.#host.takeEarly(receipt.externalId);
      return true;
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      if (!this.#stillWaits(message.id)) return true;
      const next = afterFailure(
        error.failureClass,
        { ...head, ageMs: clock.now() - message.createdAt },
        error.retryAfterSeconds,
        configOf(this.#host.env).SEND_RECONCILE_SECONDS,
      );
      if (next.do === "fail") {
        const failure = { ...error.failure, code: OUTCOME_UNKNOWN };
        this.#sendStep(message.id, { status: "failed", failure }, () => store.removeOutgoing(message.id));
        return true;
      }
      const at = clock.now() + next.seconds * SECOND;
      logError("send_unconfirmed", error, { conversation_id: state.id, message_id: message.id });
      store.transaction(() => store.setOutgoing({ ...head, phase: "unknown", next_at: at }));
      this.#host.wakeBy(at);
      return true;
    }
  }

  get #recipient(): Party {
    const { address, userId } = this.#host.state;
    return { ...(address && { address }), ...(userId && { userId }) };
  }

  /** The message as it is passed to the channel. Throws ChannelError. */
  #outbound(message: StoredMessage, files: readonly OutboundFile[], file?: string): OutboundMessage {
    const replyTo = message.replyTo === null ? null : this.#host.store.message(message.replyTo)?.externalId;
    if (isReaction(message) && !replyTo)
      throw new ChannelError("invalid", {
        code: "message_reference_unknown",
        title: "The channel does not have the message",
      });
    const links = linksOf(this.#host, message);
    return {
      id: `${this.#host.state.id}.${message.id}`,
      type: message.type,
      content: {
        ...message.content,
        ...(file && { external_media_id: file }),
        ...(isReaction(message) && { message_id: replyTo }),
      },
      ...(replyTo && { replyTo }),
      ...(links.length > 0 && { links }),
      ...(files.length > 0 && { files }),
      ...(adapterOf(this.#host.state.channel)?.capabilities.threads === "subject" && {
        thread: {
          token: threadToken(configOf(this.#host.env), this.#host.state.accountId, this.#host.state.id),
          answer: this.#host.state.thread,
        },
      }),
      sentBy: message.senderAgentId === null ? "program" : "agent",
      lastInboundAt: this.#host.state.lastInboundAt,
    };
  }

  /** Does all asynchronous work that precedes the call. Returns a ChannelError instead of throwing it. */
  async #prepare(
    { media, parts = [] }: StoredMessage,
    account: SendingAccount,
  ): Promise<{ account: UsableAccount; file: string | undefined; files: OutboundFile[] } | ChannelError> {
    if ("failure" in account) return account.failure;
    try {
      const sentAs = adapterOf(this.#host.state.channel)?.capabilities.files.sentAs;
      const file = media && sentAs === "upload" ? await uploadToChannel(this.#host, account, media) : undefined;
      await account.client.probe();
      return { account, file, files: sentAs === "inline" ? await openParts(this.#host, parts) : [] };
    } catch (error) {
      if (error instanceof ChannelError) return error;
      throw error;
    }
  }

  /** Whether the message must still be sent. A status proves that it arrived, even if the call failed. */
  #stillWaits(messageId: string): boolean {
    const status = this.#host.store.message(messageId)?.status;
    return status === "queued" || status === "sending";
  }

  async #sendFailed(
    { message_id: messageId, attempts, doubts: before }: Outgoing,
    error: ChannelError,
    used: SendingAccount,
  ): Promise<void> {
    // The account was cached. If it has changed since it was read, retry at once with the current one.
    const isOutdated = ACCOUNT_FAILURES.has(error.failureClass) && !isSameConfig(used, await this.#reloadAccount());
    const message = this.#host.store.message(messageId);
    // A status has arrived before the call's answer.
    if (!message || !this.#stillWaits(messageId)) return;
    const doubts = before + (error.failureClass === "ambiguous" ? 1 : 0);
    if (error.failureClass === "throttled") tellPacer(this.#host);
    const tried: Next = isOutdated
      ? { do: "retry", seconds: 0 }
      : afterFailure(
          error.failureClass,
          { attempts, doubts, ageMs: clock.now() - message.createdAt },
          error.retryAfterSeconds,
          configOf(this.#host.env).SEND_RECONCILE_SECONDS,
        );
    const isEnded = tried.do !== "fail" && endsCampaign(message, this.#host, error);
    const next: Next = isEnded ? { do: "fail" } : tried;
    if (next.do === "fail") {
      const known = isEnded && message.campaign?.isRecalled ? RECALLED : error.failure;
      // A campaign writes again after other failures, and an earlier attempt may have arrived.
      const isDoubted = error.failureClass === "ambiguous" || (message.campaign !== undefined && doubts > 0);
      const failure = isDoubted ? { ...known, code: OUTCOME_UNKNOWN } : known;
      this.#sendStep(messageId, { status: "failed", failure }, () => this.#host.store.removeOutgoing(messageId));
      this.#host.takeEarly();
      if (error.failureClass === "reauth" || error.failureClass === "account_blocked")
        await this.#changeHealth(this.#host.markAccountFailing(used, error));
      return;
    }
    const at = clock.now() + next.seconds * SECOND;
    this.#sendStep(messageId, { status: "queued" }, () =>
      this.#host.store.setOutgoing({
        message_id: messageId,
        phase: next.do === "wait" ? "unknown" : "queued",
        attempts,
        doubts,
        next_at: at,
      }),
    );
    this.#host.takeEarly();
    this.#host.wakeBy(at);
  }

  #reloadAccount(): Promise<SendingAccount> {
    this.#host.forgetAccount();
    return this.#host.account("first-primary");
  }

  /** Best effort, since the next message meets the same failure. */
  async #changeHealth(change: Promise<void>): Promise<void> {
    try {
      await change;
    } catch (error) {
      logError("account_health_not_kept", error, { conversation_id: this.#host.state.id });
    }
    // The cached account still has the former health.
    this.#host.forgetAccount();
  }

  /** Commits one step of a send. It never takes back a status that has advanced the message meanwhile. */
  #sendStep(messageId: string, result: Parameters<typeof applySendResult>[2], also: () => void): void {
    this.#host.keep((now) => {
      also();
      const { state, store } = this.#host;
      return applySendResult(
        state,
        store.message(messageId)!,
        result,
        ({ id }) => (id === undefined ? undefined : store.message(id)),
        now,
      );
    });
  }
}
