import { Chip, type Tone } from "../../kit/chip";
import { useWords } from "../../kit/words";
import type { Webhook } from "./use-webhooks";
import { webhookWords } from "./words";

const TONES: Record<Webhook["state"], Tone> = { healthy: "good", failing: "warn", resting: "warn", disabled: "bad" };

export function StateChip({ state, isActive = true }: { state: Webhook["state"]; isActive?: boolean }) {
  const { states } = useWords(webhookWords);
  return <Chip tone={isActive ? TONES[state] : "plain"}>{isActive ? states[state] : states.off}</Chip>;
}
