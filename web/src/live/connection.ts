import { loadSession, session } from "../api/session";
import { createStore } from "../kit/store";
import { type Frame, INITIAL, type SocketInput, type SocketState, step, type Timer } from "./socket";

/** Carries out what socket.ts decides, with a real socket and real timers. */
export interface Connection {
  send(text: string): void;
  stop(): void;
}

export interface Hearing {
  onFrame(frame: Frame): void;
  /** Load everything that is shown again. */
  onBegin(frame: Frame): void;
  onResumed?(frame: Frame): void;
  /** The server closed for good with this code. */
  onEnd?(code: number): void;
  onOpen?(isOpen: boolean): void;
}

export function connect(path: string, hearing: Hearing): Connection {
  let state: SocketState = INITIAL;
  let socket: WebSocket | undefined;
  const timers = new Map<Timer, ReturnType<typeof setTimeout>>();

  function feed(input: SocketInput): void {
    const before = state.phase;
    const [next, effects] = step(state, input, Math.random());
    state = next;
    for (const effect of effects)
      switch (effect.do) {
        case "open":
          open(effect.since);
          break;
        case "send":
          if (socket?.readyState === WebSocket.OPEN) socket.send(effect.text);
          break;
        case "close":
          drop();
          break;
        case "timer":
          clearTimeout(timers.get(effect.name));
          timers.set(
            effect.name,
            setTimeout(() => feed({ type: "timer", name: effect.name }), effect.ms),
          );
          break;
        case "cancel":
          clearTimeout(timers.get(effect.name));
          break;
        case "frame":
          hearing.onFrame(effect.frame);
          break;
        case "begin":
          hearing.onBegin(effect.frame);
          break;
        case "resumed":
          hearing.onResumed?.(effect.frame);
          break;
        case "ask_session":
          void askSession();
          break;
        case "end":
          hearing.onEnd?.(effect.code);
      }
    if ((before === "open") !== (state.phase === "open")) hearing.onOpen?.(state.phase === "open");
  }

  function open(since: number | undefined): void {
    const url = new URL(path, location.origin.replace(/^http/, "ws"));
    if (since !== undefined) url.searchParams.set("since", String(since));
    const opened = new WebSocket(url);
    socket = opened;
    const ifCurrent = (input: SocketInput): void => void (socket === opened && feed(input));
    opened.addEventListener("open", () => ifCurrent({ type: "opened" }));
    opened.addEventListener("message", ({ data }) => ifCurrent({ type: "text", text: String(data) }));
    opened.addEventListener("close", ({ code }) => ifCurrent({ type: "closed", code }));
  }

  /** Its late events are not heard any more. */
  function drop(): void {
    const dropped = socket;
    socket = undefined;
    dropped?.close(1000);
  }

  async function askSession(): Promise<void> {
    await loadSession().catch(() => undefined);
    if (session.get().profile && !session.get().hasEnded) feed({ type: "start" });
  }

  const wake = (): void => void (document.visibilityState === "visible" && feed({ type: "wake" }));
  addEventListener("online", wake);
  addEventListener("offline", wake);
  document.addEventListener("visibilitychange", wake);
  // After a login over the page.
  const unsubscribe = session.subscribe(() => session.get().hasEnded || feed({ type: "start" }));
  feed({ type: "start" });

  return {
    send(text) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    },
    stop() {
      removeEventListener("online", wake);
      removeEventListener("offline", wake);
      document.removeEventListener("visibilitychange", wake);
      unsubscribe();
      feed({ type: "stop" });
    },
  };
}

/** Whether the inbox's socket has been away long enough to say so. */
export const isOffline = createStore(false);
const PATIENCE_MS = 3000;
let isInboxOpen = false;
let patience: ReturnType<typeof setTimeout> | undefined;

export function noteInboxOpen(isOpen: boolean): void {
  isInboxOpen = isOpen;
  judge();
}

/** The browser may know before the socket does. */
function judge(): void {
  clearTimeout(patience);
  if (isInboxOpen && navigator.onLine) isOffline.set(false);
  else patience = setTimeout(() => isOffline.set(true), PATIENCE_MS);
}
addEventListener("online", judge);
addEventListener("offline", judge);
