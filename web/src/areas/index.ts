import type { Area } from "./area";
import { contacts } from "./contacts";
import { inbox } from "./inbox";

/** In the order of the navigation. */
export const areas: readonly Area[] = [inbox, contacts];
