import type { OutboundFile, SendReceipt, Suppression } from "../../channel";
import type { MailAddress } from "../address";
import type { ComposedMail } from "../compose";

/** A mail as a sender transmits it. Addresses are checked, and no field has a line break that would begin a header. */
export interface OutgoingMail extends ComposedMail {
  from: MailAddress;
  /** The account's address with the thread's token. */
  replyTo: string;
  /** Ours, without angle brackets. A provider that sets its own reports it as an alias. */
  messageId: string;
  /** `<conversation>.<message>`: a provider returns it with statuses, if it can. */
  reference: string;
  files: readonly OutboundFile[];
}

/** Transmits mails for an account: one file for each provider. Every call throws ChannelError. */
export interface EmailSender {
  /** May be called again for the same `messageId` after a failure: a sender that cannot recognise that fails as `ambiguous`. */
  send(mail: OutgoingMail): Promise<SendReceipt>;
  /** Checks that the provider accepts the account's key. */
  verify(): Promise<void>;
}

/** In-Reply-To and References, and List-Unsubscribe (RFC 8058), as headers name them. */
export function extraHeaders({
  references,
  unsubscribeUrl,
}: Pick<OutgoingMail, "references" | "unsubscribeUrl">): Record<string, string> {
  const last = references.at(-1);
  return {
    ...(last !== undefined && { "In-Reply-To": `<${last}>`, References: references.map((id) => `<${id}>`).join(" ") }),
    ...(unsubscribeUrl !== undefined && {
      "List-Unsubscribe": `<${unsubscribeUrl}>`,
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }),
  };
}

/** A provider refuses a mail because of one of its recipients, and does not say which: known if there is only one. */
export function suppressionOf({ to, cc, bcc }: OutgoingMail): { suppresses?: Suppression } {
  const [address, ...others] = [...to, ...cc, ...bcc];
  return address === undefined || others.length > 0 ? {} : { suppresses: { address, reason: "bounce" } };
}

export async function base64Of({ body }: OutboundFile): Promise<string> {
  return Buffer.from(await new Response(body).arrayBuffer()).toString("base64");
}
