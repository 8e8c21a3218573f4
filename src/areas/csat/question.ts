import type { NewMessage } from "../../domain/message/state";
import { choiceId } from "../../domain/survey";
import type { Channel } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { type Language, RATINGS, WORDS } from "./words";

/** The message that asks, as the channel can put it. Pure. */
export function question(channel: Channel, surveyId: string, link: string | null, language: Language): NewMessage {
  const words = WORDS[language];
  const ask = adapterOf(channel)?.askChoice;
  const lines = [
    words.question,
    ...(ask ? [words.choose] : []),
    ...(link === null ? [] : [ask ? `${words.byLink} ${link}` : link]),
  ];
  const text = lines.join("\n");
  if (!ask) return { type: "text", content: { text }, replyTo: null };
  const options = RATINGS.map((rating) => ({
    id: choiceId(surveyId, rating),
    title: `${rating} – ${words.ratings[rating]}`,
  }));
  return { ...ask({ text, button: words.button, options }), replyTo: null };
}
