import { type Channel, ChannelError } from "../src/channels/channel";
import { adapterOf } from "../src/channels/registry";
import { applyProfile, type KnownProfile } from "../src/domain/conversation/profile";
import type { UsableAccount } from "../src/domain/sending-account";
import { clock, DAY, HOUR, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { type ConversationHost, oneAtATime, RETRY_MS } from "./conversation.host";

const REFRESH_MS = 7 * DAY;
/** About an hour of attempts; then the next week. */
const MAX_ATTEMPTS = 12;
const TRANSIENT = new Set(["transient", "throttled", "pair_throttled", "ambiguous"]);

/** Whether people of the channel have names only in their profiles, which must be asked for. */
const mustAsk = (channel: Channel): boolean => adapterOf(channel)?.capabilities.profiles === true;

/**
 * Asks the channel for the person's name and picture, in the background: once, and again with the first activity after
 * a week. A person who has not consented keeps the names that there are.
 */
export class Profile {
  readonly #host: ConversationHost;
  readonly run = oneAtATime(
    () => this.#ask(),
    (error) => {
      logError("profile_delayed", error, { conversation_id: this.#host.state.id });
      this.#host.wakeBy(clock.now() + RETRY_MS);
    },
  );

  constructor(host: ConversationHost) {
    this.#host = host;
  }

  get isDue(): boolean {
    const { state, store } = this.#host;
    return mustAsk(state.channel) && store.profileJob().next_at <= clock.now();
  }

  /** When a failed attempt is repeated; undefined: none has failed. */
  get retryAt(): number | undefined {
    const { state, store } = this.#host;
    if (!mustAsk(state.channel)) return undefined;
    const { attempts, next_at } = store.profileJob();
    return attempts > 0 ? next_at : undefined;
  }

  async #ask(): Promise<void> {
    if (!this.isDue) return;
    const { store, wakeBy } = this.#host;
    const attempts = store.profileJob().attempts + 1;
    const later = (): void => {
      const at = clock.now() + Math.min(HOUR, 2 ** attempts * SECOND);
      store.setProfileJob({ attempts, next_at: at });
      wakeBy(at);
    };
    const account = await this.#host.account();
    try {
      // Retryable: a deactivated account or a dead token may be repaired.
      const profile = "failure" in account ? undefined : await this.#read(account);
      if (!profile && attempts < MAX_ATTEMPTS) return later();
      store.setProfileJob({ attempts: 0, next_at: clock.now() + REFRESH_MS });
      if (profile) this.#host.keep((now) => applyProfile(this.#host.state, profile, now));
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      if (TRANSIENT.has(error.failureClass) && attempts < MAX_ATTEMPTS) return later();
      // No consent, or the person is gone.
      store.setProfileJob({ attempts: 0, next_at: clock.now() + REFRESH_MS });
    }
  }

  async #read(account: UsableAccount): Promise<KnownProfile> {
    const { state } = this.#host;
    const party = {
      ...(state.address !== null && { address: state.address }),
      ...(state.userId !== null && { userId: state.userId }),
    };
    const { pictureUrl, ...names } = (await account.client.profile?.(party)) ?? {};
    const picture = pictureUrl === undefined ? undefined : await this.#copy(account, pictureUrl);
    return { ...names, ...(picture !== undefined && { picture }) };
  }

  /** Undefined: the name is known nevertheless. */
  async #copy(account: UsableAccount, url: string): Promise<string | undefined> {
    const { state } = this.#host;
    const key = `${state.orgId}/contacts/${state.contactId}`;
    try {
      const { mimeType } = await this.#host.copyMedia(account, { externalId: url, type: "image" }, key);
      return mimeType.startsWith("image/") ? key : undefined;
    } catch (error) {
      if (!(error instanceof ChannelError) || TRANSIENT.has(error.failureClass)) throw error;
      return undefined;
    }
  }
}
