import { useState } from "react";
import { TextField } from "../../../kit/field";
import { locale, useWords } from "../../../kit/words";
import { inboxWords } from "../words";
import { EMOJI } from "./emoji-names";
import style from "./composer.module.css";

/** By name in either language. */
export default function EmojiChoice({ onChoose }: { onChoose: (emoji: string) => void }) {
  const { composer: words } = useWords(inboxWords);
  const [asked, setAsked] = useState("");
  const found = EMOJI.filter(([, en, id]) => `${en} ${id}`.includes(asked.trim().toLowerCase()));
  return (
    <div className={style.emoji}>
      <TextField label={words.emojiSearch} value={asked} onChange={setAsked} autoFocus />
      <ul>
        {found.map(([emoji, en, id]) => (
          <li key={emoji}>
            <button
              type="button"
              aria-label={locale.get() === "id" ? id : en}
              title={locale.get() === "id" ? id : en}
              onClick={() => onChoose(emoji)}
            >
              {emoji}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
