/** A kept-alive HTTP/1.1 connection with little overhead: the load generator's cost weighs on both sides of a ratio. */
import { connect, type Socket } from "node:net";

export interface HttpRequest {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

interface HttpAnswer {
  status: number;
  text: string;
}

export class Connection {
  readonly #socket: Socket;
  readonly #host: string;
  #received: Buffer[] = [];
  #waiting: { resolve: (answer: HttpAnswer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("the connection was closed")));
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Connection(socket, host);
  }

  exchange({ method, path, headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const length = body === undefined ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(
        `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${lines.join("")}${length}\r\n${body ?? ""}`,
      );
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    const all = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    this.#received = [all];
    const headEnd = all.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = all.toString("latin1", 0, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    const bodyStart = headEnd + 4;
    // Without a length the body is chunked, and JSON does not end like the last chunk.
    const isWhole =
      length === undefined
        ? all.toString("latin1", all.length - 5) === "0\r\n\r\n"
        : all.length >= bodyStart + Number(length);
    if (!isWhole) return;
    this.#received = [];
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), text: all.toString("utf8", bodyStart) });
  }
}
