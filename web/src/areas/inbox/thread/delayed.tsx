import { Clock } from "lucide-react";
import { useNow } from "../../../kit/clock";
import { useWords } from "../../../kit/words";
import { msUntil } from "../../../live/inbox";
import { inboxWords } from "../words";
import style from "./message.module.css";

const PATIENCE_MS = 15_000;

/** The channel takes its time: nobody needs to send it once more. */
export function Delayed({ at }: { at: string }) {
  const { thread: words } = useWords(inboxWords);
  useNow();
  if (msUntil(at) > -PATIENCE_MS) return null;
  return (
    <p className={`${style.why} ${style.delayed}`} role="status">
      <Clock size={14} aria-hidden /> {words.delayed}
    </p>
  );
}
