import { agents } from "./agents";
import { channels } from "./channels";
import { csat } from "./csat";
import { overview } from "./overview";
import { trends } from "./trends";
import { whatsappConversations } from "./whatsapp-conversations";
import { whatsappMessages } from "./whatsapp-messages";
import { whatsappTemplates } from "./whatsapp-templates";

export const analytics = [
  overview,
  trends,
  agents,
  channels,
  csat,
  whatsappMessages,
  whatsappConversations,
  whatsappTemplates,
];
