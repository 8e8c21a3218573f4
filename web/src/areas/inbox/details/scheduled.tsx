import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { call } from "../../../api/call";
import { toastProblem } from "../../../api/problems";
import { may } from "../../../api/session";
import { IconButton } from "../../../kit/button";
import { fullDate } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { onFrames } from "../../../live/inbox";
import { textIn } from "../thread/content";
import { inboxWords } from "../words";
import style from "./details.module.css";

/** Messages that leave later, to be cancelled until then. */
export function Scheduled({ conversationId }: { conversationId: string }) {
  const { details: words, types } = useWords(inboxWords);
  const queries = useQueryClient();
  const queryKey = ["scheduled", conversationId];
  const { data } = useQuery({
    queryKey,
    queryFn: () =>
      call("GET /api/conversations/{id}/scheduled-messages", {
        params: { id: conversationId },
        query: { status: ["pending"] },
      }),
    enabled: may("scheduled_messages.manage"),
  });
  const planned = data?.data.length ?? 0;
  useEffect(
    () =>
      onFrames((frame) => {
        const isSent = frame.type === "message.queued" && frame.conversation_id === conversationId;
        if (isSent && planned > 0) void queries.invalidateQueries({ queryKey: ["scheduled", conversationId] });
      }),
    [conversationId, planned, queries],
  );
  const cancel = (id: string): void => {
    call("DELETE /api/scheduled-messages/{id}", { params: { id } })
      .catch(toastProblem)
      .finally(() => void queries.invalidateQueries({ queryKey }));
  };
  if (!data || data.data.length === 0) return <p className={style.none}>{words.noScheduled}</p>;
  return (
    <ul className={style.transfers}>
      {data.data.map(({ id, content, msg_type: type, scheduled_at: at }) => (
        <li key={id} className={style.planned}>
          <div>
            <p dir="auto">{textIn(content.text) ?? types[type]}</p>
            <time dateTime={at}>{fullDate(at)}</time>
          </div>
          <IconButton label={words.cancelScheduled} onPress={() => cancel(id)}>
            <X size={14} />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
