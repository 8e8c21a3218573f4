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
import { deliverToConversations } from "./deliver";
import { park, type Parked } from "./parked";
import { signatureWrong } from "./problems";

/**
 * Authenticates and applies a delivery of any channel. Everything is durable when it returns the number of updates.
 * Throws `webhook_signature_wrong`, and `malformed_request` for a body that cannot be read.
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
  if (!isTrusted && !(await isSignedByAccount(ctx, ingress, delivery, adapter, payload))) throw signatureWrong();
  const updates = adapter.parse(payload);
  await acceptUpdates(ctx, channel, updates);
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
 * Whether the delivery is about one account and signed with its secret, or about one owner and signed with the secret
 * of one of the owner's accounts: no account may speak for another. Reads the routes of one of them from the database,
 * and messages only once the signature holds.
 */
async function isSignedByAccount(
  ctx: PublicCtx,
  ingress: Ingress,
  delivery: RawDelivery,
  { channel, signerOf, accountsOf }: ChannelAdapter,
  payload: unknown,
): Promise<boolean> {
  const signer = signerOf(payload);
  if (!signer) return false;
  const { account, owner } = signer;
  const route = account === undefined ? undefined : (await freshRoutesOf(ctx, channel, [account])).get(account);
  const secrets = owner === undefined ? deliverySecretsOf(channel, route) : await secretsOfOwner(ctx, channel, owner);
  if (!(await ingress.verify(delivery, await openSecrets(ctx, secrets)))) return false;
  const named = accountsOf(payload);
  return (
    named.accounts.every((each) => each === account) && named.owners.every((each) => each === (owner ?? route?.ownerId))
  );
}

type AccountEvent = Extract<ChannelUpdate, { kind: "account_event" }>;
const isAccountChange = (update: ChannelUpdate): update is AccountEvent & Required<Pick<AccountEvent, "change">> =>
  update.kind === "account_event" && update.change !== undefined;

/** Kinds that no conversation applies: they are stored and counted like unknown shapes. */
const STORED_ONLY: ReadonlySet<ChannelUpdate["kind"]> = new Set<ChannelUpdate["kind"]>([
  "unknown",
  "account_event",
  "announced",
  "echo",
  "thread_control",
]);

const accountIdOf = (update: ChannelUpdate): string | undefined =>
  "account" in update && update.account ? update.account : undefined;

/** Makes the updates of an authenticated delivery durable: applied by their conversation, or parked. */
async function acceptUpdates(ctx: PublicCtx, channel: Channel, updates: readonly ChannelUpdate[]): Promise<void> {
  const accounts = updates.flatMap((update) => accountIdOf(update) ?? []);
  const routes = await routesOf(ctx, channel, accounts);
  const [changes, others] = [updates.filter(isAccountChange), updates.filter((update) => !isAccountChange(update))];
  // In sequence: of two changes of one account, the later must win.
  for (const { change, at } of changes) await changeAccounts(ctx, channel, change, at ?? ctx.now());
  const byAccount = Map.groupBy(others, (update) =>
    STORED_ONLY.has(update.kind) ? undefined : (accountIdOf(update) ?? ""),
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
