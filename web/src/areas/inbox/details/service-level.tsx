import { useEffect } from "react";
import { useQuery } from "@tanstack/react-query";
import { Check, Timer, TimerOff } from "lucide-react";
import type { LiveFrame } from "../../../api/api.gen";
import { call } from "../../../api/call";
import { useNow } from "../../../kit/clock";
import { duration } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { onFrames } from "../../../live/inbox";
import type { Conversation } from "../../../live/matches";
import { inboxWords } from "../words";
import style from "./details.module.css";

/** How long the customer waits, against what was promised. Asked again when the stream says that it has changed. */
export function ServiceLevel({ conversation: { id, sla_status, cycle, status } }: { conversation: Conversation }) {
  const { details: words } = useWords(inboxWords);
  const { data, dataUpdatedAt, refetch } = useQuery({
    queryKey: ["sla", id, sla_status, cycle, status],
    queryFn: () => call("GET /api/conversations/{id}/sla", { params: { id } }),
  });
  const isAnswered = data?.frt_status !== "active" && data?.frt_status !== "warning";
  useEffect(
    () =>
      onFrames((frame) => {
        if (!("conversation" in frame) || frame.conversation_id !== id) return;
        const { type, data: told } = frame as LiveFrame;
        // The first answer stops a clock while the other, and so the badge, goes on.
        if ((type === "message.queued" && !isAnswered) || told?.["reason"] === "sla") void refetch();
      }),
    [id, isAnswered, refetch],
  );
  const now = useNow(30_000);
  if (!data || data.policy_id === null) return null;
  // Working hours may have ended since; the next change of the badge asks again.
  const since = Math.max(0, (now - dataUpdatedAt) / 1000);
  return (
    <section>
      <h4>
        {words.sla} <span>{data.policy_name}</span>
      </h4>
      <div className={style.sla}>
        <Clock
          name={words.firstReply}
          status={data.frt_status}
          elapsed={data.frt_elapsed_secs}
          threshold={data.frt_threshold_secs}
          since={since}
        />
        <Clock
          name={words.resolution}
          status={data.resolution_status}
          elapsed={data.resolution_elapsed_secs}
          threshold={data.resolution_threshold_secs}
          since={since}
        />
      </div>
    </section>
  );
}

interface ClockProps {
  name: string;
  status: string;
  elapsed: number;
  threshold: number | null;
  since: number;
}

function Clock({ name, status, elapsed, threshold, since }: ClockProps) {
  const { details: words } = useWords(inboxWords);
  if (status === "not_applicable" || threshold === null) return null;
  const isRunning = status === "active" || status === "warning";
  const passed = elapsed + (isRunning ? since : 0);
  const left = threshold - passed;
  return (
    <>
      <p>
        <span>{name}</span>
        {status === "met" && (
          <b className={style.good}>
            <Check size={13} aria-hidden /> {words.inTime(duration(elapsed * 1000))}
          </b>
        )}
        {status === "breached" && (
          <b className={style.bad}>
            <TimerOff size={13} aria-hidden /> {words.late(duration(-left * 1000))}
          </b>
        )}
        {isRunning && (
          <b className={status === "warning" ? style.warn : undefined}>
            <Timer size={13} aria-hidden /> {words.left(duration(left * 1000))}
          </b>
        )}
      </p>
      {isRunning && (
        <meter
          min={0}
          max={threshold}
          high={threshold * 0.8}
          optimum={0}
          value={Math.min(passed, threshold)}
          aria-label={name}
        />
      )}
    </>
  );
}
