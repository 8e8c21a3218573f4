import type { IntegrationAccount } from "../../api/api.gen";
import { Chip, type Tone } from "../../kit/chip";
import { useWords } from "../../kit/words";
import { channelWords } from "./words";

const TONES: Record<IntegrationAccount["health"], Tone> = {
  connected: "good",
  degraded: "warn",
  needs_reauth: "bad",
  disconnected: "bad",
};

/** Whether customers' messages come and go. */
export function State({ account: { is_active: isActive, health } }: { account: IntegrationAccount }) {
  const { states } = useWords(channelWords);
  return isActive ? <Chip tone={TONES[health]}>{states[health]}</Chip> : <Chip tone="warn">{states.paused}</Chip>;
}
