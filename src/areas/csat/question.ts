import type { NewMessage } from "../../domain/message/state";
import { choiceId } from "../../domain/survey";
import type { Channel } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { type Language, RATINGS, TEXTS } from "./texts";

/** The message that asks for a rating: a list of choices if the channel has them, else text with the link. `own`: the organization's words. Pure. */
export function question(
  channel: Channel,
  surveyId: string,
  link: string | null,
  language: Language,
  own: string | null,
): NewMessage {
  const texts = TEXTS[language];
  const ask = adapterOf(channel)?.askChoice;
  const lines = [
    own ?? texts.question,
    ...(ask ? [texts.choose] : []),
    ...(link === null ? [] : [ask ? `${texts.byLink} ${link}` : link]),
  ];
  const text = lines.join("\n");
  if (!ask) return { type: "text", content: { text }, replyTo: null };
  const options = RATINGS.map((rating) => ({
    id: choiceId(surveyId, rating),
    title: `${rating} – ${texts.ratings[rating]}`,
  }));
  return { ...ask({ text, button: texts.button, options }), replyTo: null };
}
