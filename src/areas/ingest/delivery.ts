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
import { deliverySecretsOf, freshRoutesOf, openSecrets, routesOf, secretsOfOwners } from "../integrations/routes";
import { deliverToConversations } from "./deliver";
import { park, type Parked } from "./parked";
import { signatureWrong } from "./problems";

/**
 * Authenticates and applies a delivery of any channel. Everything is durable when it returns the number of updates.
 * Throws `webhook_signature_wrong`, and `malformed_request` for a body that cannot be read.
 */
export async function receiveDelivery(ctx: PublicCtx, ingress: Ingress, delivery: RawDelivery): Promise<number> {
  // An unauthenticated body is read only if the deployment's secrets do not verify it: its accounts tell whose secret
  // may.
  const isTrusted = await ingress.verify(delivery, ingress.secrets(ctx.config));
  if (!isTrusted && !ingress.isSigned(delivery)) throw signatureWrong();
  const payload = await readPayload(ctx, ingress, delivery, isTrusted);
  const channel = ingress.channelOf(payload);
  const adapter = channel && adapterOf(channel);
  if (!channel || !adapter) {
    if (!isTrusted) throw signatureWrong();
    await park(ctx, [{ reason: "unknown", channel: ingress.name, account: null, updates: [{ raw: payload }] }]);
    return 1;
  }
  if (!isTrusted && !(await isSignedByAccounts(ctx, ingress, delivery, adapter, payload))) throw signatureWrong();
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
 * Whether the delivery is signed with a secret of every account that it names, and, if a part of it is about no
 * account, with a secret of an account of every owner that it names: no account may speak for another. Reads the routes
 * from the database.
 */
async function isSignedByAccounts(
  ctx: PublicCtx,
  ingress: Ingress,
  delivery: RawDelivery,
  { channel, accountsOf }: ChannelAdapter,
  payload: unknown,
): Promise<boolean> {
  const { accounts, owners } = accountsOf(payload);
  const routes = await freshRoutesOf(ctx, channel, accounts);
  const candidates = [
    ...accounts.map((account) => deliverySecretsOf(channel, routes.get(account))),
    ...(owners.length > 0 ? await secretsOfOwners(ctx, channel, owners) : []),
  ];
  if (candidates.length === 0) return false;
  for (const secrets of candidates) {
    if (!(await ingress.verify(delivery, await openSecrets(ctx, secrets)))) return false;
  }
  return true;
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
