import { activities } from "../areas/activity-logs/effect";
import { counts } from "../areas/analytics/effect";
import { contacts } from "../areas/contacts/effect";
import { conversations, deletedDivisions, renamedContacts } from "../areas/conversations/effect";
import { surveys } from "../areas/csat/effect";
import { routing } from "../areas/divisions/effect";
import { media } from "../areas/media/effect";
import { texts } from "../areas/messages/effect";
import { breaches, clocks, policiesOfDivision, settingsVersion } from "../areas/sla/effect";
import { hoursOfDivision } from "../areas/working-hours/effect";
import { accountsOfDivision } from "../areas/integrations/effect";
import { transfers } from "../areas/transfers/effect";
import type { Effect } from "../domain/effect";

/** Everything that events lead to, in the order of a batch's statements. */
export const effects: Effect[] = [
  contacts,
  conversations,
  texts,
  media,
  activities,
  transfers,
  clocks,
  breaches,
  counts,
  surveys,
  settingsVersion,
  policiesOfDivision,
  hoursOfDivision,
  accountsOfDivision,
  deletedDivisions,
  renamedContacts,
  routing,
];
