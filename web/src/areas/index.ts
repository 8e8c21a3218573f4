import { activity } from "./activity";
import { analytics } from "./analytics";
import type { Area } from "./area";
import { campaigns } from "./campaigns";
import { channels } from "./channels";
import { contacts } from "./contacts";
import { inbox } from "./inbox";
import { operator } from "./operator";
import { quickReplies } from "./quick-replies";
import { search } from "./search";
import { settings } from "./settings";
import { team } from "./team";
import { templates } from "./templates";
import { webhooks } from "./webhooks";

/** In the order of the navigation. */
export const areas: readonly Area[] = [
  inbox,
  contacts,
  campaigns,
  search,
  analytics,
  team,
  settings,
  channels,
  templates,
  quickReplies,
  webhooks,
  activity,
  operator,
];
