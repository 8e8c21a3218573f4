/** The faults that the simulator can inject. Without faults it behaves as documented by Meta. */

/** When a fault applies. Without a member: to each call, until it is cleared. */
export interface Occurrence {
  /** Only to the next N calls. */
  times?: number;
  /** Only with this probability (0 to 1), from a seeded generator. */
  probability?: number;
  /** Only for N seconds after it was set. */
  seconds?: number;
}

/** `all`, or what stands in the path behind a slash: `messages`, `media`, `subscribed_apps`, `<id>/register`. */
export type Endpoint = string;

export interface GraphFaults {
  /** Seed of the generator behind `probability`. */
  seed?: number;
  /** Added to the duration of each answer of the Graph API. */
  latencyMs?: number;
  /** A server error; nothing is accepted. `gateway`: HTML from a proxy instead of JSON. */
  serverError?: Occurrence & { code?: number; httpStatus?: number; gateway?: boolean; endpoint?: Endpoint };
  /** A rate limit with code 4, 80007, 130429 (default), 131048 or 131056; nothing is accepted. */
  rateLimit?: Occurrence & { code?: number; httpStatus?: number; retryAfterSeconds?: number; endpoint?: Endpoint };
  /** Calls with these tokens are answered with 401 and code 190. */
  deadTokens?: string[];
  /** WABAs without template analytics: answered with code 200007. */
  insightsDisabled?: string[];
  /** The message is accepted and its webhooks follow, but the app gets a connection reset, or no answer. */
  answerLost?: Occurrence & { mode?: "reset" | "hang" };
  /**
   * Messenger and Instagram: the message is accepted and its webhooks follow, but the app gets error 1 with subcode
   * 1357046.
   */
  unknownError?: Occurrence;
  /** The file is stored, but the app gets no answer. */
  uploadLost?: Occurrence;
  /** Half of a sample arrives, then the connection breaks. */
  sampleLost?: Occurrence;
  /** A download starts and then stalls. */
  downloadStalled?: Occurrence;
  /** Nothing is accepted: connection refused, 500, or no answer. */
  outage?: Occurrence & { mode: "refuse" | "500" | "hang" };
  /**
   * Messages to these recipients fail permanently, in the answer or by a later `failed` status. `to: "*"` means
   * everyone.
   */
  recipients?: RecipientFault[];
  /** Free-form messages more than 24 hours after the customer's last message fail with 131047. */
  enforceWindow?: FailureForm;
  /** The wa_id by the digits of the address that the app sends to. */
  waIds?: Record<string, string>;
  /** Posts each webhook twice. */
  duplicateWebhooks?: boolean;
  /** Posts read before delivered before sent. The timestamps keep the true order. */
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
  unknownError: true,
  uploadLost: true,
  sampleLost: true,
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
  /** Phone digits, or the user's id. */
  to: string;
  code: number;
  /** Only Messenger and Instagram have it. */
  subcode?: number;
  as?: FailureForm;
}

export interface FaultControl {
  readonly current: Readonly<GraphFaults>;
  /** Replaces all faults. Throws TypeError for an unknown one. */
  set(faults: GraphFaults): void;
  /** Adds faults. Throws TypeError for an unknown one. */
  add(faults: GraphFaults): void;
  /** Clears one fault, or all. */
  clear(name?: keyof GraphFaults): void;
  /** Whether the fault applies to this call; if so, counts it. */
  strikes(fault: Occurrence | undefined): boolean;
}

/** A seeded generator (mulberry32), so that runs are reproducible. */
function createRandom(seed: number): () => number {
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
  let random = createRandom(1);
  /** How often a fault has applied, and when it was set (milliseconds). Keyed by the fault object. */
  let progress = new WeakMap<Occurrence, { count: number; since: number }>();

  function begin(fault: Occurrence): void {
    progress.set(fault, { count: 0, since: now() });
  }

  function add(faults: GraphFaults): void {
    const unknown = Object.keys(faults).find((name) => !(name in faultNames));
    if (unknown !== undefined)
      throw new TypeError(`There is no fault "${unknown}", only ${Object.keys(faultNames).join(", ")}.`);
    // A copy, since progress is keyed by object identity and setting the same literal again must restart the count.
    const added = structuredClone(faults);
    for (const fault of [
      added.serverError,
      added.rateLimit,
      added.answerLost,
      added.unknownError,
      added.uploadLost,
      added.sampleLost,
      added.downloadStalled,
      added.outage,
      ...(added.recipients ?? []),
    ]) {
      if (fault) begin(fault);
    }
    if (added.seed !== undefined) random = createRandom(added.seed);
    current = { ...current, ...added };
  }

  return {
    get current() {
      return current;
    },
    set(faults) {
      current = {};
      progress = new WeakMap();
      random = createRandom(1);
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
      if (fault.times !== undefined && seen.count >= fault.times) return false;
      if (fault.probability !== undefined && random() >= fault.probability) return false;
      seen.count += 1;
      return true;
    },
  };
}

/** The error that fetch throws when the network fails. A class of its own, so that serve.ts can tell it from a bug. */
export class ConnectionLost extends TypeError {
  constructor() {
    super("fetch failed");
  }
}

/** Waits until the signal aborts, and throws its reason. Without an abort it never returns, like a silent socket. */
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
