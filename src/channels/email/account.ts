import { ChannelError, type ChannelAccount, type ChannelServices, type OutboundMessage, type Party } from "../channel";
import { domainOf, withToken } from "./address";
import { compose } from "./compose";
import { textOf } from "../json";
import type { EmailConfig, Provider } from "./config";
import { cloudflareSender } from "./senders/cloudflare";
import { openReceived, resendSender } from "./senders/resend";
import { postmarkSender } from "./senders/postmark";
import type { EmailSender } from "./senders/sender";
import type { SmtpEndpoint } from "./senders/smtp-socket";

const TIMEOUT_MS = 15_000;

/** Opens an address with its provider. */
export function openAccount(config: EmailConfig, { config: deployment, email }: ChannelServices): ChannelAccount {
  const resend = { baseUrl: deployment.RESEND_API_URL, apiKey: config.api_key ?? "", timeoutMs: TIMEOUT_MS };
  const sender = async (): Promise<EmailSender> => {
    switch (config.provider) {
      case "resend":
        return resendSender(resend);
      case "postmark":
        return postmarkSender({ ...resend, baseUrl: deployment.POSTMARK_API_URL });
      case "smtp":
        return (await import("./senders/smtp")).smtpSender({
          ...endpointOf(config, deployment),
          user: config.smtp_user ?? "",
          password: config.smtp_password ?? "",
          address: config.address,
          timeoutMs: TIMEOUT_MS,
        });
      default:
        return cloudflareSender(email);
    }
  };
  return {
    externalId: config.address,
    ownerId: null,
    timeoutMs: TIMEOUT_MS,
    // A provider recognises a repeated mail, or its lost answer is ambiguous: no call has to precede it.
    probe: () => Promise.resolve(),
    send: async (to, message) => sendMail(await sender(), config, to, message),
    connect: async () => {
      await (await sender()).verify();
      return {};
    },
    hasSigned: async (delivery) => (await import("./signatures")).hasSigned(config, delivery),
    ...(config.provider === "resend" && { openAnnounced: (id) => openReceived(resend, id) }),
    ...(isSilent(config.provider) && { findSent: () => Promise.reject(outcomeUnknown()) }),
  };
}

/** Reports no statuses and cannot be asked: a mail whose answer was lost is not sent again. */
const isSilent = (provider: Provider): boolean => provider === "smtp" || provider === "cloudflare";

const outcomeUnknown = (): ChannelError =>
  new ChannelError("invalid", {
    code: "no_answer",
    title: "The mail was handed over and the answer was lost: it may have arrived. It is not sent again by itself",
  });

/** Port 465 is encrypted from the first byte, the others from STARTTLS on. */
function endpointOf(
  { smtp_host: host = "", smtp_port: port }: EmailConfig,
  { ENVIRONMENT, SMTP_SIMULATOR: simulator }: ChannelServices["config"],
): SmtpEndpoint {
  const isImplicit = port === "465";
  if (ENVIRONMENT === "production" || simulator === undefined) return { host, port: Number(port), isImplicit };
  const [name = "", implicitPort, otherPort] = simulator.split(":");
  return { host: name, port: Number(isImplicit ? implicitPort : otherPort), isImplicit };
}

async function sendMail(sender: EmailSender, config: EmailConfig, to: Party, message: OutboundMessage) {
  const { text, html } = message.content;
  const isHtmlAlone = textOf(text) === undefined && typeof html === "string";
  // The library for MIME weighs much, and few mails need it.
  const plain = isHtmlAlone ? await (await import("./mime")).plainText(html) : "";
  const mail = compose(message, to, config.signature, plain);
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
