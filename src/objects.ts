import type { ConversationObject } from "../durable-objects/conversation";
import type { InboxObject } from "../durable-objects/inbox";
import type { RoutingObject } from "../durable-objects/routing";
import type { Cost } from "./kit/cost";
import type { OrgRef } from "./kit/context";
import { logError } from "./kit/log";

/** The only place that names an object. A name begins with its tenant, so no caller can reach another tenant's. */

interface Caller {
  env: Env;
  org: OrgRef;
  cost?: Cost;
}

/** Where an object is made when it is first called: the first call is often a webhook from another continent than the agents. */
const HINT_OF_COUNTRY: Record<string, DurableObjectLocationHint> = {
  ...Object.fromEntries(["US", "CA", "MX"].map((c) => [c, "enam"])),
  ...Object.fromEntries(["BR", "AR", "CL", "CO", "PE", "EC", "UY", "VE"].map((c) => [c, "sam"])),
  ...Object.fromEntries(
    ["GB", "IE", "FR", "DE", "NL", "BE", "LU", "CH", "ES", "PT", "IT", "AT", "DK", "NO", "SE"].map((c) => [c, "weur"]),
  ),
  ...Object.fromEntries(
    ["PL", "CZ", "SK", "HU", "RO", "BG", "UA", "FI", "EE", "LV", "LT", "GR", "TR"].map((c) => [c, "eeur"]),
  ),
  ...Object.fromEntries(
    ["ID", "SG", "MY", "TH", "VN", "PH", "JP", "KR", "TW", "HK", "CN", "IN", "BD", "PK", "LK"].map((c) => [c, "apac"]),
  ),
  ...Object.fromEntries(["AU", "NZ"].map((c) => [c, "oc"])),
  ...Object.fromEntries(["ZA", "NG", "KE", "GH", "TZ", "UG"].map((c) => [c, "afr"])),
  ...Object.fromEntries(["AE", "SA", "QA", "KW", "BH", "OM", "IL", "JO", "EG"].map((c) => [c, "me"])),
};

function placed(org: OrgRef): DurableObjectNamespaceGetDurableObjectOptions {
  const locationHint = org.country ? HINT_OF_COUNTRY[org.country] : undefined;
  return locationHint ? { locationHint } : {};
}

/** An object's methods as they are called from outside. (The platform's own type gives up on free-form JSON in answers.) */
type Remote<T> = {
  [
    K in Exclude<
      keyof T,
      keyof Rpc.DurableObjectBranded | "alarm" | "fetch" | "webSocketMessage" | "webSocketClose" | "webSocketError"
    >
  ]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
} & { fetch(request: Request): Promise<Response> };

export function conversationOf({ env, org, cost }: Caller, conversationId: string): Remote<ConversationObject> {
  if (cost) cost.objectCalls++;
  return env.CONVERSATION.getByName(
    `${org.id}:${conversationId}`,
    placed(org),
  ) as unknown as Remote<ConversationObject>;
}

export function inboxOf({ env, org, cost }: Caller): Remote<InboxObject> {
  if (cost) cost.objectCalls++;
  return env.INBOX.getByName(org.id, placed(org)) as unknown as Remote<InboxObject>;
}

/**
 * A conversation has come to wait, or an agent may take one more: allocation looks. Never throws, and need not be waited for: one
 * that is lost is made up for by the cron.
 */
export async function wakeRouting({ env, org }: Caller): Promise<void> {
  try {
    await (env.ROUTING.getByName(org.id, placed(org)) as unknown as Remote<RoutingObject>).wake(org);
  } catch (error) {
    logError("routing_wake_lost", error, { org_id: org.id });
  }
}
