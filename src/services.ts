import { endedCredentials, rightsOfAgents, systemContext } from "./areas/access/authenticate";
import { settingsOf } from "./areas/access/settings-of";
import { saveCounts } from "./areas/campaigns/counts";
import { dropImport, readImport } from "./areas/campaigns/import";
import { sendingFacts } from "./areas/contacts/suppression";
import { oldestWaiting, openWork } from "./areas/divisions/queue";
import { forgetReopened } from "./areas/divisions/reopened";
import { keepMailNames } from "./areas/ingest/effect";
import { loadSendingAccount, markAccountFailing, markAccountWorking } from "./areas/integrations/sending-account";
import { copyMedia } from "./areas/media/copy";
import type { Ctx } from "./domain/context";
import { WebhookQueue } from "./areas/webhooks/queue";
import type {
  CampaignServices,
  ConversationServices,
  EndpointServices,
  InboxServices,
  RoutingServices,
} from "./domain/services";
import { publicContext } from "./effects/context";
import type { CampaignSending } from "./domain/campaign-sending";
import type { OrgRef } from "./kit/context";

const systemOf = (
  env: Env,
  { orgId, tenantDb, country }: Pick<OrgRef, "tenantDb" | "country"> & { orgId: string },
): Ctx =>
  systemContext(
    publicContext(env, () => {}),
    { id: orgId, tenantDb, ...(country !== undefined && { country }) },
  );

/** Implements src/domain/services.ts with the areas' functions; the only file that objects import for it. */
export const conversationServices: ConversationServices = {
  settings: settingsOf,
  loadAccount: loadSendingAccount,
  markAccountFailing: (env, account, used, error) =>
    markAccountFailing(systemOf(env, account), account.accountId, used, error),
  markAccountWorking: (env, account, used) => markAccountWorking(systemOf(env, account), account.accountId, used),
  sendingFacts,
  keepMailNames,
  copyMedia,
};

export const inboxServices: InboxServices = {
  endedCredentials,
  rightsOfAgents,
  // Loaded with the first push: most organizations have none.
  notifyAgent: async (env, { id: orgId, tenantDb }, item) =>
    (await import("./areas/push/notify")).notifyAgent(systemOf(env, { orgId, tenantDb }), item),
};

export const routingServices: RoutingServices = { openWork, oldestWaiting, forgetReopened };

export const campaignServices: CampaignServices = {
  readImport,
  dropImport,
  saveCounts,
  costs: async (env, whose) => (await import("./areas/campaigns/costing")).costsOf(env, whose),
};

export const endpointServices: EndpointServices = {
  queueOf: (env, webhook) => new WebhookQueue(() => systemOf(env, webhook), webhook.webhookId),
};

const plans = () => import("./areas/campaigns/plan");
const endings = () => import("./areas/campaigns/progress");

/** Loaded when a campaign is sent: it needs modules that nothing else of an object does. */
export const campaignSending: CampaignSending = {
  plan: async (env, whose) => (await plans()).loadPlan(systemOf(env, whose), whose.campaignId),
  end: async (env, whose, ...how) => (await endings()).endSending(systemOf(env, whose), whose.campaignId, ...how),
  show: async (env, whose, why) => (await endings()).showReason(systemOf(env, whose), whose.campaignId, why),
  keepAwake: async (env, whose, until) => (await endings()).keepAwake(systemOf(env, whose), whose.campaignId, until),
};
