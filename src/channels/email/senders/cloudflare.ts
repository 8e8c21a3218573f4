import { ChannelError, type FailureClass } from "../../channel";
import { textOf } from "../../json";
import { extraHeaders, type EmailSender, type OutgoingMail, suppressionOf } from "./sender";

/** Cloudflare Email Sending: the `send_email` binding EMAIL. It sets its own Message-ID, and reports nothing later. */

/** A code means that the mail was refused; after any other error the outcome is unknown. */
const CLASSES: Record<string, FailureClass> = {
  E_RATE_LIMIT_EXCEEDED: "throttled",
  E_DAILY_LIMIT_EXCEEDED: "throttled",
  E_RECIPIENT_SUPPRESSED: "suppressed",
  E_RECIPIENT_NOT_ALLOWED: "undeliverable",
  E_SENDER_NOT_VERIFIED: "account_blocked",
  E_SENDER_DOMAIN_NOT_AVAILABLE: "account_blocked",
  // These say that something failed, not that nothing went out.
  E_DELIVERY_FAILED: "ambiguous",
  E_INTERNAL_SERVER_ERROR: "ambiguous",
};

export function cloudflareSender(binding: SendEmail | undefined): EmailSender {
  return {
    async send(mail) {
      const { messageId } = await sendBy(open(binding), mail);
      const id = messageId.replaceAll(/[<>]/g, "");
      // An answer names it.
      return { externalId: id, aliases: [id] };
    },
    verify: async () => void open(binding),
  };
}

function open(binding: SendEmail | undefined): SendEmail {
  if (binding) return binding;
  throw new ChannelError("invalid", {
    code: "provider_unavailable",
    title: "This deployment does not send by Cloudflare: it has no send_email binding",
  });
}

async function sendBy(binding: SendEmail, mail: OutgoingMail): Promise<EmailSendResult> {
  const { from, to, cc, bcc, subject, text, html, replyTo, files } = mail;
  const attachments: EmailAttachment[] = await Promise.all(
    files.map(async ({ body, fileName, mimeType, contentId }) => {
      const file = { filename: fileName, type: mimeType, content: await new Response(body).arrayBuffer() };
      return contentId === undefined
        ? { disposition: "attachment" as const, ...file }
        : { disposition: "inline" as const, contentId, ...file };
    }),
  );
  try {
    return await binding.send({
      from: from.name === undefined ? from.address : { email: from.address, name: from.name },
      to: [...to],
      ...(cc.length > 0 && { cc: [...cc] }),
      ...(bcc.length > 0 && { bcc: [...bcc] }),
      subject,
      text,
      ...(html !== undefined && { html }),
      replyTo,
      // Its list of headers has all of these; a Message-ID is not on it.
      headers: { ...extraHeaders(mail), "X-Message": mail.reference },
      ...(attachments.length > 0 && { attachments }),
    });
  } catch (error) {
    const { code: given, message } = error as { code?: unknown; message?: unknown };
    const code = textOf(given);
    throw new ChannelError(
      code === undefined ? "ambiguous" : (CLASSES[code] ?? "invalid"),
      {
        code: code ?? "no_answer",
        title: (textOf(message) ?? "The mail could not be sent").slice(0, 500),
        ...(code === "E_RECIPIENT_SUPPRESSED" && suppressionOf(mail)),
      },
      undefined,
      { cause: error },
    );
  }
}
