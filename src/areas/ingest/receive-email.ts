import { z } from "@hono/zod-openapi";
import { publicOperation } from "../../domain/operation";
import { readBytes } from "../../kit/body";
import type { PublicCtx } from "../../kit/context";
import { inTime } from "../../kit/in-time";
import { bodyTooLarge, malformed } from "../../kit/problem";
import { mailReader } from "../../channels/registry";
import { LARGE_BYTES, readMail } from "./large-mail";
import { acceptMails, applyRead, isSecretOf, type NamedAccount, namedRoute } from "./mails";
import { mailDelayed, mailUnavailable, signatureWrong } from "./problems";

/** 25 MB, encoded in JSON or in MIME, and the fields beside it. */
const MAX_BYTES = 40 * 1024 * 1024;
/** Work for a delivery that does not prove itself by its address precedes the proof. */
const MAX_UNPROVEN_BYTES = 1024 * 1024;
/** A body that comes more slowly keeps others waiting. */
const MAX_READ_MS = 60_000;

/**
 * The bytes of the large deliveries that this isolate holds in memory: JSON and forms are read whole. Those without the
 * secret count apart, so that strangers keep out nobody who has it.
 */
const held = { proven: 0, unproven: 0 };

/** The parts of the contract that both operations share. */
export const mailContract = {
  anyQuery: true,
  rawBody: [
    { contentType: "application/json", schema: z.looseObject({}) },
    { contentType: "multipart/form-data", schema: z.looseObject({}) },
    { contentType: "application/x-www-form-urlencoded", schema: z.looseObject({}) },
    { contentType: "message/rfc822", schema: z.string() },
  ],
  response: z.object({ received: z.int().openapi({ description: "Number of updates in the delivery" }) }),
  problems: [malformed, signatureWrong, bodyTooLarge, mailDelayed, mailUnavailable],
} as const;

export default publicOperation({
  id: "receiveEmailWebhook",
  summary: "Receive inbound email webhook",
  description:
    "Takes SendGrid Inbound Parse (parsed and raw), Mailgun routes (parsed and MIME), Postmark, Resend's `email.received`, a mail as `message/rfc822`, and the providers' events of sent mails. A delivery proves itself by the account's `inbound_secret`, as the password of Basic with the account's address as the user, as `?account=…&secret=…`, or in the path; or by its provider's signature (Resend's, Mailgun's, SendGrid's). Without the account in the address it has at most 1 MiB. Returns 200 when everything is stored durably; a repeated delivery changes nothing.",
  ...mailContract,
  handle: async ({ ctx, request }) => ({ received: await receiveEmail(ctx, request, namedBy(request)) }),
});

function namedBy({ headers, url }: Request): NamedAccount {
  const [, encoded] = /^Basic\s+([\w+/=-]{1,2000})$/i.exec(headers.get("authorization") ?? "") ?? [];
  const query = new URL(url).searchParams;
  const asked = { account: query.get("account")?.toLowerCase(), secret: query.get("secret") ?? undefined };
  if (encoded === undefined) return asked;
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const at = pair.indexOf(":");
  const user = pair.slice(0, at).toLowerCase();
  return {
    account: asked.account ?? (user.includes("@") ? user : undefined),
    secret: asked.secret ?? pair.slice(at + 1),
  };
}

export async function receiveEmail(ctx: PublicCtx, request: Request, given: NamedAccount): Promise<number> {
  const named = await namedRoute(ctx, given);
  if (given.account !== undefined && !named) throw signatureWrong();
  const isProven = named !== undefined && (await isSecretOf(ctx, named, given.secret));
  if (named && given.secret !== undefined && !isProven) throw signatureWrong();
  const { url, headers } = request;
  if (isProven && request.body && /^message\/rfc822\b/i.test(headers.get("content-type") ?? "")) {
    const reader = await mailReader();
    return applyRead(ctx, reader, named, reader.deliveryOf(await readMail(ctx, reader, named, request.body)));
  }
  const whose = isProven ? "proven" : "unproven";
  let counted = 0;
  const admit = (sizeBytes: number): void => {
    const isMore = sizeBytes > Math.max(counted, LARGE_BYTES);
    if (!isMore) return;
    if (held[whose] + sizeBytes - counted > MAX_BYTES)
      throw mailDelayed("other large mails are being read", { retryAfterSeconds: 30 });
    held[whose] += sizeBytes - counted;
    counted = sizeBytes;
  };
  try {
    const reading = readBytes(request, named ? MAX_BYTES : MAX_UNPROVEN_BYTES, admit);
    const body = await inTime(reading, MAX_READ_MS, mailDelayed("it comes too slowly"));
    const trusted = isProven ? named : undefined;
    return await acceptMails(ctx, { url, headers, body }, { named, trusted, secret: given.secret });
  } finally {
    held[whose] -= counted;
    // A body that is still being read is not counted any more.
    counted = Number.POSITIVE_INFINITY;
  }
}
