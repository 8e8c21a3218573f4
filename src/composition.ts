import { activityLogs } from "./areas/activity-logs";
import { activities } from "./areas/activity-logs/effect";
import { agents } from "./areas/agents";
import { analytics } from "./areas/analytics";
import { counts } from "./areas/analytics/effect";
import { forgetChannelAnalytics } from "./areas/analytics/forget";
import { apiKeys } from "./areas/api-keys";
import { auth } from "./areas/auth";
import { finishProvisionings } from "./areas/auth/finish-provisionings";
import { forgetSessions } from "./areas/auth/forget";
import { campaignSettings } from "./areas/campaign-settings";
import { campaigns } from "./areas/campaigns";
import { affectedCampaigns, campaignObjects } from "./areas/campaigns/effect";
import { startDueCampaigns } from "./areas/campaigns/sweep";
import { chatExpiration } from "./areas/chat-expiration";
import { erasure } from "./areas/erasure";
import { eraseContacts } from "./areas/erasure/erase-sweep";
import { contacts } from "./areas/contacts";
import { contacts as contactsEffect, marketingDecisions } from "./areas/contacts/effect";
import { suppressions } from "./areas/contacts/suppression";
import { conversations } from "./areas/conversations";
import { conversations as conversationsEffect, deletedDivisions, renamedContacts } from "./areas/conversations/effect";
import { expireWindows } from "./areas/conversations/expire-windows";
import { leaveDeletedDivisions } from "./areas/conversations/leave-deleted-divisions";
import { moveWindowBounds } from "./areas/conversations/move-window-bounds";
import { releaseInactiveAgents } from "./areas/conversations/release-inactive-agents";
import { csat } from "./areas/csat";
import { askAfterResolve, surveyAsks } from "./areas/csat/ask";
import { surveys } from "./areas/csat/effect";
import { expireSurveys } from "./areas/csat/expire";
import { divisions } from "./areas/divisions";
import { reopenings, routing } from "./areas/divisions/effect";
import { wakeQueues } from "./areas/divisions/wake-queues";
import { health } from "./areas/health";
import { ingest } from "./areas/ingest";
import { mailNames } from "./areas/ingest/effect";
import { deliverDueParked, forgetParked } from "./areas/ingest/sweep-parked";
import { integrations } from "./areas/integrations";
import { accountsOfDivision } from "./areas/integrations/effect";
import { forgetLogins } from "./areas/integrations/forget-logins";
import { renewDueTokens } from "./areas/integrations/renew-due";
import { live } from "./areas/live";
import { heardEntities } from "./areas/live/effect";
import { media } from "./areas/media";
import { dropBrokenUploads } from "./areas/media/drop-broken";
import { media as mediaEffect } from "./areas/media/effect";
import { messages } from "./areas/messages";
import { texts } from "./areas/messages/effect";
import { notes } from "./areas/notes";
import { operatorArea } from "./areas/operator";
import { quickReplies } from "./areas/quick-replies";
import { roles } from "./areas/roles";
import { scheduledMessages } from "./areas/scheduled-messages";
import { sendDue } from "./areas/scheduled-messages/sweep";
import { sla } from "./areas/sla";
import { breaches, clocks, policiesOfDivision, previousDefault, settingsVersion } from "./areas/sla/effect";
import { settleDueClocks } from "./areas/sla/settle-due";
import { transfers } from "./areas/transfers";
import { transfers as transfersEffect } from "./areas/transfers/effect";
import { waTemplates } from "./areas/wa-templates";
import { refusedTemplates, templatesOfAccount } from "./areas/wa-templates/effect";
import { syncDueTemplates } from "./areas/wa-templates/sweep";
import { webhooks } from "./areas/webhooks";
import { deliveries } from "./areas/webhooks/effect";
import { forgetDeliveries, wakeWebhooks } from "./areas/webhooks/sweeps";
import { workspace } from "./areas/workspace";
import { workspaceOfAgent } from "./areas/workspace/effect";
import { forgetDrafts } from "./areas/workspace/forget-drafts";
import { forgetBulkJobs, runDueBulkJobs } from "./areas/conversations/bulk-sweeps";
import { organization } from "./areas/organization";
import { push } from "./areas/push";
import { workingHours } from "./areas/working-hours";
import { hoursOfDivision } from "./areas/working-hours/effect";
import { forgetIdempotencyKeys } from "./kit/idempotency";
import { forgetRateLimits } from "./kit/rate-limit";
import type { Effect } from "./domain/effect";
import { type Area, loadOperations, type MountedOperation } from "./kit/operation";
import type { Sweep } from "./kit/sweep";

/** The composition of the product. A new area, effect or sweep is added to a list here. */

/** The whole API, in the document's order. */
export const areas: readonly Area[] = [
  auth,
  conversations,
  messages,
  notes,
  scheduledMessages,
  csat,
  campaigns,
  contacts,
  erasure,
  quickReplies,
  agents,
  divisions,
  transfers,
  roles,
  apiKeys,
  activityLogs,
  workingHours,
  analytics,
  chatExpiration,
  campaignSettings,
  organization,
  sla,
  media,
  integrations,
  waTemplates,
  webhooks,
  ingest,
  workspace,
  push,
  live,
  operatorArea,
  health,
];

/**
 * All effects of events, in the order of a batch's statements: webhooks must know which contacts are new; contacts precede conversations, whose search words need
 * them, as do counts, which read what D1 has of each conversation.
 */
export const effects: Effect[] = [
  deliveries,
  contactsEffect,
  marketingDecisions,
  suppressions,
  counts,
  conversationsEffect,
  texts,
  mediaEffect,
  mailNames,
  activities,
  transfersEffect,
  clocks,
  breaches,
  surveys,
  surveyAsks,
  settingsVersion,
  policiesOfDivision,
  previousDefault,
  hoursOfDivision,
  workspaceOfAgent,
  accountsOfDivision,
  refusedTemplates,
  templatesOfAccount,
  deletedDivisions,
  renamedContacts,
  campaignObjects,
  affectedCampaigns,
  heardEntities,
  reopenings,
  routing,
];

/** The sweeps of the areas, which run every minute, in no order. */
export const sweeps: readonly Sweep[] = [
  deliverDueParked,
  runDueBulkJobs,
  eraseContacts,
  finishProvisionings,
  expireWindows,
  moveWindowBounds,
  settleDueClocks,
  sendDue,
  releaseInactiveAgents,
  leaveDeletedDivisions,
  wakeQueues,
  dropBrokenUploads,
  renewDueTokens,
  expireSurveys,
  askAfterResolve,
  syncDueTemplates,
  startDueCampaigns,
  wakeWebhooks,
  forgetDeliveries,
  forgetParked,
  forgetRateLimits,
  forgetIdempotencyKeys,
  forgetSessions,
  forgetDrafts,
  forgetBulkJobs,
  forgetLogins,
  forgetChannelAnalytics,
];

/** All operations with their routes. Loads every one of them. */
export const allOperations = (): Promise<MountedOperation[]> => loadOperations(areas);
