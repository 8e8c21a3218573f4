import { cut } from "../../../kit/cut";
import { ChannelError, type FailureClass } from "../../channel";
import { isNoMailbox } from "../bounce";
import { type SmtpReply, SmtpLostError } from "./smtp-socket";

/** The failure class of every refusal of a mail server (RFC 5321, 4954, 3463). Pure. */

/** The command that was answered. `end`: the content was handed over. */
export type SmtpStage = "greeting" | "hello" | "starttls" | "auth" | "from" | "to" | "data" | "end";

/** 530, 534 and 538: authenticate (otherwise); 535: refused; 432: the password has to be changed. */
const NEEDS_REAUTH = new Set([530, 534, 535, 538, 432]);

function classOf({ code }: SmtpReply, stage: SmtpStage): FailureClass {
  if (NEEDS_REAUTH.has(code)) return "reauth";
  // Greylisting, a full mailbox, too many connections: the server asks for another attempt.
  if (code < 500) return "deferred";
  if (stage === "auth") return "reauth";
  // The sender itself is refused; other codes are about the mail.
  if (stage === "from") return [550, 551, 553, 554].includes(code) ? "account_blocked" : "invalid";
  if (stage === "greeting") return "account_blocked";
  return stage === "to" ? "undeliverable" : "invalid";
}

/** The failure in the server's words. `secrets` are removed, should the server repeat them. */
export function refusalOf(
  reply: SmtpReply,
  stage: SmtpStage,
  { recipient, secrets = [] }: { recipient?: string; secrets?: readonly string[] } = {},
): ChannelError {
  const text = reply.lines.join(" ");
  const status = /^[245]\.\d{1,3}\.\d{1,3}\b/.exec(text)?.[0];
  const words = secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), text).replaceAll(/\p{Cc}+/gu, " ");
  const isGone = stage === "to" && recipient !== undefined && isNoMailbox(status ?? "");
  return new ChannelError(classOf(reply, stage), {
    code: status ?? String(reply.code),
    title: cut(`${recipient === undefined ? "" : `${recipient}: `}${reply.code} ${words}`.trim(), 500),
    ...(isGone && { suppresses: { address: recipient, reason: "bounce" } }),
  });
}

/** A connection that was lost: before the content was handed over nothing was accepted, afterwards perhaps all. */
export function lossOf(error: unknown, isHandedOver: boolean): ChannelError {
  const title = error instanceof SmtpLostError ? error.message : "The mail could not be transmitted";
  return isHandedOver
    ? new ChannelError(
        "ambiguous",
        { code: "no_answer", title: "The connection to the mail server was lost after the mail was handed over" },
        undefined,
        { cause: error },
      )
    : new ChannelError("transient", { code: "no_connection", title }, undefined, { cause: error });
}
