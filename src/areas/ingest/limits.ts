import type { ChannelUpdate } from "../../channels/channel";
import { cut } from "../../kit/cut";
import { sha256Hex } from "../../kit/id";

/** Below the 2 MB that a row of D1 and of an object holds. No channel that delivers JSON has such a message. */
export const MAX_UPDATE_BYTES = 1_000_000;
/** The part that is kept of a payload that nothing will apply. */
const MAX_UNKNOWN_CHARS = 2048;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * The updates that can be stored whole in place of one that cannot, which would fail with everything beside it: a
 * message becomes an `unsupported` one, so that the inbox shows it, and what it was is kept as `unknown`. Pure.
 */
export function withinLimits(update: ChannelUpdate): ChannelUpdate[] {
  if (bytesOf(update) <= MAX_UPDATE_BYTES) return [update];
  const rest = summaryOf(update) as ChannelUpdate;
  if (!("message" in update)) return [rest];
  const { externalId, at, type } = update.message;
  const shown: ChannelUpdate = {
    ...update,
    message: { externalId, at, type: "unsupported", content: { original_type: type } },
  };
  return bytesOf(shown) <= MAX_UPDATE_BYTES ? [shown, rest] : [rest];
}

/** An update that is only kept for inspection: whole if it is small, else its beginning, size and hash. Pure. */
export function summaryOf(update: object): object {
  const text = JSON.stringify(update);
  if (text.length <= MAX_UNKNOWN_CHARS) return update;
  const { kind, account, reason } = update as { kind?: string; account?: string; reason?: string };
  return {
    kind: "unknown",
    ...(account !== undefined && account.length <= 200 && { account }),
    reason: cut(reason ?? kind ?? "other_channel", 200),
    chars: text.length,
    sha256: sha256Hex(text),
    raw: cut(text, MAX_UNKNOWN_CHARS),
  };
}
