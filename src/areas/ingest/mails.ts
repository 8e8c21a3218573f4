import type { KeptPart, RawDelivery } from "../../channels/channel";
import { adapterOf, mailReader } from "../../channels/registry";
import type { PublicCtx } from "../../kit/context";
import { malformed, Problem } from "../../kit/problem";
import { sha256Hex } from "../../kit/id";
import { deliverySecretsOf, freshRoutesOf, openSecrets, type Route } from "../integrations/routes";
import { loadSendingAccount } from "../integrations/sending-account";
import { keepBytes } from "../media/keep-bytes";
import { acceptUpdates } from "./delivery";
import { readMail } from "./large-mail";
import { withinLimits } from "./limits";
import { mailDelayed, mailUnavailable, signatureWrong, webhookBacklogFull } from "./problems";

/** Mails from webhooks and from Cloudflare's Email Worker: who has sent them, whom they are for, and their parts. */

type Reader = Awaited<ReturnType<typeof mailReader>>;
type Read = Awaited<ReturnType<Reader["readDelivery"]>>;

/** The account and the secret that the address of a webhook names. */
export interface NamedAccount {
  account?: string | undefined;
  secret?: string | undefined;
}

/** So many addresses of an unauthenticated mail are looked up. */
const MAX_LOOKED_UP = 10;

/** The account that the webhook's address names. Undefined for an unknown one, and for one that the address does not name. */
export async function namedRoute(ctx: PublicCtx, { account }: NamedAccount): Promise<Route | undefined> {
  if (account === undefined) return undefined;
  return (await freshRoutesOf(ctx, "email", [account])).get(account);
}

/** Whether the secret is the account's own. */
export async function isSecretOf(ctx: PublicCtx, route: Route, secret: string | undefined): Promise<boolean> {
  if (secret === undefined) return false;
  const own = await openSecrets(ctx, deliverySecretsOf("email", route));
  // Hashes have one length, and their comparison tells nothing about the secret.
  return own.some((each) => sha256Hex(each) === sha256Hex(secret));
}

/**
 * Applies a delivery of a mail or of events. Everything is durable when it returns the number of updates. `trusted`: the
 * account whose secret came with the delivery; without it, one that the delivery is for must have its provider's
 * signature or the secret. Throws `webhook_signature_wrong`, `malformed_request`, `webhook_mail_unavailable` and
 * `webhook_mail_delayed`.
 */
export async function acceptMails(
  ctx: PublicCtx,
  delivery: RawDelivery,
  { trusted, named, secret }: { trusted?: Route | undefined; named?: Route | undefined; secret?: string | undefined },
): Promise<number> {
  // Reading MIME is work, so it follows the proof where the account is known before.
  const known = trusted ?? (named && (await signingRoute(ctx, delivery, [named], secret)));
  if (named && !known) throw signatureWrong();
  const reader = await mailReader();
  let read: Read;
  try {
    read = await reader.readDelivery(delivery);
  } catch {
    throw known ? malformed("the body cannot be read") : signatureWrong();
  }
  const route = known ?? (await signingRoute(ctx, delivery, await routesFor(ctx, reader, read), secret));
  if (!route) throw signatureWrong();
  return applyRead(ctx, reader, route, await fetched(ctx, reader, route, read));
}

/** Applies a mail that Cloudflare has received for the account. */
export async function applyRead(ctx: PublicCtx, reader: Reader, route: Route, read: Read): Promise<number> {
  const accounts = await accountsOf(ctx, reader, route, read);
  const keep = async (
    digest: string,
    { role, name, content, mimeType, fileName, contentId }: Parameters<Parameters<Reader["toDelivery"]>[2]>[1],
  ): Promise<KeptPart> => {
    const r2Key = `${route.orgId}/mail/${digest}/${name}`;
    // HTML is served only cleaned, so it is stored as what a browser does not run.
    const claimed = { mimeType: role === "html" ? "text/plain" : mimeType, fileName };
    const kept = await keepBytes(ctx.env.MEDIA, r2Key, content, claimed);
    return {
      role,
      r2Key,
      ...kept,
      ...(fileName !== undefined && { fileName }),
      ...(contentId !== undefined && { contentId }),
    };
  };
  const updates = adapterOf("email")!.parse(await reader.toDelivery(read, accounts, keep));
  try {
    await acceptUpdates(ctx, "email", updates.flatMap(withinLimits), route.externalId);
  } catch (error) {
    // SendGrid drops a mail that is answered with 4xx, and repeats one that is answered with 5xx.
    if (!(error instanceof Problem) || error.kind !== webhookBacklogFull) throw error;
    throw mailDelayed("too much of the account waits to be applied", error.extra);
  }
  return updates.length;
}

async function routesFor(ctx: PublicCtx, reader: Reader, read: Read): Promise<Route[]> {
  const addresses = reader.addressesOf(read).slice(0, MAX_LOOKED_UP);
  return [...(await freshRoutesOf(ctx, "email", addresses)).values()];
}

async function signingRoute(
  ctx: PublicCtx,
  delivery: RawDelivery,
  routes: readonly Route[],
  secret: string | undefined,
): Promise<Route | undefined> {
  for (const route of routes) {
    if (await isSecretOf(ctx, route, secret)) return route;
    const account = await loadSendingAccount(ctx.env, { ...route, channel: "email" });
    if (!("failure" in account) && (await account.client.hasSigned?.(delivery))) return route;
  }
  return undefined;
}

/** A delivery may be for several accounts of the organization; no account may speak for another's. */
async function accountsOf(ctx: PublicCtx, reader: Reader, { orgId, externalId }: Route, read: Read): Promise<string[]> {
  if (!read.mail) return [externalId];
  const found = await freshRoutesOf(ctx, "email", reader.addressesOf(read).slice(0, 100));
  const own = [...found.values()].filter((route) => route.orgId === orgId).map((route) => route.externalId);
  // Headers do not name everybody, as an envelope does.
  return read.isEnvelope && own.length > 0 ? own : [...new Set([externalId, ...own])];
}

/** The delivery with the mail that it announces. */
async function fetched(ctx: PublicCtx, reader: Reader, route: Route, read: Read): Promise<Read> {
  if (read.announced === undefined) return read;
  const account = await loadSendingAccount(ctx.env, { ...route, channel: "email" });
  if ("failure" in account || !account.client.openAnnounced) throw mailUnavailable();
  try {
    const { body } = await account.client.openAnnounced(read.announced);
    return reader.deliveryOf(await readMail(ctx, reader, route, body), read.recipients);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw mailUnavailable(undefined, { cause: error });
  }
}
