import { forgetChannelAnalytics } from "../areas/analytics/forget";
import { forgetSessions } from "../areas/auth/forget";
import { finishProvisionings } from "../areas/auth/finish-provisionings";
import { expireWindows } from "../areas/conversations/expire-windows";
import { leaveDeletedDivisions } from "../areas/conversations/leave-deleted-divisions";
import { unassignInactiveAgents } from "../areas/conversations/unassign-inactive-agents";
import { expireSurveys } from "../areas/csat/expire";
import { wakeQueues } from "../areas/divisions/wake-queues";
import { deliverDueParked, forgetParked } from "../areas/ingest/sweep-parked";
import { dropBrokenUploads } from "../areas/media/drop-broken";
import { sendDue } from "../areas/scheduled-messages/sweep";
import { settleDueClocks } from "../areas/sla/settle-due";
import { drainDueEvents } from "../effects/drain";
import { forgetIdempotencyKeys } from "../kit/idempotency";
import { forgetRateLimits } from "../kit/rate-limit";
import type { Sweep } from "../kit/sweep";

/** Everything that the clock does: every minute, in no order. */
export const sweeps: readonly Sweep[] = [
  deliverDueParked,
  finishProvisionings,
  expireWindows,
  settleDueClocks,
  sendDue,
  unassignInactiveAgents,
  leaveDeletedDivisions,
  wakeQueues,
  drainDueEvents,
  dropBrokenUploads,
  expireSurveys,
  forgetParked,
  forgetRateLimits,
  forgetIdempotencyKeys,
  forgetSessions,
  forgetChannelAnalytics,
];
