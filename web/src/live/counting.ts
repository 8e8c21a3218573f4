import type { ConversationCounts, LiveEntityFrame, LiveFrame, LiveRemovedFrame } from "../api/api.gen";
import type { Conversation } from "./matches";

/**
 * How many conversations that are not resolved each view has. Frames change the numbers, so that they cost no
 * call. Pure but for its own state; counts.ts asks.
 */

export interface Count {
  total: number;
  unread: number;
}

export interface Counts {
  mine: Count;
  unassigned: Count;
  all: Count;
  divisions: Readonly<Record<string, Count>>;
}

export type AnyFrame = LiveFrame | LiveRemovedFrame | LiveEntityFrame;

export interface Counting {
  /** Undefined: not known yet. */
  counts(): Counts | undefined;
  /** Whether a frame has changed what nobody here knew. */
  isUnsure(): boolean;
  /** Takes a frame, and the conversation as it was known before. */
  hear(frame: AnyFrame, before: Conversation | undefined): void;
  /** A newer version has come by an answer, perhaps ahead of its frame. */
  know(before: Conversation | undefined, after: Conversation): void;
  /** The stream begins anew: what was heard may be old. */
  forget(): void;
  /** Frames that come until the answer may or may not be in it. */
  ask(): void;
  receive(answer: ConversationCounts): void;
}

/** The part of a conversation that the numbers depend on. */
interface Facts {
  version: number;
  agentId: string | null;
  divisionId: string | null;
  isCounted: boolean;
  isUnread: boolean;
}

interface Step {
  seq: number;
  /** Undefined: not known. */
  was: Facts | undefined;
  isGuess?: boolean;
  now: Facts;
}

const MAX_HEARD = 5000;
const ABSENT: Facts = { version: 0, agentId: null, divisionId: null, isCounted: false, isUnread: false };
/** Before these a conversation was in no view. */
const BEGINS: readonly string[] = ["conversation.created", "conversation.reopened"];

/** `seesAll`: the agent sees every conversation, and counts of divisions that are not theirs. */
export function createCounting(agentId: string, seesAll: () => boolean): Counting {
  let known: Counts | undefined;
  let countedUpTo = 0;
  let isUnsure = false;
  let steps: Step[] | undefined;
  /** Each conversation as the numbers have it. */
  const heard = new Map<string, Facts>();
  /** Those of which an answer came before a frame, as they were before it; undefined: not known. */
  const early = new Map<string, Facts | undefined>();

  function take(step: Step): void {
    if (step.seq <= countedUpTo) return;
    if (!step.was || step.isGuess) isUnsure = true;
    if (step.was && known) known = changed(changed(known, step.was, -1), step.now, 1);
  }

  function changed(all: Counts, { agentId: of, divisionId, isCounted, isUnread }: Facts, by: 1 | -1): Counts {
    if (!isCounted) return all;
    const add = ({ total, unread }: Count = { total: 0, unread: 0 }): Count => ({
      total: Math.max(0, total + by),
      unread: Math.max(0, unread + (isUnread ? by : 0)),
    });
    return {
      mine: of === agentId ? add(all.mine) : all.mine,
      unassigned: of === null ? add(all.unassigned) : all.unassigned,
      all: add(all.all),
      divisions:
        divisionId !== null && (seesAll() || all.divisions[divisionId])
          ? { ...all.divisions, [divisionId]: add(all.divisions[divisionId]) }
          : all.divisions,
    };
  }

  function note(id: string, step: Step): void {
    heard.set(id, step.now);
    early.delete(id);
    steps?.push(step);
    take(step);
  }

  return {
    counts: () => known,
    isUnsure: () => isUnsure,
    hear(frame, before) {
      if (frame.type === "contact.erased") isUnsure = true;
      if ("entity_id" in frame) return;
      const { conversation_id: id, seq } = frame;
      // An answer may be ahead of this frame.
      const row = early.has(id) ? early.get(id) : before && factsOf(before);
      if (!("conversation" in frame)) {
        const was = heard.get(id) ?? row;
        // It says no version, so that a row that is known by a list alone may be another than the one that leaves, or newer.
        const version = heard.get(id)?.version ?? 0;
        return note(id, { seq, was, isGuess: !heard.has(id), now: { ...ABSENT, version } });
      }
      const now = factsOf(frame.conversation);
      const was = heard.get(id) ?? (BEGINS.includes(frame.type) ? ABSENT : rowBefore(frame, row));
      if (was && was.version >= now.version) heard.set(id, was);
      else note(id, { seq, was, now });
    },
    know(before, after) {
      if (!early.has(after.id)) early.set(after.id, before && factsOf(before));
    },
    forget() {
      heard.clear();
      early.clear();
    },
    ask: () => (steps = []),
    receive({ seq, mine, unassigned, all, divisions }) {
      known = {
        mine,
        unassigned,
        all,
        divisions: Object.fromEntries(divisions.map(({ division_id: id, ...count }) => [id, count])),
      };
      countedUpTo = seq;
      isUnsure = false;
      for (const step of steps ?? []) take(step);
      steps = undefined;
      if (heard.size > MAX_HEARD) heard.clear();
    },
  };
}

/** A row of a list may be behind by more than this event, or be ahead of it. Ticks change no version. */
function rowBefore({ type, conversation: { version } }: LiveFrame, row: Facts | undefined): Facts | undefined {
  if (row?.version === version - 1) return row;
  return row?.version === version && type === "message.status" ? row : undefined;
}

const factsOf = ({ version, assigned_agent_id, division_id, status, unread_count }: Conversation): Facts => ({
  version,
  agentId: assigned_agent_id,
  divisionId: division_id,
  isCounted: status !== "resolved",
  isUnread: unread_count > 0,
});
