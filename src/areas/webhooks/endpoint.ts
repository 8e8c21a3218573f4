import type { Ctx } from "../../domain/context";
import { decryptSecret, encryptSecret } from "../../kit/secrets";
import type { Endpoint } from "./post";

/** The secrets of a webhook's row, encrypted as fields of it. */

export const sealSecret = (ctx: Ctx, webhookId: string, secret: string): Promise<string> =>
  encryptSecret(ctx.config.ENCRYPTION_KEYS, secret, `${webhookId}:secret`);

const openSecret = (ctx: Ctx, webhookId: string, sealed: string): Promise<string> =>
  decryptSecret(ctx.config.ENCRYPTION_KEYS, sealed, `${webhookId}:secret`);

/** Null if there are none. */
export const sealHeaders = async (
  ctx: Ctx,
  webhookId: string,
  headers: Record<string, string>,
): Promise<string | null> =>
  Object.keys(headers).length === 0
    ? null
    : encryptSecret(ctx.config.ENCRYPTION_KEYS, JSON.stringify(headers), `${webhookId}:headers`);

export const openHeaders = async (
  ctx: Ctx,
  webhookId: string,
  sealed: string | null,
): Promise<Record<string, string>> =>
  sealed === null
    ? {}
    : (JSON.parse(await decryptSecret(ctx.config.ENCRYPTION_KEYS, sealed, `${webhookId}:headers`)) as Record<
        string,
        string
      >);

/** The columns that a request needs. */
export interface EndpointRow {
  id: string;
  url: string;
  secret: string;
  previous_secret: string | null;
  previous_secret_until: number | null;
  headers: string | null;
}
export const ENDPOINT_COLUMNS = "id, url, secret, previous_secret, previous_secret_until, headers";

export async function openEndpoint(ctx: Ctx, row: EndpointRow): Promise<Endpoint> {
  const { id, url, secret, previous_secret: previous, previous_secret_until: until, headers } = row;
  const sealed = previous !== null && (until ?? 0) > ctx.now() ? [secret, previous] : [secret];
  return {
    url,
    secrets: await Promise.all(sealed.map((one) => openSecret(ctx, id, one))),
    headers: await openHeaders(ctx, id, headers),
  };
}
