import { SECOND } from "../src/kit/clock";
import { randomToken } from "../src/kit/id";
import {
  CLOSE,
  type CloseReason,
  frameText,
  type ServerFrame,
  type SocketIdentity,
  type Viewers,
} from "../src/domain/live";

/** A socket that has pinged before and is silent for this long is closed. */
const SILENT_MS = 90 * SECOND;

/**
 * An attachment holds 16 KB, about 400 divisions. A longer identity is stored in the object under the key in `kept`.
 */
const MAX_ATTACHMENT_CHARS = 12_000;
const KEY_PREFIX = "socket:";
type Attachment = SocketIdentity | { kept: string };

/**
 * The hibernating sockets of an object. Identities are read from the attachments once after waking and then cached,
 * since reading an attachment copies it and an event may go to a thousand sockets.
 */
export class LiveSockets {
  readonly #ctx: DurableObjectState;
  #identities: Map<WebSocket, SocketIdentity> | undefined;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    // Answered without waking the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  #all(): Map<WebSocket, SocketIdentity> {
    // A socket that this object has closed is listed until its client confirms the close.
    this.#identities ??= new Map(
      this.#ctx
        .getWebSockets()
        .filter((socket) => socket.readyState === WebSocket.READY_STATE_OPEN)
        .flatMap((socket) => {
          const who = this.#attached(socket);
          return who ? [[socket, who] as const] : [];
        }),
    );
    return this.#identities;
  }

  /** The identity of a socket; undefined if it was not accepted, or has ended. */
  #attached(socket: WebSocket): SocketIdentity | undefined {
    const attachment = socket.deserializeAttachment() as Attachment | null;
    if (attachment === null) return undefined;
    return "kept" in attachment ? this.#ctx.storage.kv.get<SocketIdentity>(attachment.kept) : attachment;
  }

  #toAttach(identity: SocketIdentity): Attachment {
    if (JSON.stringify(identity).length <= MAX_ATTACHMENT_CHARS) return identity;
    const { kv } = this.#ctx.storage;
    // A restart closes sockets without notice, so identities without a socket are deleted here.
    const needed = new Set(
      this.#ctx.getWebSockets().map((socket) => (socket.deserializeAttachment() as { kept?: string } | null)?.kept),
    );
    const left = [...kv.list({ prefix: KEY_PREFIX })].filter(([key]) => !needed.has(key));
    for (const [key] of left) kv.delete(key);
    const kept = KEY_PREFIX + randomToken(12);
    kv.put(kept, identity);
    return { kept };
  }

  get isEmpty(): boolean {
    return this.#all().size === 0;
  }

  accept(identity: SocketIdentity): { response: Response; server: WebSocket } {
    const { 0: client, 1: server } = new WebSocketPair();
    const known = this.#all();
    // Attached first, so that an accepted socket always has an identity.
    server.serializeAttachment(this.#toAttach(identity));
    this.#ctx.acceptWebSocket(server);
    known.set(server, identity);
    return { response: new Response(null, { status: 101, webSocket: client }), server };
  }

  identityOf(socket: WebSocket): SocketIdentity | undefined {
    return this.#all().get(socket) ?? this.#attached(socket);
  }

  /** Forgets a socket after its close. Returns its identity. */
  drop(socket: WebSocket): SocketIdentity | undefined {
    const who = this.identityOf(socket);
    const { kept } = (socket.deserializeAttachment() ?? {}) as { kept?: string };
    if (kept !== undefined) this.#ctx.storage.kv.delete(kept);
    this.#end(socket, 1000, "");
    return who;
  }

  /**
   * Sends a serialised frame to the sockets that may see it, and the frame made by `instead`, if any, to the others.
   */
  broadcast(
    text: string,
    maySee: (who: SocketIdentity) => boolean,
    instead?: (who: SocketIdentity) => string | undefined,
  ): void {
    for (const [socket, who] of this.#all()) {
      if (maySee(who)) {
        this.#send(socket, text);
        continue;
      }
      const other = instead?.(who);
      if (other !== undefined) this.#send(socket, other);
    }
  }

  /** Sends a frame without a number to all sockets but `except`. */
  sendToAll(frame: ServerFrame, except?: WebSocket): void {
    const text = frameText(frame);
    for (const socket of this.#all().keys()) if (socket !== except) this.#send(socket, text);
  }

  #send(socket: WebSocket, text: string): void {
    try {
      socket.send(text);
    } catch {
      // The connection is lost; the client resumes with `since`.
      this.#all().delete(socket);
    }
  }

  viewers(): Viewers {
    return [...this.agents()].map((agentId) => ({ agent_id: agentId }));
  }

  identities(): SocketIdentity[] {
    return [...this.#all().values()];
  }

  agents(): Set<string> {
    return new Set(this.identities().map((who) => who.agentId));
  }

  hasAgent(agentId: string): boolean {
    for (const who of this.#all().values()) if (who.agentId === agentId) return true;
    return false;
  }

  /** Closes the sockets that match, after a final frame if one is given. Returns whether any matched. */
  closeWhere(
    matches: (who: SocketIdentity, socket: WebSocket) => boolean,
    [code, reason]: CloseReason,
    finalFrame?: string,
  ): boolean {
    const matching = [...this.#all()].filter(([socket, who]) => matches(who, socket));
    for (const [socket] of matching) {
      if (finalFrame !== undefined) this.#send(socket, finalFrame);
      this.#end(socket, code, reason);
    }
    return matching.length > 0;
  }

  /**
   * Closes sockets whose credential has expired, and those that have pinged and gone silent. Returns whether there were
   * any.
   */
  closeStale(now: number): boolean {
    const anyOver = this.closeWhere((who) => who.expiresAt !== null && who.expiresAt <= now, CLOSE.sessionOver);
    const anySilent = this.closeWhere((_who, socket) => {
      const pinged = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
      return pinged !== undefined && pinged + SILENT_MS < now;
    }, CLOSE.vanished);
    return anyOver || anySilent;
  }

  #end(socket: WebSocket, code: number, reason: string): void {
    this.#all().delete(socket);
    try {
      socket.close(code, reason);
    } catch {
      // The socket is already closed.
    }
  }
}
