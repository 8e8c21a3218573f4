import { ChannelError, type ChannelAccount, type ChannelServices, type OutboundMessage, type Party } from "../channel";
import { domainOf, withToken } from "./address";
import { compose } from "./compose";
import type { EmailConfig } from "./config";
import { openReceived, resendSender } from "./senders/resend";
import { postmarkSender } from "./senders/postmark";
import type { EmailSender } from "./senders/sender";

const TIMEOUT_MS = 15_000;

/** Opens an address with its provider. */
export function openAccount(config: EmailConfig, { config: deployment }: ChannelServices): ChannelAccount {
  const resend = { baseUrl: deployment.RESEND_API_URL, apiKey: config.api_key ?? "", timeoutMs: TIMEOUT_MS };
  const sender = (): EmailSender => {
    switch (config.provider) {
      case "resend":
        return resendSender(resend);
      case "postmark":
        return postmarkSender({ ...resend, baseUrl: deployment.POSTMARK_API_URL });
      default:
        throw new ChannelError("invalid", {
          code: "provider_unsupported",
          title: `Mails cannot be sent by ${config.provider} yet`,
        });
    }
  };
  return {
    externalId: config.address,
    ownerId: null,
    timeoutMs: TIMEOUT_MS,
    // A provider recognises a repeated mail, or its lost answer is ambiguous: no call has to precede it.
    probe: () => Promise.resolve(),
    send: (to, message) => sendMail(sender(), config, to, message),
    connect: async () => {
      await sender().verify();
      return {};
    },
    hasSigned: async (delivery) => (await import("./signatures")).hasSigned(config, delivery),
    ...(config.provider === "resend" && { openAnnounced: (id) => openReceived(resend, id) }),
  };
}

async function sendMail(sender: EmailSender, config: EmailConfig, to: Party, message: OutboundMessage) {
  const mail = compose(message, to, config.signature);
  if (mail.to.length === 0)
    throw new ChannelError("invalid", { code: "no_recipient", title: "There is no address to send the mail to" });
  const { token = "" } = message.thread ?? {};
  const [, ownId = ""] = message.id.split(".");
  return sender.send({
    ...mail,
    from: { address: config.address, ...(config.display_name !== undefined && { name: config.display_name }) },
    replyTo: withToken(config.address, token),
    messageId: `${ownId}.${token}@${domainOf(config.address)}`,
    reference: message.id,
    files: message.files ?? [],
  });
}
