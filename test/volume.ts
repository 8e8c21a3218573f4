import { env } from "cloudflare:workers";

/** `npm run test:full`: every combination, and volumes whole. */
export const FULL = env.FULL === "1";

/** How much of something is tried: all of it in `npm run test:full`, otherwise the smaller figure, a tenth or so. */
export const volume = (whole: number, part = Math.ceil(whole / 10)): number => (FULL ? whole : part);
