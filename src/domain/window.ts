import { HOUR } from "../kit/clock";
import { type Channel, CHANNELS } from "../channels/channel";
import { adapterOf } from "../channels/registry";

/**
 * The customer service window of a channel: how long after a customer's last message free text may be sent, and what
 * happens afterwards. Pure.
 */
export interface WindowRule {
  /** 0: the channel has no window. */
  windowHours: number;
  /** Whether a conversation is resolved when its window closes. */
  autoResolve: boolean;
  /** Whether that includes a conversation whose customer waits for an answer. */
  resolvesUnanswered: boolean;
  /** How long people may still answer, if the account's channel grants it. */
  humanAgentHours?: number | undefined;
  /** Whether free text is refused after the window has closed; templates are always allowed. */
  blocksText: boolean;
}

export type WindowRules = Readonly<Record<Channel, WindowRule>>;

export const WINDOW_STATUSES = ["open", "expiring", "expired"] as const;
export type WindowStatus = (typeof WINDOW_STATUSES)[number];

/** The channels' own rules. */
const CHANNEL_HOURS: Record<Channel, number> = { whatsapp: 24, instagram: 24, messenger: 24, email: 0 };

export const channelWindow = (channel: Channel): WindowRule => ({
  windowHours: adapterOf(channel)?.capabilities.window.hours ?? CHANNEL_HOURS[channel],
  autoResolve: true,
  resolvesUnanswered: false,
  blocksText: true,
});

export const CHANNEL_WINDOWS = Object.fromEntries(
  CHANNELS.map((channel) => [channel, channelWindow(channel)]),
) as WindowRules;

/**
 * When the window closes, in milliseconds since 1970; null: never. Without a message from the customer it is closed.
 */
export function windowClosesAt(
  lastInboundAt: number | null,
  { windowHours }: Pick<WindowRule, "windowHours">,
): number | null {
  return windowHours === 0 ? null : (lastInboundAt ?? 0) + windowHours * HOUR;
}

/** How long before its end a window is `expiring`: an hour, or a quarter of a short window. */
export const windowWarningMs = (windowHours: number): number => Math.min(HOUR, (windowHours * HOUR) / 4);

export function windowStatusAt(lastInboundAt: number | null, rule: WindowRule, now: number): WindowStatus {
  const closesAt = windowClosesAt(lastInboundAt, rule);
  if (closesAt === null) return "open";
  return now >= closesAt ? "expired" : now >= closesAt - windowWarningMs(rule.windowHours) ? "expiring" : "open";
}
