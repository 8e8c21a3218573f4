import { clock, SECOND } from "../src/kit/clock";
import { maySee } from "../src/domain/context";
import { randomToken } from "../src/kit/id";
import type { ConversationHost } from "./conversation.host";
import { KEEP_EVENTS } from "./conversation.outbox";
import type { DomainEvent } from "../src/domain/event";
import { audienceOf, ClientFrame, CLOSE, frameText, isFor, type SocketIdentity } from "../src/domain/live";
import { LiveSockets } from "./sockets";
import { inboxOf } from "../src/objects";

const MAX_CLIENT_FRAME = 1000;
const TYPING_FLICKER_MS = 100;

/** The sockets of agents who have the conversation open: events, viewers, typing. */
export class ConversationLive {
  readonly #host: ConversationHost;
  readonly #sockets: LiveSockets;
  /** Openings that are registered with the inbox, or about to be, and whose socket is not accepted yet. */
  readonly #arriving = new Set<string>();
  readonly #typing = new WeakMap<WebSocket, { isTyping: boolean; at: number }>();

  constructor(host: ConversationHost, ctx: DurableObjectState) {
    this.#host = host;
    this.#sockets = new LiveSockets(ctx);
  }

  /**
   * Sends events to the sockets, synchronously after their commit: a socket that opens gets all events up to the state's seq and hears
   * the later ones. (Output leaves only when the commit is durable.)
   */
  tell(events: readonly DomainEvent[]): void {
    const [first] = events;
    if (!first || this.#sockets.isEmpty) return;
    const { state } = this.#host;
    const last = frameText({
      type: "conversation.removed",
      seq: first.seq,
      at: new Date(first.at).toISOString(),
      conversation_id: state.id,
    });
    const anyGone = this.#sockets.closeWhere((who) => !maySee(who, state), CLOSE.outOfSight, last);
    for (const frame of events.map((event) => this.#host.frame(event))) {
      const only = audienceOf(frame);
      this.#sockets.broadcast(frameText(frame), (who) => isFor(only, who));
    }
    if (anyGone) this.#tellViewers();
  }

  /** Opens a socket for the agent whom the Worker has authenticated. */
  async open(request: Request): Promise<Response> {
    const opening = randomToken(12);
    this.#arriving.add(opening);
    try {
      return await this.#letIn(request, {
        ...(JSON.parse(request.headers.get("x-omnistream-identity")!) as SocketIdentity),
        opening,
      });
    } finally {
      this.#arriving.delete(opening);
    }
  }

  async #letIn(request: Request, identity: SocketIdentity & { opening: string }): Promise<Response> {
    const notFound = () => new Response("not found", { status: 404 });
    const { env, org, store, state: before } = this.#host;
    if (!maySee(identity, before)) return notFound();
    // Registered before it is accepted, so that ending its rights finds it at any moment.
    const inbox = inboxOf({ env, org });
    await this.#host.learnWindows();
    const isAllowed = await inbox.conversationOpened(before.id, identity, before.tenantDb);
    // Its rights may have ended since the inbox answered.
    if (!isAllowed || !this.#arriving.has(identity.opening)) return new Response("revoked", { status: 401 });
    const { state } = this.#host;
    if (!maySee(identity, state)) {
      this.#host.waitUntil(inbox.conversationClosed(identity.opening));
      return notFound();
    }
    const isNewcomer = !this.#sockets.hasAgent(identity.agentId);
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
    if (isNewcomer) this.#sockets.tell({ type: "viewers", viewers }, server);
    return response;
  }

  #cannotResume(from: number): "unknown_position" | "too_old" | undefined {
    const { state, store } = this.#host;
    if (from > state.seq) return "unknown_position";
    return state.seq - from > KEEP_EVENTS || from < (store.oldestEvent() ?? state.seq + 1) - 1 ? "too_old" : undefined;
  }

  /** Takes a frame of a client: only `typing` has an effect. */
  hear(socket: WebSocket, text: string | ArrayBuffer): void {
    if (typeof text !== "string" || text.length > MAX_CLIENT_FRAME) return socket.close(...CLOSE.tooLarge);
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    const typing = ClientFrame.safeParse(frame);
    if (!typing.success) return;
    const { is_typing: isTyping } = typing.data;
    // Every viewer hears it, so a client that sends it at every key is limited.
    const [before, now] = [this.#typing.get(socket), clock.now()];
    if (before && now - before.at < (before.isTyping === isTyping ? SECOND : TYPING_FLICKER_MS)) return;
    this.#typing.set(socket, { isTyping, at: now });
    const who = this.#sockets.identityOf(socket);
    if (who) this.#sockets.tell({ type: "typing", agent_id: who.agentId, is_typing: isTyping }, socket);
  }

  async closed(socket: WebSocket): Promise<void> {
    const who = this.#sockets.drop(socket);
    if (!who) return;
    if (!this.#sockets.hasAgent(who.agentId)) this.#tellViewers();
    if (who.opening) await inboxOf({ env: this.#host.env, org: this.#host.org }).conversationClosed(who.opening);
  }

  /**
   * Closes sockets whose opening has ended, whose credential has expired or that went silent. Returns the openings that remain. The inbox
   * calls it once a minute and when rights end, so this object needs no alarm for it.
   */
  sweep(ended: readonly string[]): string[] {
    for (const opening of ended) this.#arriving.delete(opening);
    const anyEnded = this.#sockets.closeWhere(
      ({ opening }) => opening !== undefined && ended.includes(opening),
      CLOSE.sessionOver,
    );
    const anyStale = this.#sockets.closeStale(clock.now());
    if (anyEnded || anyStale) this.#tellViewers();
    return [...this.#arriving, ...this.#sockets.identities().flatMap(({ opening }) => opening ?? [])];
  }

  #tellViewers(): void {
    this.#sockets.tell({ type: "viewers", viewers: this.#sockets.viewers() });
  }
}
