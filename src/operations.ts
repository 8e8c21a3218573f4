import { activityLogs } from "./areas/activity-logs";
import { agents } from "./areas/agents";
import { analytics } from "./areas/analytics";
import { apiKeys } from "./areas/api-keys";
import { auth } from "./areas/auth";
import { chatExpiration } from "./areas/chat-expiration";
import { contacts } from "./areas/contacts";
import { conversations } from "./areas/conversations";
import { csat } from "./areas/csat";
import { divisions } from "./areas/divisions";
import { health } from "./areas/health";
import { integrations } from "./areas/integrations";
import { live } from "./areas/live";
import { media } from "./areas/media";
import { messages } from "./areas/messages";
import { notes } from "./areas/notes";
import { operator } from "./areas/operator";
import { quickReplies } from "./areas/quick-replies";
import { roles } from "./areas/roles";
import { scheduledMessages } from "./areas/scheduled-messages";
import { transfers } from "./areas/transfers";
import { sla } from "./areas/sla";
import { webhooks } from "./areas/ingest";
import { workingHours } from "./areas/working-hours";

/** The whole API on one screen. */
export const operations = [
  ...auth,
  ...conversations,
  ...messages,
  ...notes,
  ...scheduledMessages,
  ...csat,
  ...contacts,
  ...quickReplies,
  ...agents,
  ...divisions,
  ...transfers,
  ...roles,
  ...apiKeys,
  ...activityLogs,
  ...workingHours,
  ...analytics,
  ...chatExpiration,
  ...sla,
  ...media,
  ...integrations,
  ...webhooks,
  ...live,
  ...operator,
  ...health,
];
