import { DurableObject } from "cloudflare:workers";

/** One campaign: its recipients, and the only one that sends for it (docs/adr/0024). */
export class CampaignObject extends DurableObject<Env> {}
