import type { LiveFrame, LiveRemovedFrame } from "../../api/api.gen";
import { call } from "../../api/call";
import { callings } from "../choices";
import { onFrames, onStreamBegin } from "../inbox";
import type { Conversation } from "../matches";
import { isOpen } from "./calling";
import icon from "./icon.svg";
// In the script, so that a first unread message costs no request.
import iconUnread from "./icon-unread.svg?inline";

/** Counts the conversations that wait unread for the agent or for anybody, in the title and on the icon of the tab. */

type Owner = "mine" | "unassigned";

/** The index behind lists may be that late. */
const LAG_MS = 2000;
/** Beyond it, the title says `99+`. */
const MOST = 100;

/** Returns a function that ends it. */
export function startUnreadCount(agentId: string): () => void {
  const name = document.title;
  const waiting = new Map<string, Owner>();
  /** Conversations of frames that come while a list is asked for: the frames are newer. */
  let told: Set<string> | undefined;

  const put = ({ id, status, unread_count: unread, assigned_agent_id: agent }: Conversation): void => {
    const owner = agent === agentId ? "mine" : agent === null ? "unassigned" : undefined;
    if (owner === undefined || unread === 0 || status === "resolved") waiting.delete(id);
    else waiting.set(id, owner);
  };

  function show(): void {
    const count = [...waiting].filter(
      ([id, owner]) => callings[owner].get() !== "off" && !(isOpen(id) && document.hasFocus()),
    ).length;
    document.title = count === 0 ? name : `(${count < MOST ? count : `${MOST - 1}+`}) ${name}`;
    document.querySelector("link[rel=icon]")?.setAttribute("href", count === 0 ? icon : iconUnread);
  }

  async function load(): Promise<void> {
    const asked = new Set<string>();
    told = asked;
    const page = await call("GET /api/conversations", {
      query: { status: ["open", "pending"], assigned_agent_id: ["me", "none"], unread: "true", limit: MOST },
    });
    if (told !== asked) return;
    told = undefined;
    for (const id of waiting.keys()) if (!asked.has(id)) waiting.delete(id);
    for (const row of page.data) if (!asked.has(row.id)) put(row);
    show();
  }
  // Without an answer the frames go on.
  const loadSoon = (): void => void (timer = setTimeout(() => void load().catch(() => undefined), LAG_MS));
  let timer: ReturnType<typeof setTimeout> | undefined;

  const stops = [
    onFrames((frame) => {
      if (frame.type === "conversation.removed") {
        waiting.delete((frame as LiveRemovedFrame).conversation_id);
      } else if ("conversation" in frame) {
        told?.add(frame.conversation_id);
        put((frame as LiveFrame).conversation);
      } else return;
      show();
    }),
    onStreamBegin(loadSoon),
    ...Object.values(callings).map((one) => one.subscribe(show)),
  ];
  addEventListener("focus", show);
  addEventListener("blur", show);
  void load().catch(() => undefined);
  return () => {
    for (const stop of stops) stop();
    clearTimeout(timer);
    removeEventListener("focus", show);
    removeEventListener("blur", show);
    document.title = name;
  };
}
