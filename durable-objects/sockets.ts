import type { ControlFrame, LiveFrame, SocketIdentity, Viewer } from "./conversation.wire";

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
    this.#known ??= new Map(this.#ctx.getWebSockets().map((socket) => [socket, socket.deserializeAttachment() as SocketIdentity]));
    return this.#known;
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

  drop(socket: WebSocket): void {
    this.#all().delete(socket);
    try {
      socket.close();
    } catch {
      // It is closed already.
    }
  }

  /** Sends a frame to those who may see it, written once for all; `instead` to those who may not. Returns how many got it. */
  broadcast(frame: LiveFrame, maySee: (who: SocketIdentity) => boolean, instead?: (who: SocketIdentity) => ControlFrame | undefined): number {
    const text = JSON.stringify(frame);
    let told = 0;
    for (const [socket, who] of this.#all()) {
      if (maySee(who)) {
        if (this.#send(socket, text)) told++;
      } else {
        const other = instead?.(who);
        if (other) this.#send(socket, JSON.stringify(other));
      }
    }
    return told;
  }

  /** Says something to everybody that has no place in the stream. */
  tell(frame: ControlFrame, except?: WebSocket): void {
    const text = JSON.stringify(frame);
    for (const socket of this.#all().keys()) if (socket !== except) this.#send(socket, text);
  }

  #send(socket: WebSocket, text: string): boolean {
    try {
      socket.send(text);
      return true;
    } catch {
      // Gone; it resumes from what it had.
      this.#all().delete(socket);
      return false;
    }
  }

  viewers(): Viewer[] {
    return [...new Set([...this.#all().values()].map((who) => who.agentId))].map((agentId) => ({ agent_id: agentId }));
  }

  has(credentialId: string): boolean {
    return [...this.#all().values()].some((who) => who.credentialId === credentialId);
  }

  hasAgent(agentId: string): boolean {
    return [...this.#all().values()].some((who) => who.agentId === agentId);
  }

  /** 4401: the credential is no longer good. */
  closeOf({ agentId, credentialId }: { agentId?: string; credentialId?: string }): void {
    for (const [socket, who] of this.#all()) {
      if (who.agentId !== agentId && who.credentialId !== credentialId) continue;
      this.#all().delete(socket);
      socket.close(4401, "the session is over");
    }
  }
}
