import { mailReader } from "../../channels/registry";
import type { PublicCtx } from "../../kit/context";
import { freshRoutesOf } from "../integrations/routes";
import { MAX_MAIL_BYTES, readMail } from "./large-mail";
import { applyRead } from "./mails";

/**
 * Takes a mail from Cloudflare's Email Worker, which has received it by SMTP. Everything is durable when it returns;
 * an error makes Cloudflare answer the sender's server that it should try again.
 */
export async function receiveMail(ctx: PublicCtx, message: ForwardableEmailMessage): Promise<void> {
  const reader = await mailReader();
  const [address = ""] = reader.addressesOf({ recipients: [message.to] });
  const route = (await freshRoutesOf(ctx, "email", [address])).get(address);
  if (!route) return message.setReject(`The address ${address} is not known here`);
  if (message.rawSize > MAX_MAIL_BYTES) return message.setReject(`The mail is larger than ${MAX_MAIL_BYTES} bytes`);
  const mail = await readMail(ctx, reader, route, message.raw);
  await applyRead(ctx, reader, route, reader.deliveryOf(mail, [message.to], message.from));
}
