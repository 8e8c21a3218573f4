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

/** A socket that has pinged and then says nothing for this long is gone, whatever the network thinks. */
const SILENT_MS = 90 * SECOND;

/** An attachment holds 16 KB, which is some 400 divisions: an identity that is longer is kept in the object's storage, under what the attachment names. */
const MAX_ATTACHED = 12_000;
const KEPT = "socket:";
type Attachment = SocketIdentity | { kept: string };

/**
 * The hibernating sockets of an object. Identities are read from the attachments once after waking and then kept beside the
 * sockets: reading an attachment copies it, and an event goes to a thousand.
 */
export class LiveSockets {
  readonly #ctx: DurableObjectState;
  #known: Map<WebSocket, SocketIdentity> | undefined;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    // Answered without waking the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  #all(): Map<WebSocket, SocketIdentity> {
    // One that we have closed may still wait for its client to agree.
    this.#known ??= new Map(
      this.#ctx
        .getWebSockets()
        .filter((socket) => socket.readyState === WebSocket.READY_STATE_OPEN)
        .flatMap((socket) => {
          const who = this.#attached(socket);
          return who ? [[socket, who] as const] : [];
        }),
    );
    return this.#known;
  }

  /** Undefined: it did not get so far, or is over. */
  #attached(socket: WebSocket): SocketIdentity | undefined {
    const attachment = socket.deserializeAttachment() as Attachment | null;
    if (attachment === null) return undefined;
    return "kept" in attachment ? this.#ctx.storage.kv.get<SocketIdentity>(attachment.kept) : attachment;
  }

  #toAttach(identity: SocketIdentity): Attachment {
    if (JSON.stringify(identity).length <= MAX_ATTACHED) return identity;
    const { kv } = this.#ctx.storage;
    // A restart takes sockets away without a word: what was kept for them is forgotten now.
    const needed = new Set(
      this.#ctx.getWebSockets().map((socket) => (socket.deserializeAttachment() as { kept?: string } | null)?.kept),
    );
    const left = [...kv.list({ prefix: KEPT })].filter(([key]) => !needed.has(key));
    for (const [key] of left) kv.delete(key);
    const kept = KEPT + randomToken(12);
    kv.put(kept, identity);
    return { kept };
  }

  get isEmpty(): boolean {
    return this.#all().size === 0;
  }

  accept(identity: SocketIdentity): { response: Response; server: WebSocket } {
    const { 0: client, 1: server } = new WebSocketPair();
    const known = this.#all();
    // First: a socket that is accepted is known.
    server.serializeAttachment(this.#toAttach(identity));
    this.#ctx.acceptWebSocket(server);
    known.set(server, identity);
    return { response: new Response(null, { status: 101, webSocket: client }), server };
  }

  identityOf(socket: WebSocket): SocketIdentity | undefined {
    return this.#all().get(socket) ?? this.#attached(socket);
  }

  /** After its close. Returns whose it was. */
  drop(socket: WebSocket): SocketIdentity | undefined {
    const who = this.identityOf(socket);
    const { kept } = (socket.deserializeAttachment() ?? {}) as { kept?: string };
    if (kept !== undefined) this.#ctx.storage.kv.delete(kept);
    this.#end(socket, 1000, "");
    return who;
  }

  /** Sends a frame, written once for all, to those who may see it; another to those to whom `instead` gives one. */
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

  /** Says something to everybody that has no place in the stream. */
  tell(frame: ServerFrame, except?: WebSocket): void {
    const text = frameText(frame);
    for (const socket of this.#all().keys()) if (socket !== except) this.#send(socket, text);
  }

  #send(socket: WebSocket, text: string): void {
    try {
      socket.send(text);
    } catch {
      // Gone; it resumes from what it had.
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

  /** Closes those of whom it is true, with a last word if there is one. Returns whether there were any. */
  closeWhere(
    isConcerned: (who: SocketIdentity, socket: WebSocket) => boolean,
    [code, reason]: CloseReason,
    lastWord?: string,
  ): boolean {
    const concerned = [...this.#all()].filter(([socket, who]) => isConcerned(who, socket));
    for (const [socket] of concerned) {
      if (lastWord !== undefined) this.#send(socket, lastWord);
      this.#end(socket, code, reason);
    }
    return concerned.length > 0;
  }

  /** Closes those whose credential has ended by itself, and those that used to ping and have gone silent. Returns whether there were any. */
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
      // It is closed already.
    }
  }
}
