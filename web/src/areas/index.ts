import type { Area } from "./area";
import { inbox } from "./inbox";

/** In the order of the navigation. */
export const areas: readonly Area[] = [inbox];
