import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Star } from "lucide-react";
import { call } from "../../../api/call";
import { Chip } from "../../../kit/chip";
import { useWords } from "../../../kit/words";
import { onFrames } from "../../../live/inbox";
import { inboxWords } from "../words";
import style from "./details.module.css";

const surveyOf = (conversationId: string, isAsked: boolean) => ({
  queryKey: ["csat", conversationId],
  queryFn: () => call("GET /api/conversations/{id}/csat", { params: { id: conversationId } }),
  enabled: isAsked,
  retry: false,
});

/** Shows the customer's rating beside the heading, whether the section is open or not, once it is known. */
export function RatingBadge({ conversationId }: { conversationId: string }) {
  const { details: words } = useWords(inboxWords);
  const queries = useQueryClient();
  const { data } = useQuery(surveyOf(conversationId, false));
  useEffect(
    () =>
      onFrames((frame) => {
        if (!("conversation_id" in frame) || frame.conversation_id !== conversationId) return;
        const queryKey = ["csat", conversationId];
        // The answer of a customer is news; that one was asked is seen in an open section only.
        if (frame.type === "csat.submitted")
          void queries.fetchQuery({ ...surveyOf(conversationId, true), staleTime: 0 });
        if (frame.type === "csat.requested") void queries.invalidateQueries({ queryKey });
      }),
    [conversationId, queries],
  );
  if (!data || data.rating === null) return null;
  return (
    <Chip tone={data.rating >= 4 ? "good" : data.rating === 3 ? "plain" : "bad"}>
      <Star size={11} aria-hidden fill="currentColor" />
      {words.rated(data.rating)}
    </Chip>
  );
}

export function Rating({ conversationId }: { conversationId: string }) {
  const { details: words } = useWords(inboxWords);
  const { data, error } = useQuery(surveyOf(conversationId, true));
  if (error) return <p className={style.none}>{words.noSurvey}</p>;
  if (!data) return null;
  if (data.rating === null) return <p className={style.none}>{words.surveys[data.status]}</p>;
  return (
    <div className={style.rating}>
      <p role="img" aria-label={words.rated(data.rating)}>
        {Array.from({ length: 5 }, (_, i) => (
          <Star key={i} size={15} aria-hidden fill={i < data.rating! ? "currentColor" : "none"} />
        ))}
      </p>
      {data.comment !== null && <q dir="auto">{data.comment}</q>}
    </div>
  );
}
