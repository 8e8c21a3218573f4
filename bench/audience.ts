/** Many WebSockets that only listen. To be cheap, they count frames and do not parse them. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

export class Audience {
  readonly #sockets: Socket[] = [];
  #total = 0;
  #goal = Number.POSITIVE_INFINITY;
  #reached: () => void = () => {};
  /** The text of the newest frame of the first socket. */
  lastText = "";

  get size(): number {
    return this.#sockets.length;
  }

  get total(): number {
    return this.#total;
  }

  static async gather(url: string, size: number, headers: Record<string, string> = {}): Promise<Audience> {
    const audience = new Audience();
    // In batches, since a listen queue is finite.
    for (let from = 0; from < size; from += 50) {
      await Promise.all(Array.from({ length: Math.min(50, size - from) }, () => audience.#join(url, headers)));
    }
    return audience;
  }

  /** Resolves when `frames` more frames have arrived, over all sockets. */
  async hear(frames: number, meanwhile: () => Promise<unknown>, timeoutMs = 30_000): Promise<void> {
    this.#goal = this.#total + frames;
    const reached = new Promise<void>((resolve) => {
      this.#reached = resolve;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.#goal - this.#total} of ${frames} frames did not come`)),
        timeoutMs,
      );
    });
    await Promise.race([Promise.all([reached, meanwhile()]), late]);
    clearTimeout(timer);
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #join(url: string, headers: Record<string, string>): Promise<void> {
    const { hostname, port, host, pathname, search } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    const lines = Object.entries({
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
      ...headers,
    });
    socket.write(
      `GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
    );
    const index = this.#sockets.push(socket) - 1;
    await new Promise<void>((resolve, reject) => {
      let received = Buffer.alloc(0);
      let isOpen = false;
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        if (!isOpen) {
          const end = received.indexOf("\r\n\r\n");
          if (end === -1) return;
          const head = received.toString("latin1", 0, end);
          if (!head.startsWith("HTTP/1.1 101")) return reject(new Error(`${url}: ${head.split("\r\n")[0]}`));
          isOpen = true;
          received = received.subarray(end + 4);
          resolve();
        }
        received = this.#readFrames(received, index);
      });
    });
  }

  /** Returns the bytes of an incomplete frame. */
  #readFrames(bytes: Buffer, index: number): Buffer {
    let at = 0;
    for (;;) {
      if (bytes.length < at + 2) break;
      const short = bytes[at + 1]! & 0x7f;
      const headLength = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length < at + headLength) break;
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      if (bytes.length < at + headLength + length) break;
      if ((bytes[at]! & 0x0f) === 1) this.#count(index, bytes, at + headLength, length);
      at += headLength + length;
    }
    return bytes.subarray(at);
  }

  #count(index: number, bytes: Buffer, start: number, length: number): void {
    if (index === 0) this.lastText = bytes.toString("utf8", start, start + length);
    if (++this.#total >= this.#goal) {
      this.#goal = Number.POSITIVE_INFINITY;
      this.#reached();
    }
  }
}
