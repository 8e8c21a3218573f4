import type {
  CampaignApi,
  ConversationApi,
  EndpointApi,
  InboxApi,
  PacerApi,
  RoutedOrg,
  RoutingApi,
} from "./domain/object-apis";
import type { Cost } from "./kit/cost";
import { logError } from "./kit/log";

/**
 * The only file that makes objects' names. A name begins with its tenant, so no caller can reach another tenant's
 * object.
 */

interface Caller<Org extends { id: string } = { id: string }> {
  env: Env;
  /** `country`: the organization's country, if known; it decides where a new object is placed. */
  org: Org & { country?: string | null };
  cost?: Cost;
}

/** Objects are placed near the organization, because their first caller is often a webhook from another continent. */
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

function locationOptions(country: string | null | undefined): DurableObjectNamespaceGetDurableObjectOptions {
  const locationHint = country ? HINT_OF_COUNTRY[country] : undefined;
  return locationHint ? { locationHint } : {};
}

export function conversationOf({ env, org, cost }: Caller, conversationId: string): ConversationApi {
  if (cost) cost.objectCalls++;
  const stub = env.CONVERSATION.getByName(`${org.id}:${conversationId}`, locationOptions(org.country));
  // The platform's stub type cannot express free-form JSON in answers.
  return stub as unknown as ConversationApi;
}

export function inboxOf({ env, org, cost }: Caller): InboxApi {
  if (cost) cost.objectCalls++;
  return env.INBOX.getByName(org.id, locationOptions(org.country)) as unknown as InboxApi;
}

export function campaignOf({ env, org, cost }: Caller, campaignId: string): CampaignApi {
  if (cost) cost.objectCalls++;
  return env.CAMPAIGN.getByName(`${org.id}:${campaignId}`, locationOptions(org.country)) as unknown as CampaignApi;
}

/** The pace of the number or mailbox of an account. */
export function pacerOf({ env, org, cost }: Caller, accountId: string): PacerApi {
  if (cost) cost.objectCalls++;
  return env.PACER.getByName(`${org.id}:${accountId}`, locationOptions(org.country)) as unknown as PacerApi;
}

/** Wakes allocation. Never throws and need not be awaited: a sweep makes up for a lost call. */
export async function wakeRouting({ env, org }: Caller<RoutedOrg>): Promise<void> {
  try {
    const routing = env.ROUTING.getByName(org.id, locationOptions(org.country)) as unknown as RoutingApi;
    await routing.wake({ id: org.id, tenantDb: org.tenantDb });
  } catch (error) {
    logError("routing_wake_lost", error, { org_id: org.id });
  }
}

/** Has a webhook's due deliveries sent. Never throws: a sweep makes up for a lost call. */
export async function wakeEndpoint({ env, org }: Caller<RoutedOrg>, webhookId: string): Promise<void> {
  try {
    const name = `${org.id}:${webhookId}`;
    const endpoint = env.ENDPOINT.getByName(name, locationOptions(org.country)) as unknown as EndpointApi;
    await endpoint.wake({ orgId: org.id, tenantDb: org.tenantDb, webhookId });
  } catch (error) {
    logError("webhook_wake_lost", error, { org_id: org.id, webhook_id: webhookId });
  }
}
