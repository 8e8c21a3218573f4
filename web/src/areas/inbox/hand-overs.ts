import { useEffect, useRef } from "react";
import type { LiveFrame } from "../../api/api.gen";
import { session } from "../../api/session";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { onFrames } from "../../live/inbox";
import { nameOf } from "./row";
import { inboxWords } from "./words";

/** Says at once that a colleague hands a conversation over to this agent, and why. */
export function useHandOvers(open: (id: string) => void): void {
  const words = useWords(inboxWords);
  const latest = useRef({ open, words });
  useEffect(() => void (latest.current = { open, words }));
  useEffect(
    () =>
      onFrames((frame) => {
        if (frame.type !== "conversation.transferred") return;
        const { conversation, conversation_id: id, data } = frame as LiveFrame;
        if (data?.["to_agent_id"] !== session.get().profile?.id) return;
        const { header, unknown } = latest.current.words;
        const note = data?.["note"];
        toast(header.handedToYou(nameOf(conversation, unknown), typeof note === "string" ? note : null), "plain", {
          name: header.open,
          run: () => latest.current.open(id),
        });
      }),
    [],
  );
}
