import { ChannelError } from "../src/channels/channel";
import { adapterOf } from "../src/channels/registry";
import { clock, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import type { ConversationHost } from "./conversation.host";

/** Channels show it for twenty seconds, or until the message. */
const REPEAT_MS = 10 * SECOND;

/** Shows the customer that an agent types, where the channel can. Best effort. */
export class Typing {
  readonly #host: ConversationHost;
  #shownAt = 0;

  constructor(host: ConversationHost) {
    this.#host = host;
  }

  show(): void {
    const { state } = this.#host;
    if (!adapterOf(state.channel)?.capabilities.typing || clock.now() - this.#shownAt < REPEAT_MS) return;
    this.#shownAt = clock.now();
    this.#host.waitUntil(this.#tell());
  }

  async #tell(): Promise<void> {
    const { id, address, lastInboundExternalId } = this.#host.state;
    const account = await this.#host.account();
    if ("failure" in account || address === null || lastInboundExternalId === null) return;
    try {
      await account.client.typing?.({ address }, lastInboundExternalId);
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      logError("typing_not_shown", error, { conversation_id: id });
    }
  }
}
