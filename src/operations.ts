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
import { ingest } from "./areas/ingest";
import { integrations } from "./areas/integrations";
import { live } from "./areas/live";
import { media } from "./areas/media";
import { messages } from "./areas/messages";
import { notes } from "./areas/notes";
import { operatorArea } from "./areas/operator";
import { quickReplies } from "./areas/quick-replies";
import { roles } from "./areas/roles";
import { scheduledMessages } from "./areas/scheduled-messages";
import { transfers } from "./areas/transfers";
import { sla } from "./areas/sla";
import { workingHours } from "./areas/working-hours";
import { type Area, loadOperations, type MountedOperation } from "./kit/operation";

/** The whole API, in the order of the document. */
export const areas: readonly Area[] = [
  auth,
  conversations,
  messages,
  notes,
  scheduledMessages,
  csat,
  contacts,
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
  sla,
  media,
  integrations,
  ingest,
  live,
  operatorArea,
  health,
];

/** Every operation with where it is mounted. Loads all of them. */
export const allOperations = (): Promise<MountedOperation[]> => loadOperations(areas);
