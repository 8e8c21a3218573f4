import { SECOND } from "../src/kit/clock";
import { CLOSE, type CloseReason, frameText, type ServerFrame, type SocketIdentity, type Viewers } from "./live.wire";

/** A socket that has pinged and then says nothing for this long is gone, whatever the network thinks. */
const SILENT_MS = 90 * SECOND;

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
        .map((socket) => [socket, socket.deserializeAttachment() as SocketIdentity]),
    );
    return this.#known;
  }

  get isEmpty(): boolean {
    return this.#all().size === 0;
  }

  accept(identity: SocketIdentity): { response: Response; server: WebSocket } {
    const { 0: client, 1: server } = new WebSocketPair();
    const known = this.#all();
    this.#ctx.acceptWebSocket(server);
    server.serializeAttachment(identity);
    known.set(server, identity);
    return { response: new Response(null, { status: 101, webSocket: client }), server };
  }

  identityOf(socket: WebSocket): SocketIdentity {
    return this.#all().get(socket) ?? (socket.deserializeAttachment() as SocketIdentity);
  }

  /** After its close. */
  drop(socket: WebSocket): void {
    this.#end(socket, 1000, "");
  }

  /** Sends a frame, written once for all, to those who may see it; another to those to whom `instead` gives one. */
  broadcast(text: string, maySee: (who: SocketIdentity) => boolean, instead?: (who: SocketIdentity) => string | undefined): void {
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

  agents(concerned: (who: SocketIdentity) => boolean = () => true): Set<string> {
    return new Set([...this.#all().values()].filter(concerned).map((who) => who.agentId));
  }

  credentials(): Set<string> {
    return new Set([...this.#all().values()].map((who) => who.credentialId));
  }

  hasAgent(agentId: string): boolean {
    for (const who of this.#all().values()) if (who.agentId === agentId) return true;
    return false;
  }

  /** Closes those of whom it is true, with a last word if there is one. Returns whether there were any. */
  closeWhere(isConcerned: (who: SocketIdentity) => boolean, [code, reason]: CloseReason, lastWord?: string): boolean {
    const concerned = [...this.#all()].filter(([, who]) => isConcerned(who));
    for (const [socket] of concerned) {
      if (lastWord !== undefined) this.#send(socket, lastWord);
      this.#end(socket, code, reason);
    }
    return concerned.length > 0;
  }

  closeOf({ agentId, credentialId }: { agentId?: string; credentialId?: string }): boolean {
    return this.closeWhere((who) => who.agentId === agentId || who.credentialId === credentialId, CLOSE.sessionOver);
  }

  /** Closes those whose credential has ended by itself, and those that used to ping and have gone silent. */
  closeStale(now: number): void {
    this.closeWhere((who) => who.expiresAt !== null && who.expiresAt <= now, CLOSE.sessionOver);
    for (const socket of this.#all().keys()) {
      const pinged = this.#ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
      if (pinged !== undefined && pinged + SILENT_MS < now) this.#end(socket, ...CLOSE.vanished);
    }
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
