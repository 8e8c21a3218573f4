import { z } from "@hono/zod-openapi";
import type { Channel, ChannelUpdate } from "../../channels/channel";
import { verifySignature } from "../../channels/meta/signature";
import { adapterOf } from "../../channels/registry";
import { decodeUtf8, nestingOf, readBytes, readJson } from "../../kit/body";
import type { PublicCtx } from "../../kit/context";
import { publicOperation } from "../../domain/operation";
import { bodyTooLarge, malformed } from "../../kit/problem";
import { decryptSecret } from "../../kit/secrets";
import { changeAccounts } from "../integrations/channel-event";
import { deliverToConversations } from "./deliver";
import { park, type Parked } from "./parked";
import { signatureWrong } from "./problems";
import { freshRoutesOf, type Route, routesOf, secretsOfBusinesses } from "./routes";

/** Meta: "payloads of up to 3 MB". */
export const MAX_WEBHOOK_BYTES = 3 * 1024 * 1024;
const MAX_WEBHOOK_DEPTH = 64;

export default publicOperation({
  id: "receiveMetaWebhook",
  summary: "Receive Meta webhook (WhatsApp + Instagram)",
  description:
    "Signed with `X-Hub-Signature-256` over the raw body, with the app's secret or the account's own. Returns 200 when everything in it is stored durably; a repeated delivery changes nothing. Updates of unknown shape are kept and counted.",
  rawBody: {
    contentType: "application/json",
    schema: z.looseObject({ object: z.string(), entry: z.array(z.looseObject({ id: z.string() })) }),
  },
  response: z.object({ received: z.int().openapi({ description: "Number of updates in the delivery" }) }),
  problems: [signatureWrong, bodyTooLarge],
  handle: async ({ ctx, request }) => ({
    received: await receiveDelivery(
      ctx,
      await readBytes(request, MAX_WEBHOOK_BYTES),
      request.headers.get("x-hub-signature-256"),
    ),
  }),
});

const CHANNEL_OF_OBJECT: Record<string, Channel> = { whatsapp_business_account: "whatsapp" };

export async function receiveDelivery(ctx: PublicCtx, body: Uint8Array, signature: string | null): Promise<number> {
  // Nothing of the body is looked at before it is known to be the app's; only where it is not, it is read for whose it may be.
  const byApp = await verifySignature(body, signature, secretsOf(ctx));
  if (!byApp && !signature) throw signatureWrong();
  const delivery = parseDelivery(body, byApp);
  const channel = channelOf(delivery);
  const adapter = channel && adapterOf(channel);
  if (!channel || !adapter) {
    if (!byApp) throw signatureWrong();
    await park(ctx, [{ reason: "unknown", channel: "meta", account: null, updates: [{ raw: delivery }] }]);
    return 1;
  }
  const updates = adapter.parse(delivery);
  const accounts = updates.flatMap((update) => accountOf(update) ?? []);
  // By a secret of its own, an account's delivery is checked against the one of now.
  const routes = await (byApp ? routesOf : freshRoutesOf)(ctx, channel, accounts);
  if (
    !byApp &&
    !(await signedByOwners(ctx, {
      channel,
      body,
      signature,
      updates,
      routes,
      businesses: adapter.businessesOf(delivery),
    }))
  )
    throw signatureWrong();
  await takeIn(ctx, channel, updates, routes);
  return updates.length;
}

const secretsOf = (ctx: PublicCtx): string[] => (ctx.config.META_APP_SECRET ? [ctx.config.META_APP_SECRET] : []);

function parseDelivery(body: Uint8Array, trusted: boolean): unknown {
  try {
    const text = decodeUtf8(body);
    if (nestingOf(text) <= MAX_WEBHOOK_DEPTH) return readJson(text);
  } catch {
    // Falls through: what cannot be read is refused, to a stranger only as unsigned.
  }
  throw trusted ? malformed("the body is not JSON") : signatureWrong();
}

function channelOf(delivery: unknown): Channel | undefined {
  const object =
    typeof delivery === "object" && delivery !== null ? (delivery as { object?: unknown }).object : undefined;
  return typeof object === "string" ? CHANNEL_OF_OBJECT[object] : undefined;
}

type AccountEvent = Extract<ChannelUpdate, { kind: "account_event" }>;
const isAccountChange = (update: ChannelUpdate): update is AccountEvent & Required<Pick<AccountEvent, "change">> =>
  update.kind === "account_event" && update.change !== undefined;

const accountOf = (update: ChannelUpdate): string | undefined =>
  "account" in update && update.account ? update.account : undefined;

interface OwnSigned {
  channel: Channel;
  body: Uint8Array;
  signature: string | null;
  updates: readonly ChannelUpdate[];
  routes: Map<string, Route>;
  businesses: readonly string[];
}

/**
 * A delivery that the app did not sign: every account that is spoken of must have signed it with its own secret, and what is about
 * no account an owner of each business. None may speak for another.
 */
async function signedByOwners(
  ctx: PublicCtx,
  { channel, body, signature, updates, routes, businesses }: OwnSigned,
): Promise<boolean> {
  const accounts = updates.map((update) => accountOf(update)).filter((account) => account !== undefined);
  const ofAccounts = [...new Set(accounts)].map((account) => {
    const route = routes.get(account);
    return route?.appSecret ? [{ text: route.appSecret, place: `${route.accountId}:app_secret` }] : [];
  });
  const owners =
    accounts.length < updates.length
      ? [...ofAccounts, ...(await secretsOfBusinesses(ctx, channel, businesses))]
      : ofAccounts;
  if (owners.length === 0) return false;
  for (const secrets of owners) {
    const plain = await Promise.all(
      secrets.map(({ text, place }) => decryptSecret(ctx.config.ENCRYPTION_KEYS, text, place)),
    );
    if (!(await verifySignature(body, signature, plain))) return false;
  }
  return true;
}

/** Makes everything durable: with its conversation, or parked. */
async function takeIn(
  ctx: PublicCtx,
  channel: Channel,
  updates: readonly ChannelUpdate[],
  routes: Map<string, Route>,
): Promise<void> {
  const [changes, others] = [updates.filter(isAccountChange), updates.filter((update) => !isAccountChange(update))];
  // One after another: of two in one delivery the later says how it is.
  for (const { change, at } of changes) await changeAccounts(ctx, channel, change, at ?? ctx.now());
  const byAccount = Map.groupBy(others, (update) =>
    update.kind === "unknown" || update.kind === "account_event" ? undefined : (accountOf(update) ?? ""),
  );
  const parked: Parked[] = [];
  await Promise.all(
    [...byAccount].map(async ([account, theirs]) => {
      if (account === undefined) {
        parked.push({ reason: "unknown", channel, account: null, updates: theirs });
        return;
      }
      const route = routes.get(account);
      if (!route?.isActive) {
        parked.push({ reason: "unrouted", channel, account, updates: theirs });
        return;
      }
      const left = await deliverToConversations(ctx, channel, route, theirs);
      if (left.length > 0) parked.push({ reason: "busy", channel, account, updates: left });
    }),
  );
  await park(ctx, parked);
}
