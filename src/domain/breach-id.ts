import { uuidV5 } from "../kit/id";

/** Derived, one per cycle and type: every writer of a breach writes the same row. */
export const breachId = (conversationId: string, cycle: number, type: string): string =>
  uuidV5(conversationId, `sla:${cycle}:${type}`);
