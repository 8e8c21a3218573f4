import { connect } from "cloudflare:sockets";

/** One connection to a mail server: lines in, text out. It knows no verbs. */

export interface SmtpEndpoint {
  host: string;
  port: number;
  /** The first byte is encrypted (port 465); otherwise `upgrade` begins encryption. */
  isImplicit: boolean;
}

export interface SmtpReply {
  /** Three digits. */
  code: number;
  /** Its lines without their codes. */
  lines: string[];
}

/** The connection was lost, took too long, or the server does not speak SMTP. */
export class SmtpLostError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = "SmtpLostError";
  }
}

export interface SmtpConnection {
  reply(timeoutMs: number): Promise<SmtpReply>;
  write(text: string, timeoutMs: number): Promise<void>;
  /** Begins encryption. Throws SmtpLostError if the server has already sent more, which nobody has authenticated. */
  upgrade(): void;
  close(): void;
}

/** More is no reply: RFC 5321 has 512 characters a line. */
const MAX_REPLY_CHARS = 64 * 1024;

/** Nothing is known of the server before its first reply. Certificates are verified by the platform. */
export function openSmtp({ host, port, isImplicit }: SmtpEndpoint): SmtpConnection {
  let socket = connect(
    { hostname: host, port },
    { secureTransport: isImplicit ? "on" : "starttls", allowHalfOpen: false },
  );
  let reader = socket.readable.getReader();
  let writer = socket.writable.getWriter();
  let received = "";
  const encoder = new TextEncoder();
  const settle = (one: typeof socket): void => {
    // Each failure is reported by the call that meets it.
    for (const promise of [one.opened, one.closed]) promise.catch(() => undefined);
  };
  settle(socket);

  async function line(until: number): Promise<string> {
    for (;;) {
      const end = received.indexOf("\n");
      if (end !== -1) {
        const found = received.slice(0, end).replace(/\r$/, "");
        received = received.slice(end + 1);
        return found;
      }
      if (received.length > MAX_REPLY_CHARS) throw new SmtpLostError("The server's reply does not end");
      const { value, done } = await within(reader.read(), until - performance.now());
      if (done) throw new SmtpLostError("The server closed the connection");
      received += Buffer.from(value as Uint8Array).toString("utf8");
    }
  }

  return {
    async reply(timeoutMs) {
      const until = performance.now() + timeoutMs;
      const lines: string[] = [];
      for (;;) {
        const [whole, code, more, text] = /^([2-5]\d\d)([ -]?)(.*)$/.exec(await line(until)) ?? [];
        if (whole === undefined || lines.length > 200) throw new SmtpLostError("The server does not speak SMTP");
        lines.push(text!);
        if (more !== "-") return { code: Number(code), lines };
      }
    },
    write: (text, timeoutMs) => within(writer.write(encoder.encode(text)), timeoutMs),
    upgrade() {
      // Somebody who changes the unencrypted part could put replies behind the server's own.
      if (received !== "") throw new SmtpLostError("The server sent more than its reply before encryption");
      reader.releaseLock();
      writer.releaseLock();
      socket = socket.startTls();
      settle(socket);
      reader = socket.readable.getReader();
      writer = socket.writable.getWriter();
    },
    close: () => void socket.close().catch(() => undefined),
  };
}

/** Throws SmtpLostError, also for errors of the socket, whose texts differ by platform. */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SmtpLostError("The server did not answer in time")), Math.max(ms, 0));
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    work.catch(() => undefined);
    throw error instanceof SmtpLostError
      ? error
      : new SmtpLostError("The connection failed; the certificate of the server has to be valid", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
