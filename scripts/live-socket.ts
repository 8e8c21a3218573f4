/** An agent's live socket. Keeps every frame with its time of arrival. */
import { callOk } from "./api-client.ts";

export interface Frame {
  seq: number;
  type: string;
  conversation_id?: string;
  conversation?: { contact_name: string | null; assigned_agent_id: string | null };
  data?: Record<string, unknown>;
  message?: { _id: string; external_id: string | null; status: string };
}

export interface Arrival {
  at: number;
  frame: Frame;
}

export class LiveSocket {
  readonly arrivals: Arrival[] = [];
  readonly #socket: WebSocket;
  #wake: () => void = () => {};
  #lost: Error | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.arrivals.push({ at: performance.now(), frame: JSON.parse(String(data)) as Frame });
      this.#wake();
    });
    for (const end of ["close", "error"] as const) {
      socket.addEventListener(end, () => {
        this.#lost = new Error("the live socket was closed");
        this.#wake();
      });
    }
  }

  /** Opens a socket and waits for its first frame, which has the position. `since` resumes the stream. */
  static async open(app: string, token: string, since?: number): Promise<LiveSocket> {
    const { body } = await callOk(`${app}/api/live/tickets`, { method: "POST", token });
    const { ticket } = body as { ticket: string };
    const live = new LiveSocket(
      new WebSocket(
        `${app.replace(/^http/, "ws")}/api/live?ticket=${encodeURIComponent(ticket)}${since === undefined ? "" : `&since=${since}`}`,
      ),
    );
    await live.until(({ frame }) => frame.type === "hello", "the socket's hello");
    return live;
  }

  /** The position in the stream, from the last frame that has one. */
  get seq(): number {
    return this.arrivals.findLast(({ frame }) => frame.seq !== undefined)?.frame.seq ?? 0;
  }

  /** Waits for the first matching frame, including those that have arrived. Throws after `timeoutMs`. */
  async until(fits: (arrival: Arrival) => boolean, what: string, timeoutMs = 5000): Promise<Arrival> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.arrivals.find(fits);
      if (found) return found;
      if (this.#lost) throw this.#lost;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${what} did not come within ${timeoutMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#socket.close();
  }
}
