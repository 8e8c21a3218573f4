import {
  type Channel,
  type ChannelAdapter,
  channelServices,
  type ChannelUpdate,
  type Ingress,
  type RawDelivery,
} from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { PublicCtx } from "../../kit/context";
import { malformed } from "../../kit/problem";
import { changeAccounts } from "../integrations/channel-event";
import { deliverySecretsOf, freshRoutesOf, openSecrets, routesOf, secretsOfOwner } from "../integrations/routes";
import { changeTemplate } from "../wa-templates/channel-event";
import { deliverToConversations } from "./deliver";
import { withinLimits } from "./limits";
import { park, type Parked } from "./parked";
import { signatureWrong } from "./problems";

/**
 * Authenticates and applies a delivery of any channel. Everything is durable when it returns the number of updates.
 * Throws `webhook_signature_wrong`, `malformed_request` for a body that cannot be read, and `webhook_backlog_full` if an
 * account has more waiting than it may.
 */
export async function receiveDelivery(ctx: PublicCtx, ingress: Ingress, delivery: RawDelivery): Promise<number> {
  const isTrusted = await ingress.verify(delivery, ingress.secrets(ctx.config));
  // Anybody may send what follows, so it is bounded: the payload must be read to know whose secret may verify it.
  if (!isTrusted && delivery.body.byteLength > ingress.maxBytesOfAccount) throw signatureWrong();
  const payload = await readPayload(ctx, ingress, delivery, isTrusted);
  const channel = ingress.channelOf(payload);
  const adapter = channel && adapterOf(channel);
  if (!channel || !adapter) {
    if (!isTrusted) throw signatureWrong();
    await park(ctx, [{ reason: "unknown", channel: ingress.name, account: null, updates: [{ raw: payload }] }]);
    return 1;
  }
  const signer = isTrusted ? undefined : await verifiedSigner(ctx, ingress, delivery, adapter, payload);
  if (!isTrusted && !signer) throw signatureWrong();
  const updates = adapter.parse(payload);
  const now = ctx.now();
  await acceptUpdates(
    ctx,
    channel,
    updates.flatMap((update) => withinLimits(withTime(update, now))),
    signer,
  );
  return updates.length;
}

async function readPayload(
  ctx: PublicCtx,
  ingress: Ingress,
  delivery: RawDelivery,
  isTrusted: boolean,
): Promise<unknown> {
  try {
    return await ingress.read(delivery, channelServices(ctx.env));
  } catch {
    // An unauthenticated caller learns only that the signature is wrong.
    throw isTrusted ? malformed("the body cannot be read") : signatureWrong();
  }
}

/**
 * The account, if the delivery is about it alone and signed with its secret, or the owner, if it is about that alone
 * and signed with the secret of one of the owner's accounts: no account may speak for another. Reads the routes of one of them from the database,
 * and messages only once the signature holds.
 */
async function verifiedSigner(
  ctx: PublicCtx,
  ingress: Ingress,
  delivery: RawDelivery,
  { channel, signerOf, accountsOf }: ChannelAdapter,
  payload: unknown,
): Promise<string | undefined> {
  const signer = signerOf(payload);
  if (!signer) return undefined;
  const { account, owner } = signer;
  const route = account === undefined ? undefined : (await freshRoutesOf(ctx, channel, [account])).get(account);
  const secrets = owner === undefined ? deliverySecretsOf(channel, route) : await secretsOfOwner(ctx, channel, owner);
  if (!(await ingress.verify(delivery, await openSecrets(ctx, secrets)))) return undefined;
  const named = accountsOf(payload);
  const isAlone =
    named.accounts.every((each) => each === account) &&
    named.owners.every((each) => each === (owner ?? route?.ownerId));
  return isAlone ? (account ?? owner) : undefined;
}

type AccountEvent = Extract<ChannelUpdate, { kind: "account_event" }>;
const isAccountEvent = (update: ChannelUpdate): update is AccountEvent => update.kind === "account_event";

/**
 * Kinds that no conversation applies: they are stored and counted like unknown shapes, except for changes of accounts
 * that we have.
 */
const STORED_ONLY: ReadonlySet<ChannelUpdate["kind"]> = new Set<ChannelUpdate["kind"]>(["unknown", "account_event"]);

/**
 * The number of messages of history that are applied before a delivery is answered. A delivery may have thousands; the
 * others are parked and follow at once.
 */
const MAX_HISTORY = 500;

function splitHistory(updates: readonly ChannelUpdate[]): [now: ChannelUpdate[], later: ChannelUpdate[]] {
  const history = updates.filter(({ kind }) => kind === "history");
  if (history.length <= MAX_HISTORY) return [[...updates], []];
  const later = history.slice(MAX_HISTORY);
  const isLater = new Set(later);
  return [updates.filter((update) => !isLater.has(update)), later];
}

const accountIdOf = (update: ChannelUpdate): string | undefined =>
  "account" in update && update.account ? update.account : undefined;

/** An update of which the channel does not report the time has that of its delivery. */
function withTime<U extends ChannelUpdate>(update: U, now: number): U {
  if ("message" in update && update.message.at === 0) return { ...update, message: { ...update.message, at: now } };
  return "at" in update && update.at === 0 ? { ...update, at: now } : update;
}

/**
 * Makes the updates of an authenticated delivery durable: applied by their conversation, or parked. `signer`: the
 * account or owner whose own secret signed it.
 */
export async function acceptUpdates(
  ctx: PublicCtx,
  channel: Channel,
  updates: readonly ChannelUpdate[],
  signer: string | undefined,
): Promise<void> {
  const accounts = updates.flatMap((update) => accountIdOf(update) ?? []);
  const routes = await routesOf(ctx, channel, accounts);
  const applied = new Set<ChannelUpdate>();
  // In sequence: if two changes of one account have no time, the later must win.
  for (const update of updates.filter(isAccountEvent)) {
    const { change, template, at } = update;
    if (change && (await changeAccounts(ctx, channel, change, at))) applied.add(update);
    if (template && (await changeTemplate(ctx, channel, template, at ?? ctx.now()))) applied.add(update);
  }
  const stored = updates.filter((update) => STORED_ONLY.has(update.kind) && !applied.has(update));
  const delivered = updates.filter(({ kind }) => !STORED_ONLY.has(kind));
  const parked: Parked[] = [...Map.groupBy(stored, accountIdOf)].map(([account = null, theirs]) => ({
    reason: "unknown",
    channel,
    account,
    updates: theirs,
  }));
  await Promise.all(
    [...Map.groupBy(delivered, (update) => accountIdOf(update) ?? "")].map(async ([account, theirs]) => {
      const route = routes.get(account);
      if (!route?.isActive) {
        parked.push({ reason: "unrouted", channel, account, updates: theirs });
        return;
      }
      const [now, later] = splitHistory(theirs);
      if (later.length > 0) parked.push({ reason: "history", channel, account, updates: later });
      const left = await deliverToConversations(ctx, channel, route, now);
      if (left.length > 0) parked.push({ reason: "busy", channel, account, updates: left });
    }),
  );
  await park(ctx, parked, signer);
}
