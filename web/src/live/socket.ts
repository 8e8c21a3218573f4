/**
 * The protocol of a live socket (docs/live.md) as a state machine: what comes in and what is to be done. Pure;
 * connection.ts carries it out.
 */

export interface SocketState {
  phase: "waiting" | "connecting" | "open" | "ended";
  /** The position of the last frame; undefined: begin now. */
  since: number | undefined;
  /** Attempts since the last frame. */
  tries: number;
}

export const INITIAL: SocketState = { phase: "waiting", since: undefined, tries: 0 };

export type Timer = "retry" | "ping" | "pong";

export type SocketInput =
  | { type: "start" }
  | { type: "opened" }
  | { type: "text"; text: string }
  | { type: "closed"; code: number }
  | { type: "timer"; name: Timer }
  /** The network is back, or the page is looked at again: timers of a sleeping tab are late. */
  | { type: "wake" }
  | { type: "stop" };

export interface Frame {
  type: string;
  seq?: number;
}

export type SocketEffect =
  | { do: "open"; since: number | undefined }
  | { do: "send"; text: string }
  | { do: "close" }
  | { do: "timer"; name: Timer; ms: number }
  | { do: "cancel"; name: Timer }
  | { do: "frame"; frame: Frame }
  /** Everything that is shown must be loaded again: the stream begins here. */
  | { do: "begin"; frame: Frame }
  /** The stream goes on where it was: nothing was missed. */
  | { do: "resumed"; frame: Frame }
  /** The session may have ended, or rights have changed: ask, then `start`. */
  | { do: "ask_session" }
  /** The server will not have this socket again. */
  | { do: "end"; code: number };

type Step = [SocketState, SocketEffect[]];

const PING_MS = 30_000;
const PONG_MS = 10_000;
/** A network that swallows packets answers nothing for minutes. */
const OPENING_MS = 15_000;
/** For a connection that is doubted. */
const QUICK_PONG_MS = 3000;
const MAX_WAIT_MS = 30_000;
const LOST = 1006;
const FINAL = [1008, 1009, 4403];

/** `chance`: a number from 0 to 1 that spreads the attempts of many tabs. */
export function step(state: SocketState, input: SocketInput, chance: number): Step {
  if (state.phase === "ended") return [state, []];
  switch (input.type) {
    case "start":
      return state.phase === "waiting" ? connect(state) : [state, []];
    case "opened":
      return [{ ...state, phase: "open" }, [...doubt(PONG_MS)]];
    case "text":
      return received(state, input.text);
    case "closed":
      return closed(state, input.code, chance);
    case "timer":
      return elapsed(state, input.name, chance);
    case "wake":
      if (state.phase === "waiting") return connect({ ...state, tries: 0 });
      return [
        state,
        state.phase === "open" ? doubt(QUICK_PONG_MS) : [{ do: "timer", name: "pong", ms: QUICK_PONG_MS }],
      ];
    case "stop":
      return [{ ...state, phase: "ended" }, [...cancelAll, { do: "close" }]];
  }
}

const cancelAll: SocketEffect[] = (["retry", "ping", "pong"] as const).map((name) => ({ do: "cancel", name }));

const connect = (state: SocketState): Step => [
  { ...state, phase: "connecting" },
  [...cancelAll, { do: "open", since: state.since }, { do: "timer", name: "pong", ms: OPENING_MS }],
];

const doubt = (ms: number): SocketEffect[] => [
  { do: "cancel", name: "ping" },
  { do: "send", text: "ping" },
  { do: "timer", name: "pong", ms },
];

function received(state: SocketState, text: string): Step {
  if (state.phase !== "open") return [state, []];
  if (text === "pong")
    return [
      state,
      [
        { do: "cancel", name: "pong" },
        { do: "timer", name: "ping", ms: PING_MS },
      ],
    ];
  const frame = JSON.parse(text) as Frame;
  const next = { ...state, tries: 0, since: frame.seq ?? state.since };
  if (frame.type === "resync" || (frame.type === "hello" && state.since === undefined))
    return [next, [{ do: "begin", frame }]];
  if (frame.type === "hello") return [next, [{ do: "resumed", frame }]];
  return [next, [{ do: "frame", frame }]];
}

function closed(state: SocketState, code: number, chance: number): Step {
  if (FINAL.includes(code)) return [{ ...state, phase: "ended" }, [...cancelAll, { do: "end", code }]];
  const waiting: SocketState = { ...state, phase: "waiting", tries: state.tries + 1 };
  if (code === 4401) return [{ ...waiting, since: undefined, tries: 0 }, [...cancelAll, { do: "ask_session" }]];
  const ms = Math.min(MAX_WAIT_MS, 1000 * 2 ** state.tries) * (0.5 + chance / 2);
  return [
    waiting,
    [
      ...cancelAll,
      { do: "timer", name: "retry", ms },
      // A refused upgrade looks like a lost network: after some of them the session may be the reason.
      ...(waiting.tries % 3 === 0 ? [{ do: "ask_session" as const }] : []),
    ],
  ];
}

function elapsed(state: SocketState, name: Timer, chance: number): Step {
  if (name === "retry") return state.phase === "waiting" ? connect(state) : [state, []];
  if (state.phase === "waiting") return [state, []];
  if (name === "ping") return [state, state.phase === "open" ? doubt(PONG_MS) : []];
  const [next, effects] = closed(state, LOST, chance);
  return [next, [{ do: "close" }, ...effects]];
}
