/**
 * A mail server that takes submissions: with encryption from the first byte on one port, and with STARTTLS on another.
 * The only part of the simulator of mail that needs Node.
 */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import PostalMime from "postal-mime";
import type { MailSimulator } from "./app.ts";
import { addressIn, type SentMail, type SmtpFault } from "./state.ts";

export interface SmtpServer {
  /** `host:port:port`, for SMTP_SIMULATOR. */
  address: string;
  close(): Promise<void>;
}

const MAX_SIZE = 10 * 1024 * 1024;

export async function serveSmtp(
  simulator: Pick<MailSimulator, "state" | "accept">,
  { cert, key }: { cert: string; key: string },
): Promise<SmtpServer> {
  const sockets = new Set<Socket>();
  const serve = (socket: Socket, isEncrypted: boolean): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void new SmtpSession(simulator, socket, isEncrypted, { cert, key }).start();
  };
  const servers = [
    createTlsServer({ cert, key }, (socket) => serve(socket, true)),
    createServer((socket) => serve(socket, false)),
  ];
  const [first, second] = await Promise.all(servers.map(listening));
  return {
    address: `localhost:${first}:${second}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}

const decoded = (base64 = ""): string => Buffer.from(base64, "base64").toString("utf8");

class SmtpSession {
  readonly #simulator: Pick<MailSimulator, "state" | "accept">;
  readonly #keys: { cert: string; key: string };
  #socket: Socket;
  #isEncrypted: boolean;
  #received = "";
  #tail = "";
  #fault: SmtpFault | undefined;
  #user: string | undefined;
  #from = "";
  #to: string[] = [];
  /** Takes the next line, or the content, in place of a command. */
  #next: ((text: string) => void) | undefined;
  #inContent = false;

  constructor(
    simulator: Pick<MailSimulator, "state" | "accept">,
    socket: Socket,
    isEncrypted: boolean,
    keys: { cert: string; key: string },
  ) {
    this.#simulator = simulator;
    this.#socket = socket;
    this.#isEncrypted = isEncrypted;
    this.#keys = keys;
  }

  async start(): Promise<void> {
    this.#listen();
    this.#fault = this.#simulator.state.smtpFaults.shift();
    if (this.#fault === "late") await new Promise((resolve) => setTimeout(resolve, 1500));
    if (this.#fault === "busy") return this.#end("421 4.3.2 Too many connections, try again later");
    this.#say("220 mail.simulator ESMTP");
  }

  #listen(): void {
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("data", (bytes: Buffer) => {
      if (this.#inContent && this.#fault === "cut_in_content") return void this.#socket.destroy();
      const text = bytes.toString("latin1");
      this.#received += text;
      this.#tail = (this.#tail + text).slice(-5);
      // Content is read once it is complete: to look at all of it with each packet would take too long.
      if (!this.#inContent || this.#tail.endsWith(".\r\n")) this.#read();
    });
  }

  #read(): void {
    for (;;) {
      const end = this.#inContent ? contentEnd(this.#received) : this.#received.indexOf("\r\n");
      if (end === -1) return;
      const text = this.#received.slice(0, end);
      this.#received = this.#received.slice(end + (this.#inContent ? 3 : 2));
      const take = this.#next ?? ((line: string) => this.#command(line));
      [this.#next, this.#inContent] = [undefined, false];
      take(text);
    }
  }

  #say(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  #end(line: string): void {
    this.#socket.end(`${line}\r\n`);
  }

  #command(line: string): void {
    const [, verb = "", rest = ""] = /^(\w+) ?(.*)$/.exec(line) ?? [];
    switch (verb.toUpperCase()) {
      case "EHLO":
        return this.#greet();
      case "STARTTLS":
        return this.#encrypt();
      case "AUTH":
        return this.#logIn(rest);
      case "MAIL":
        return this.#begin(rest);
      case "RCPT":
        return this.#addRecipient(rest);
      case "DATA":
        return this.#takeContent();
      case "RSET":
      case "NOOP":
        return this.#say("250 2.0.0 OK");
      case "QUIT":
        return this.#end("221 2.0.0 Bye");
      default:
        return this.#say("502 5.5.1 No such command");
    }
  }

  #greet(): void {
    const auth = this.#fault === "login_only" ? "AUTH LOGIN" : "AUTH PLAIN LOGIN";
    const offers = ["mail.simulator", `SIZE ${MAX_SIZE}`, "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];
    const all = [...offers, ...(this.#isEncrypted ? [auth] : ["STARTTLS"])];
    this.#say(...all.map((offer, n) => `250${n === all.length - 1 ? " " : "-"}${offer}`));
  }

  #encrypt(): void {
    if (this.#isEncrypted) return this.#say("503 5.5.1 Encrypted already");
    this.#say("220 2.0.0 Go ahead");
    this.#socket.removeAllListeners("data");
    this.#socket = new TLSSocket(this.#socket, { isServer: true, ...this.#keys });
    this.#isEncrypted = true;
    this.#received = "";
    this.#listen();
  }

  #logIn(rest: string): void {
    if (!this.#isEncrypted) return this.#say("538 5.7.11 Encryption required");
    const [mechanism = "", initial] = rest.split(" ");
    if (mechanism.toUpperCase() === "PLAIN") {
      const [, user = "", password = ""] = decoded(initial).split("\0");
      return this.#checkLogin(user, password);
    }
    this.#say(`334 ${Buffer.from("Username:").toString("base64")}`);
    this.#next = (user) => {
      this.#say(`334 ${Buffer.from("Password:").toString("base64")}`);
      this.#next = (password) => this.#checkLogin(decoded(user), decoded(password));
    };
  }

  #checkLogin(user: string, password: string): void {
    // A server may say anything, even what it was told.
    if (this.#fault === "refuse_login" || password.includes("wrong"))
      return this.#say(`535 5.7.8 Login refused: ${user} ${password}`);
    this.#user = user;
    this.#say("235 2.7.0 Welcome");
  }

  #begin(rest: string): void {
    if (this.#user === undefined) return this.#say("530 5.7.0 Log in first");
    this.#from = addressIn(rest.replace(/^FROM:/i, "").replace(/>.*$/, ">"));
    this.#to = [];
    if (this.#fault === "refuse_sender") return this.#say(`550 5.7.60 ${this.#user} may not send as ${this.#from}`);
    this.#say("250 2.1.0 OK");
  }

  #addRecipient(rest: string): void {
    const to = addressIn(rest.replace(/^TO:/i, ""));
    if (this.#fault === "greylist") return this.#say("450 4.7.1 Greylisted, try again");
    if (/^(unknown|nobody)@/.test(to)) return this.#say(`550-5.1.1 ${to}`, `550 5.1.1 User unknown`);
    this.#to.push(to);
    this.#say("250 2.1.5 OK");
  }

  #takeContent(): void {
    if (this.#to.length === 0) return this.#say("503 5.5.1 No recipient");
    this.#say("354 End with a line that is a dot");
    this.#inContent = true;
    this.#next = (content) => void this.#accept(content);
  }

  async #accept(content: string): Promise<void> {
    if (this.#fault === "refuse_content") return this.#say("554 5.7.1 Message refused as spam");
    if (this.#fault === "defer_content") return this.#say("451 4.3.0 Try again later");
    const raw = Buffer.from(content.replaceAll(/(^|\r\n)\.\./g, "$1."), "latin1");
    this.#simulator.accept(await mailOf(raw, this.#from, this.#to));
    if (this.#fault === "cut_after_content") return void this.#socket.destroy();
    this.#say("250 2.0.0 Queued");
  }
}

/** Where the content ends, behind its last line; -1: not yet. */
function contentEnd(text: string): number {
  if (text.startsWith(".\r\n")) return 0;
  const at = text.indexOf("\r\n.\r\n");
  return at === -1 ? -1 : at + 2;
}

async function mailOf(raw: Buffer, from: string, to: string[]): Promise<SentMail> {
  const parsed = await PostalMime.parse(raw);
  return {
    id: crypto.randomUUID(),
    provider: "smtp",
    messageId: parsed.messageId ?? "",
    from,
    to,
    subject: parsed.subject ?? "",
    text: (parsed.text ?? "").replaceAll("\r\n", "\n").trimEnd(),
    html: parsed.html ?? "",
    replyTo: parsed.replyTo?.[0]?.address ?? "",
    headers: Object.fromEntries(parsed.headers.map(({ originalKey, value }) => [originalKey, value])),
    reference: "",
    attachments: parsed.attachments.map(({ filename, mimeType, content }) => ({
      name: filename ?? "",
      type: mimeType,
      bytes: Buffer.from(content as ArrayBuffer).byteLength,
    })),
    body: { raw: raw.toString("latin1") },
    events: [],
    at: Date.now(),
  };
}
