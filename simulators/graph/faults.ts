/** Everything that can go wrong on demand. Without a fault the simulator behaves. */

/** When a fault strikes. No member set: each time, until it is cleared. */
export interface Occurrence {
  /** Only the next N times. */
  times?: number;
  /** Only with this probability, 0–1, from a seeded generator. */
  probability?: number;
  /** Only for N seconds from the moment it was set. */
  seconds?: number;
}

export type Endpoint = "messages" | "media" | "all";

export interface GraphFaults {
  /** Seed of the generator behind `probability`. */
  seed?: number;
  /** Each answer of the Graph API takes this much longer. */
  latencyMs?: number;
  /** A server error in place of an answer. `gateway`: HTML from a proxy, no JSON. Nothing is accepted. */
  serverError?: Occurrence & { code?: number; httpStatus?: number; gateway?: boolean; endpoint?: Endpoint };
  /** 4, 80007, 130429 (default), 131048 or 131056. Nothing is accepted. */
  rateLimit?: Occurrence & { code?: number; httpStatus?: number; retryAfterSeconds?: number; endpoint?: Endpoint };
  /** These tokens are answered 401 with code 190. */
  deadTokens?: string[];
  /** WABAs that have not switched on template analytics: 200007. */
  insightsDisabled?: string[];
  /** The message is accepted and its webhooks follow, but the app gets no answer: connection reset, or silence. */
  answerLost?: Occurrence & { mode?: "reset" | "hang" };
  /** The file is taken, but the app gets no answer. */
  uploadLost?: Occurrence;
  /** A download begins, and nothing more comes. */
  downloadStalled?: Occurrence;
  /** Nothing is accepted: connection refused, 500, or silence. */
  outage?: Occurrence & { mode: "refuse" | "500" | "hang" };
  /** Messages to these fail for good: as the answer of the send, or later as a `failed` status. `to: "*"` is everyone. */
  recipients?: RecipientFault[];
  /** Free-form messages more than 24 hours after the customer last wrote fail with 131047. */
  enforceWindow?: FailureForm;
  /** The wa_id that an address turns out to have: "input digits" → "wa_id". */
  waIds?: Record<string, string>;
  /** Post each webhook twice. */
  duplicateWebhooks?: boolean;
  /** Post read before delivered before sent; their timestamps keep the true order. */
  reverseStatuses?: boolean;
}

const faultNames: Record<keyof GraphFaults, true> = {
  seed: true,
  latencyMs: true,
  serverError: true,
  rateLimit: true,
  deadTokens: true,
  insightsDisabled: true,
  answerLost: true,
  uploadLost: true,
  downloadStalled: true,
  outage: true,
  recipients: true,
  enforceWindow: true,
  waIds: true,
  duplicateWebhooks: true,
  reverseStatuses: true,
};

export type FailureForm = "answer" | "status";

export interface RecipientFault extends Occurrence {
  /** Phone digits or business-scoped user id. */
  to: string;
  code: number;
  as?: FailureForm;
}

export interface FaultControl {
  readonly current: Readonly<GraphFaults>;
  /** These faults and no others. */
  set(faults: GraphFaults): void;
  /** These faults as well. */
  add(faults: GraphFaults): void;
  /** One fault, or all. */
  clear(name?: keyof GraphFaults): void;
  /** Whether the fault strikes now; counts it if so. */
  strikes(fault: Occurrence | undefined): boolean;
}

/** mulberry32: small and good enough for dice that must fall the same way twice. */
function createDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function createFaults(now: () => number): FaultControl {
  let current: GraphFaults = {};
  let dice = createDice(1);
  /** How often a fault has struck and since when it is set, by the fault object itself. */
  let progress = new WeakMap<Occurrence, { struck: number; since: number }>();

  function begin(fault: Occurrence): void {
    progress.set(fault, { struck: 0, since: now() });
  }

  function add(faults: GraphFaults): void {
    const unknown = Object.keys(faults).find((name) => !(name in faultNames));
    if (unknown !== undefined)
      throw new TypeError(`There is no fault "${unknown}", only ${Object.keys(faultNames).join(", ")}.`);
    // A copy: counting is by object identity, and the caller may set the same literal again to start over.
    const added = structuredClone(faults);
    for (const fault of [
      added.serverError,
      added.rateLimit,
      added.answerLost,
      added.uploadLost,
      added.downloadStalled,
      added.outage,
      ...(added.recipients ?? []),
    ]) {
      if (fault) begin(fault);
    }
    if (added.seed !== undefined) dice = createDice(added.seed);
    current = { ...current, ...added };
  }

  return {
    get current() {
      return current;
    },
    set(faults) {
      current = {};
      progress = new WeakMap();
      dice = createDice(1);
      add(faults);
    },
    add,
    clear(name) {
      if (name === undefined) current = {};
      else delete current[name];
    },
    strikes(fault) {
      const seen = fault && progress.get(fault);
      if (!fault || !seen) return false;
      if (fault.seconds !== undefined && now() - seen.since >= fault.seconds * 1000) return false;
      if (fault.times !== undefined && seen.struck >= fault.times) return false;
      if (fault.probability !== undefined && dice() >= fault.probability) return false;
      seen.struck += 1;
      return true;
    },
  };
}

/** What fetch throws when the network fails; its own class, so that the server on a port can tell it from a bug. */
export class ConnectionLost extends TypeError {
  constructor() {
    super("fetch failed");
  }
}

/** Waits until the caller gives up; a caller without a signal waits for ever, as it would on a real socket. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

export async function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, delayMs);
  });
  try {
    await Promise.race([elapsed, untilAborted(signal)]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
