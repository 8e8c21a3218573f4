import { domainToASCII } from "node:url";
import { ChannelError, type SendReceipt } from "../../channel";
import { clock } from "../../../kit/clock";
import { domainOf } from "../address";
import { sizeOf, writeMail } from "../write-mail";
import type { EmailSender, OutgoingMail } from "./sender";
import { lossOf, refusalOf, type SmtpStage } from "./smtp-failure";
import { openSmtp, SmtpLostError, type SmtpConnection, type SmtpEndpoint, type SmtpReply } from "./smtp-socket";

/** Submission to a mail server (RFC 6409): always encrypted, always with a password. */

export interface SmtpAccess extends SmtpEndpoint {
  user: string;
  password: string;
  /** The account's address. */
  address: string;
  timeoutMs: number;
  /** Opens the connection; by default with a socket. */
  open?: (endpoint: SmtpEndpoint) => SmtpConnection;
}

/** Servers examine a mail before they accept it. */
const END_TIMEOUT_MS = 60_000;

export function smtpSender(access: SmtpAccess): EmailSender {
  return {
    send: (mail) => inSession(access, (session) => session.submit(mail)),
    verify: () => inSession(access, () => Promise.resolve()),
  };
}

/** Opens a connection, logs in, works, and closes it. Throws ChannelError. */
async function inSession<T>(access: SmtpAccess, work: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session(access);
  try {
    await session.begin();
    const result = await work(session);
    session.quit();
    return result;
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    // Anything else, such as a file that could not be read, ends the connection before the mail is complete.
    throw lossOf(error, session.isHandedOver);
  } finally {
    session.close();
  }
}

class Session {
  readonly #access: SmtpAccess;
  readonly #connection: SmtpConnection;
  /** The server's extensions, by keyword in upper case. */
  #offers = new Map<string, string>();
  isHandedOver = false;

  constructor(access: SmtpAccess) {
    this.#access = access;
    this.#connection = (access.open ?? openSmtp)(access);
  }

  /** Greets, encrypts and logs in. */
  async begin(): Promise<void> {
    await this.#answer("greeting", 220);
    await this.#hello();
    if (!this.#access.isImplicit) {
      // Without encryption anybody on the way would read the password.
      if (!this.#offers.has("STARTTLS"))
        throw new ChannelError("invalid", {
          code: "smtp_no_encryption",
          title: "The mail server offers no encryption on this port",
        });
      await this.#command("STARTTLS", "starttls", 220);
      this.#connection.upgrade();
      await this.#hello();
    }
    await this.#logIn();
  }

  async #hello(): Promise<void> {
    const { lines } = await this.#command(`EHLO ${asciiDomain(domainOf(this.#access.address))}`, "hello", 250);
    this.#offers = new Map(
      lines.slice(1).map((line) => {
        // Some servers write `AUTH=PLAIN`.
        const [keyword = "", ...rest] = line.toUpperCase().split(/[ =]/);
        return [keyword, rest.join(" ")];
      }),
    );
  }

  async #logIn(): Promise<void> {
    const { user, password } = this.#access;
    const mechanisms = (this.#offers.get("AUTH") ?? "").split(/\s+/);
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    const [encodedUser, encodedPassword] = [encode(user), encode(password)];
    const plain = encode(`\0${user}\0${password}`);
    const secrets = [plain, encodedPassword, password];
    if (mechanisms.includes("PLAIN")) await this.#command(`AUTH PLAIN ${plain}`, "auth", 235, { secrets });
    else if (mechanisms.includes("LOGIN")) {
      await this.#command("AUTH LOGIN", "auth", 334);
      await this.#command(encodedUser, "auth", 334, { secrets });
      await this.#command(encodedPassword, "auth", 235, { secrets });
    } else
      throw new ChannelError("invalid", {
        code: "smtp_no_login",
        title: "The mail server takes no password: it offers neither AUTH PLAIN nor LOGIN",
      });
  }

  /** All recipients or none: a mail has one status. */
  async submit(mail: OutgoingMail): Promise<SendReceipt> {
    const size = sizeOf(mail);
    const limit = Number(this.#offers.get("SIZE") ?? 0);
    if (limit > 0 && size > limit)
      throw new ChannelError("invalid", {
        code: "too_large",
        title: `The mail has about ${size} bytes, and the mail server takes ${limit}`,
      });
    const from = asciiAddress(mail.from.address);
    const recipients = [...new Set([...mail.to, ...mail.cc, ...mail.bcc].map(asciiAddress))];
    const foreign = [from, ...recipients].find((address) => !isAscii(address));
    if (foreign !== undefined && !this.#offers.has("SMTPUTF8"))
      throw new ChannelError("undeliverable", {
        code: "smtp_no_utf8",
        title: `${foreign}: the mail server takes only addresses in ASCII`,
      });
    const parameters = [
      ...(this.#offers.has("SIZE") ? [` SIZE=${size}`] : []),
      ...(foreign !== undefined ? [" SMTPUTF8"] : []),
      ...(foreign !== undefined && this.#offers.has("8BITMIME") ? [" BODY=8BITMIME"] : []),
    ];
    await this.#command(`MAIL FROM:<${from}>${parameters.join("")}`, "from", 250);
    for (const recipient of recipients) await this.#command(`RCPT TO:<${recipient}>`, "to", 250, { recipient });
    await this.#command("DATA", "data", 354);
    const written = {
      ...mail,
      from: { ...mail.from, address: from },
      to: mail.to.map(asciiAddress),
      cc: mail.cc.map(asciiAddress),
      replyTo: asciiAddress(mail.replyTo),
    };
    // A line that is a dot would end the mail.
    for await (const lines of writeMail(written, clock.now()))
      await this.#write(lines.replaceAll(/(^|\r\n)\./g, "$1.."));
    this.isHandedOver = true;
    await this.#write(".\r\n");
    await this.#answer("end", 250, {}, END_TIMEOUT_MS);
    return { externalId: mail.messageId };
  }

  #write(text: string): Promise<void> {
    return this.#connection.write(text, this.#access.timeoutMs);
  }

  async #command(
    line: string,
    stage: SmtpStage,
    expected: number,
    about?: Parameters<typeof refusalOf>[2],
  ): Promise<SmtpReply> {
    await this.#write(`${line}\r\n`);
    return this.#answer(stage, expected, about);
  }

  async #answer(
    stage: SmtpStage,
    expected: number,
    about: Parameters<typeof refusalOf>[2] = {},
    timeoutMs = this.#access.timeoutMs,
  ): Promise<SmtpReply> {
    const reply = await this.#connection.reply(timeoutMs);
    // 251 and 252: the server passes the mail on, or tries.
    if (reply.code === expected || (stage === "to" && (reply.code === 251 || reply.code === 252))) return reply;
    if (reply.code < 400) throw new SmtpLostError(`The server answered ${reply.code} out of turn`);
    throw refusalOf(reply, stage, about);
  }

  /** The server's farewell is not awaited. */
  quit(): void {
    void this.#write("QUIT\r\n").catch(() => undefined);
  }

  close(): void {
    this.#connection.close();
  }
}

const isAscii = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);
const asciiDomain = (domain: string): string => domainToASCII(domain) || domain;
const asciiAddress = (address: string): string =>
  isAscii(address) ? address : address.slice(0, address.lastIndexOf("@") + 1) + asciiDomain(domainOf(address));
