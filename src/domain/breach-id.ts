import { uuidV5 } from "../kit/id";

/** One breach a cycle and type: whoever writes it, writes the same row. */
export const breachId = (conversationId: string, cycle: number, type: string): string =>
  uuidV5(conversationId, `sla:${cycle}:${type}`);
