import { agents } from "./areas/agents";
import { auth } from "./areas/auth";
import { contacts } from "./areas/contacts";
import { conversations } from "./areas/conversations";
import { health } from "./areas/health";
import { integrations } from "./areas/integrations";
import { live } from "./areas/live";
import { media } from "./areas/media";
import { messages } from "./areas/messages";
import { operator } from "./areas/operator";
import { webhooks } from "./areas/webhooks";

/** The whole API on one screen. */
export const operations = [...auth, ...conversations, ...messages, ...contacts, ...agents, ...media, ...integrations, ...webhooks, ...live, ...operator, ...health];
