import { mailReader } from "../../channels/registry";
import type { PublicCtx } from "../../kit/context";
import { freshRoutesOf } from "../integrations/routes";
import { LARGE_BYTES, readLargeMail } from "./large-mail";
import { applyRead } from "./mails";

/** Cloudflare's limit for a mail is the same. */
const MAX_BYTES = 25 * 1024 * 1024;

/**
 * Takes a mail from Cloudflare's Email Worker, which has received it by SMTP. Everything is durable when it returns;
 * an error makes Cloudflare answer the sender's server that it should try again.
 */
export async function receiveMail(ctx: PublicCtx, message: ForwardableEmailMessage): Promise<void> {
  const reader = await mailReader();
  const [address = ""] = reader.addressesOf({ recipients: [message.to] });
  const route = (await freshRoutesOf(ctx, "email", [address])).get(address);
  if (!route) return message.setReject(`The address ${address} is not known here`);
  if (message.rawSize > MAX_BYTES) return message.setReject(`The mail is larger than ${MAX_BYTES} bytes`);
  const mail =
    message.rawSize > LARGE_BYTES
      ? await readLargeMail(ctx, reader, route, message.raw, MAX_BYTES)
      : await reader.parseMime(new Uint8Array(await new Response(message.raw).arrayBuffer()));
  await applyRead(ctx, reader, route, reader.deliveryOf(mail, [message.to], message.from));
}
