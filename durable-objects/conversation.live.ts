import { clock, SECOND } from "../src/kit/clock";
import { maySee } from "../src/domain/context";
import { randomToken } from "../src/kit/id";
import type { ConversationHost } from "./conversation.host";
import { KEEP_EVENTS } from "./conversation.outbox";
import type { ConversationState } from "../src/domain/conversation/state";
import type { DomainEvent } from "../src/domain/event";
import { audienceOf, ClientFrame, CLOSE, frameText, isFor, type SocketIdentity } from "../src/domain/live";
import { Typing } from "./conversation.typing";
import { LiveSockets } from "./sockets";
import { inboxOf } from "../src/objects";

const MAX_CLIENT_FRAME_CHARS = 1000;
/** The least time between two changes of `is_typing` on a socket. */
const MIN_TYPING_CHANGE_MS = 100;

/** The sockets of agents who have the conversation open. They carry events, viewers and typing. */
export class ConversationLive {
  readonly #host: ConversationHost;
  readonly #sockets: LiveSockets;
  readonly #customer: Typing;
  /** Ids of openings whose socket is not accepted yet. The inbox knows them, or is about to. */
  readonly #pendingOpenings = new Set<string>();
  readonly #typing = new WeakMap<WebSocket, { isTyping: boolean; at: number }>();

  constructor(host: ConversationHost, ctx: DurableObjectState) {
    this.#host = host;
    this.#sockets = new LiveSockets(ctx);
    this.#customer = new Typing(host);
  }

  /**
   * Sends events to the sockets, synchronously after their commit: a socket that opens replays events up to the state's
   * seq and gets the later ones here. The output gate holds frames back until the commit is durable.
   */
  broadcast(events: readonly DomainEvent[]): void {
    const [first] = events;
    if (!first || this.#sockets.isEmpty) return;
    const { state } = this.#host;
    const removal = frameText({
      type: "conversation.removed",
      seq: first.seq,
      at: new Date(first.at).toISOString(),
      conversation_id: state.id,
    });
    const anyClosed = this.#sockets.closeWhere((who) => !maySee(who, state), CLOSE.outOfSight, removal);
    for (const frame of events.map((event) => this.#host.frame(event))) {
      const audience = audienceOf(frame);
      this.#sockets.broadcast(frameText(frame), (who) => isFor(audience, who));
    }
    if (anyClosed) this.#sendViewers();
  }

  /** The conversation is erased. */
  end({ id, seq }: ConversationState): void {
    const at = new Date(clock.now()).toISOString();
    const removal = frameText({ type: "conversation.removed", seq, at, conversation_id: id });
    this.#sockets.closeWhere(() => true, CLOSE.outOfSight, removal);
  }

  /** Opens a socket for an agent whom the Worker has authenticated. Answers 101, 401 or 404. */
  async open(request: Request): Promise<Response> {
    const opening = randomToken(12);
    this.#pendingOpenings.add(opening);
    try {
      return await this.#admit(request, {
        ...(JSON.parse(request.headers.get("x-omnistream-identity")!) as SocketIdentity),
        opening,
      });
    } finally {
      this.#pendingOpenings.delete(opening);
    }
  }

  async #admit(request: Request, identity: SocketIdentity & { opening: string }): Promise<Response> {
    const notFound = () => new Response("not found", { status: 404 });
    const { env, org, store, state: before } = this.#host;
    if (!maySee(identity, before)) return notFound();
    // Registered before it is accepted, so that a revocation finds the socket at any moment.
    const inbox = inboxOf({ env, org });
    await this.#host.learnSettings();
    const isAllowed = await inbox.conversationOpened(before.id, identity, before.tenantDb);
    // Its rights may have ended since the inbox answered.
    if (!isAllowed || !this.#pendingOpenings.has(identity.opening)) return new Response("revoked", { status: 401 });
    const { state } = this.#host;
    if (!maySee(identity, state)) {
      this.#host.waitUntil(inbox.conversationClosed(identity.opening));
      return notFound();
    }
    const isFirstSocket = !this.#sockets.hasAgent(identity.agentId);
    const { response, server } = this.#sockets.accept(identity);
    const viewers = this.#sockets.viewers();
    const since = request.headers.get("x-omnistream-since");
    const from = since === null ? state.seq : Number(since);
    const reason = this.#cannotResume(from);
    if (reason)
      server.send(
        frameText({
          type: "resync",
          seq: state.seq,
          reason,
          call: `GET /api/conversations/${state.id}/messages`,
          viewers,
        }),
      );
    else {
      server.send(frameText({ type: "hello", seq: from, viewers }));
      const missed = store.events(from, KEEP_EVENTS).map((event) => this.#host.frame(event));
      for (const frame of missed) if (isFor(audienceOf(frame), identity)) server.send(frameText(frame));
    }
    if (isFirstSocket) this.#sockets.sendToAll({ type: "viewers", viewers }, server);
    return response;
  }

  #cannotResume(from: number): "unknown_position" | "too_old" | undefined {
    const { state, store } = this.#host;
    if (from > state.seq) return "unknown_position";
    return state.seq - from > KEEP_EVENTS || from < (store.oldestEvent() ?? state.seq + 1) - 1 ? "too_old" : undefined;
  }

  /** Takes a client's frame. Only `typing` has an effect. */
  receive(socket: WebSocket, text: string | ArrayBuffer): void {
    if (typeof text !== "string" || text.length > MAX_CLIENT_FRAME_CHARS) return socket.close(...CLOSE.tooLarge);
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    const typing = ClientFrame.safeParse(frame);
    if (!typing.success) return;
    const { is_typing: isTyping } = typing.data;
    // Limited, since clients may send it at every key and it goes to every viewer.
    const [before, now] = [this.#typing.get(socket), clock.now()];
    if (before && now - before.at < (before.isTyping === isTyping ? SECOND : MIN_TYPING_CHANGE_MS)) return;
    this.#typing.set(socket, { isTyping, at: now });
    const who = this.#sockets.identityOf(socket);
    if (who && isTyping) this.#customer.show();
    if (who) this.#sockets.sendToAll({ type: "typing", agent_id: who.agentId, is_typing: isTyping }, socket);
  }

  async closed(socket: WebSocket): Promise<void> {
    const who = this.#sockets.drop(socket);
    if (!who) return;
    if (!this.#sockets.hasAgent(who.agentId)) this.#sendViewers();
    if (who.opening) await inboxOf({ env: this.#host.env, org: this.#host.org }).conversationClosed(who.opening);
  }

  /**
   * Closes sockets whose opening has ended, whose credential has expired or that have gone silent. Returns the ids of
   * the openings that remain. The inbox calls it every minute and after a revocation, so this object needs no alarm for
   * it.
   */
  sweep(ended: readonly string[]): string[] {
    for (const opening of ended) this.#pendingOpenings.delete(opening);
    const anyEnded = this.#sockets.closeWhere(
      ({ opening }) => opening !== undefined && ended.includes(opening),
      CLOSE.sessionOver,
    );
    const anyStale = this.#sockets.closeStale(clock.now());
    if (anyEnded || anyStale) this.#sendViewers();
    return [...this.#pendingOpenings, ...this.#sockets.identities().flatMap(({ opening }) => opening ?? [])];
  }

  #sendViewers(): void {
    this.#sockets.sendToAll({ type: "viewers", viewers: this.#sockets.viewers() });
  }
}
