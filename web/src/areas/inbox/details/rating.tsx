import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Star } from "lucide-react";
import type { CsatSurvey, LiveFrame } from "../../../api/api.gen";
import { call } from "../../../api/call";
import { Chip } from "../../../kit/chip";
import { useWords } from "../../../kit/words";
import { onFrames } from "../../../live/inbox";
import { inboxWords } from "../words";
import style from "./details.module.css";

type Survey = Pick<CsatSurvey, "status" | "rating" | "comment">;

/** Until the channel has taken the question. */
const ASK_AGAIN_MS = 2000;

const keyOf = (conversationId: string): string[] => ["csat", conversationId];

const surveyOf = (conversationId: string, isAsked: boolean) => ({
  queryKey: keyOf(conversationId),
  queryFn: (): Promise<Survey> => call("GET /api/conversations/{id}/csat", { params: { id: conversationId } }),
  enabled: isAsked,
  retry: false,
});

/** Learns of a survey from the stream, which is ahead of the index behind the call. */
function useSurveyFrames(conversationId: string): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      onFrames((frame) => {
        if (!("conversation" in frame) || frame.conversation_id !== conversationId) return;
        const { type, data } = frame as LiveFrame;
        if (type !== "csat.requested" && type !== "csat.submitted") return;
        const { rating = null, comment = null } = data as Partial<Survey>;
        const status = type === "csat.requested" ? "pending" : "completed";
        // An answer that is on its way is older.
        void queries
          .cancelQueries({ queryKey: keyOf(conversationId) })
          .then(() => queries.setQueryData<Survey>(keyOf(conversationId), { status, rating, comment }));
      }),
    [conversationId, queries],
  );
}

/** Shows the customer's rating beside the heading, whether the section is open or not, once it is known. */
export function RatingBadge({ conversationId }: { conversationId: string }) {
  const { details: words } = useWords(inboxWords);
  const { data } = useQuery(surveyOf(conversationId, false));
  useSurveyFrames(conversationId);
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
  const { data, error } = useQuery({
    ...surveyOf(conversationId, true),
    refetchInterval: ({ state }) => (state.data?.status === "pending" ? ASK_AGAIN_MS : false),
  });
  if (!data) return error && <p className={style.none}>{words.noSurvey}</p>;
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
