import { useEffect, useRef, useState } from "react";
import { connect, type Connection } from "./connection";
import type { Frame } from "./socket";

/** Colleagues who have a conversation open or type in it, from its own socket. */
export interface Company {
  viewers: readonly string[];
  typing: readonly string[];
  /** Tells the others that this agent types, or has stopped. */
  type: (isTyping: boolean) => void;
}

const TYPING_MS = 6000;
/** While it goes on. */
const REPEAT_MS = 4000;

export function useCompany(conversationId: string, agentId: string): Company {
  const [viewers, setViewers] = useState<readonly string[]>([]);
  const [typing, setTyping] = useState<readonly string[]>([]);
  const connection = useRef<Connection>(undefined);
  const saidAt = useRef(0);

  useEffect(() => {
    const ends = new Map<string, ReturnType<typeof setTimeout>>();
    const stopped = (id: string): void => {
      clearTimeout(ends.get(id));
      ends.delete(id);
      setTyping([...ends.keys()]);
    };
    const hear = (frame: Frame): void => {
      const told = frame as Frame & {
        viewers?: { agent_id: string }[];
        agent_id?: string;
        is_typing?: boolean;
        message?: { sender_agent_id: string | null };
      };
      if (told.viewers) setViewers(told.viewers.map(({ agent_id: id }) => id).filter((id) => id !== agentId));
      if (frame.type === "typing" && told.agent_id !== undefined) {
        stopped(told.agent_id);
        const id = told.agent_id;
        if (told.is_typing)
          ends.set(
            id,
            setTimeout(() => stopped(id), TYPING_MS),
          );
        setTyping([...ends.keys()]);
      }
      // A message ends the typing of who wrote it.
      if (frame.type === "message.queued" && told.message?.sender_agent_id) stopped(told.message.sender_agent_id);
    };
    connection.current = connect(`/api/conversations/${conversationId}/live`, {
      onFrame: hear,
      onBegin: hear,
      onResumed: hear,
    });
    setViewers([]);
    setTyping([]);
    return () => {
      connection.current?.stop();
      for (const end of ends.values()) clearTimeout(end);
    };
  }, [conversationId, agentId]);

  const type = (isTyping: boolean): void => {
    const now = Date.now();
    if (isTyping && now - saidAt.current < REPEAT_MS) return;
    if (!isTyping && saidAt.current === 0) return;
    saidAt.current = isTyping ? now : 0;
    connection.current?.send(JSON.stringify({ type: "typing", is_typing: isTyping }));
  };
  return { viewers, typing, type };
}
