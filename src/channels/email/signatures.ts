import { createHmac, createPublicKey, timingSafeEqual, verify } from "node:crypto";
import { clock, MINUTE } from "../../kit/clock";
import type { RawDelivery } from "../channel";
import type { EmailConfig } from "./config";
import { mailgunStamp } from "./shapes/mailgun";

/** The signatures of providers. Each proves one delivery, whichever address it was posted to. */

/** Standard Webhooks: a delivery of another time is refused. */
const TOLERANCE_MS = 5 * MINUTE;

export async function hasSigned(
  { webhook_secret: webhookSecret, provider_signing_key: signingKey }: EmailConfig,
  delivery: RawDelivery,
): Promise<boolean> {
  if (webhookSecret !== undefined && isStandardWebhook(webhookSecret, delivery)) return true;
  if (signingKey === undefined) return false;
  return isSendgrid(signingKey, delivery) || (await isMailgun(signingKey, delivery));
}

/** Standard Webhooks, as Svix signs for Resend: HMAC-SHA256 of id, time and body; any of several signatures. */
function isStandardWebhook(secret: string, { headers, body }: RawDelivery): boolean {
  const header = (name: string): string => headers.get(`svix-${name}`) ?? headers.get(`webhook-${name}`) ?? "";
  const [id, timestamp, signatures] = [header("id"), header("timestamp"), header("signature")];
  if (id === "" || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(clock.now() - Number(timestamp) * 1000) > TOLERANCE_MS) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(" ").some((each) => {
    const [version, text = ""] = each.split(",");
    return version === "v1" && isEqual(Buffer.from(text, "base64"), expected);
  });
}

/** Mailgun: the body has the HMAC of its own time and token, so it says nothing about the rest of the body. */
async function isMailgun(key: string, delivery: RawDelivery): Promise<boolean> {
  const stamp = await mailgunStamp(delivery);
  if (!stamp) return false;
  const expected = createHmac("sha256", key)
    .update(stamp.timestamp + stamp.token)
    .digest();
  return isEqual(Buffer.from(stamp.signature, "hex"), expected);
}

/** SendGrid: ECDSA over its time and the body. The key is the base64 of a public key in DER. */
function isSendgrid(key: string, { headers, body }: RawDelivery): boolean {
  const signature = headers.get("x-twilio-email-event-webhook-signature");
  const timestamp = headers.get("x-twilio-email-event-webhook-timestamp");
  if (signature === null || timestamp === null) return false;
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
    return verify("sha256", Buffer.concat([Buffer.from(timestamp), body]), publicKey, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

const isEqual = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);
