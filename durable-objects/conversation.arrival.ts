import type { VisibilityScope } from "../src/domain/context";
import type { DomainEvent } from "../src/domain/event";
import type { LiveFrame } from "../src/domain/live-frames";
import type { Arrival } from "../src/domain/object-apis";
import type { ConversationHost } from "./conversation.host";

/** The inbox keeps an arrival in one row, of at most 2 MB. */
const MAX_BYTES = 500_000;
const MAX_EVENTS = 200;
/** So few frames are not measured: the usual arrival has one. */
const UNMEASURED_FRAMES = 8;

/** The events after `after` as the inbox takes them: as many as fit, at least one. `upTo`: the last of them. */
export function nextArrival(
  { store, state, frame }: ConversationHost,
  after: number,
  isRepeated: boolean,
): { arrival: Arrival; upTo: number } {
  const events = store.events(after, MAX_EVENTS);
  const frames: LiveFrame[] = [];
  let bytes = 0;
  for (const event of events) {
    const next = frame(event);
    if (events.length > UNMEASURED_FRAMES) bytes += bytesOf(next);
    if (frames.length > 0 && bytes > MAX_BYTES) break;
    frames.push(next);
  }
  const sent = events.slice(0, frames.length);
  const now = { assignedAgentId: state.assignedAgentId, divisionId: state.divisionId };
  const was = scopeBefore(sent, now);
  const hasMoved = was.assignedAgentId !== now.assignedAgentId || was.divisionId !== now.divisionId;
  return {
    arrival: { id: state.id, now, ...(hasMoved && { was }), frames, ...(isRepeated && { isRepeated }) },
    upTo: sent.at(-1)!.seq,
  };
}

/** The conversation's visibility scope before these events, from what the events say they changed. */
function scopeBefore(events: readonly DomainEvent[], now: VisibilityScope): VisibilityScope {
  const before = { ...now };
  for (const { data } of events.toReversed()) {
    if (data && "from_agent_id" in data) before.assignedAgentId = data["from_agent_id"] as string | null;
    if (data && "from_division_id" in data) before.divisionId = data["from_division_id"] as string | null;
  }
  return before;
}

/** The size as JSON, the form in which values are sent to D1. */
export const bytesOf = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
