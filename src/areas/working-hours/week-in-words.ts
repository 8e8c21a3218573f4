import type { Ctx } from "../../domain/context";
import { hoursOf, inWords } from "./store";

/** A division's own week, as the activity log shows it. */
export const weekInWords = async (ctx: Ctx, divisionId: string): Promise<string[]> =>
  inWords(await hoursOf(ctx, divisionId));
