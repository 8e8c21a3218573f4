import { activityLogs } from "./activity-logs.fixture";
import { agents } from "./agents.fixture";
import { analytics } from "./analytics.fixture";
import { apiKeys } from "./api-keys.fixture";
import { auth } from "./auth.fixture";
import { campaignSettings } from "./campaign-settings.fixture";
import { campaigns } from "./campaigns.fixture";
import { chatExpiration } from "./chat-expiration.fixture";
import { contacts } from "./contacts.fixture";
import { conversations } from "./conversations.fixture";
import { csat } from "./csat.fixture";
import { divisions } from "./divisions.fixture";
import type { Fixture } from "./fixture";
import { health } from "./health.fixture";
import { ingest } from "./ingest.fixture";
import { integrations } from "./integrations.fixture";
import { live } from "./live.fixture";
import { media } from "./media.fixture";
import { messages } from "./messages.fixture";
import { notes } from "./notes.fixture";
import { operator } from "./operator.fixture";
import { organization } from "./organization.fixture";
import { push } from "./push.fixture";
import { quickReplies } from "./quick-replies.fixture";
import { roles } from "./roles.fixture";
import { scheduledMessages } from "./scheduled-messages.fixture";
import { sla } from "./sla.fixture";
import { transfers } from "./transfers.fixture";
import { waTemplates } from "./wa-templates.fixture";
import { webhooks } from "./webhooks.fixture";
import { workspace } from "./workspace.fixture";
import { workingHours } from "./working-hours.fixture";

/** Every area's fixture, in the order in which they make things: each may use what those above it have made. */
export const fixtures: readonly Fixture[] = [
  auth,
  agents,
  integrations,
  divisions,
  conversations,
  contacts,
  messages,
  media,
  roles,
  apiKeys,
  sla,
  scheduledMessages,
  quickReplies,
  notes,
  csat,
  transfers,
  workingHours,
  workspace,
  organization,
  push,
  chatExpiration,
  campaignSettings,
  activityLogs,
  analytics,
  live,
  operator,
  waTemplates,
  campaigns,
  webhooks,
  ingest,
  health,
];
