import type { OutboundFile, SendReceipt } from "../../channel";
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

/** In-Reply-To and References, as headers name them. */
export function threadHeaders({ references }: Pick<OutgoingMail, "references">): Record<string, string> {
  const last = references.at(-1);
  if (last === undefined) return {};
  return { "In-Reply-To": `<${last}>`, References: references.map((each) => `<${each}>`).join(" ") };
}

export async function base64Of({ body }: OutboundFile): Promise<string> {
  return Buffer.from(await new Response(body).arrayBuffer()).toString("base64");
}
