import { CircleAlert, Clock } from "lucide-react";
import { clockTime } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { type Outgoing, retry, takeBack } from "../../../live/outbox";
import { inboxWords } from "../words";
import { textIn } from "./content";
import { MessageText } from "./text";
import { readable } from "./mentions";
import style from "./message.module.css";

interface OutgoingProps {
  item: Outgoing;
  /** Its text returns to the composer. */
  onEdit: (item: Outgoing) => void;
}

/** Shows a message that is not confirmed yet: it waits, is on its way, or was refused and waits for a person. */
export function OutgoingBubble({ item, onEdit }: OutgoingProps) {
  const { thread: words, types } = useWords(inboxWords);
  const { message, note, state, problem, at, key } = item;
  const text =
    note === undefined
      ? (textIn(message?.content.text) ?? textIn(message?.content.caption) ?? types[message?.type ?? "text"])
      : readable(note).text;
  const isRefused = state === "refused";
  const word = isRefused
    ? words.statuses.failed
    : state === "sending"
      ? words.statuses.sending
      : words.statuses.waiting;
  return (
    <article
      className={`${style.message} ${style.out} ${note === undefined ? "" : style.note} ${isRefused ? style.failed : ""}`}
      aria-label={words.ours(words.you)}
      data-outgoing={state}
    >
      <div className={style.side}>
        <div className={style.bubble}>
          <MessageText text={text} hasMarks />
          <footer className={style.foot}>
            <time>{clockTime(at)}</time>
            <span className={style.tick} title={word}>
              {isRefused ? <CircleAlert size={14} aria-hidden /> : <Clock size={14} aria-hidden />}
              <span className="hidden-text">{word}</span>
            </span>
          </footer>
        </div>
      </div>
      {isRefused && (
        <p className={style.why} role="status">
          <CircleAlert size={14} aria-hidden />
          <span>
            {words.refused(problem?.text ?? "")}
            {Object.values(problem?.fields ?? {}).map((one) => ` ${one}.`)}{" "}
            <button type="button" onClick={() => onEdit(item)}>
              {words.edit}
            </button>
            <button type="button" onClick={() => retry(key)}>
              {words.tryAgain}
            </button>
            <button type="button" onClick={() => takeBack(key)}>
              {words.discard}
            </button>
          </span>
        </p>
      )}
    </article>
  );
}
