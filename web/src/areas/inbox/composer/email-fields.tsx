import { useState } from "react";
import { Button } from "../../../kit/button";
import { useWords } from "../../../kit/words";
import type { Draft } from "../../../live/drafts";
import { inboxWords } from "../words";
import style from "./composer.module.css";

const FIELDS = ["to", "cc", "bcc", "subject"] as const;

/** Recipients and subject; left empty, the mail answers the last one. */
export function EmailFields({ draft, onDraft }: { draft: Draft; onDraft: (draft: Draft) => void }) {
  const { composer: words } = useWords(inboxWords);
  const [isOpen, setOpen] = useState(FIELDS.some((name) => Boolean(draft[name])));
  if (!isOpen)
    return (
      <div className={style.mail}>
        <span>{words.answersLast}</span>
        <Button kind="plain" isSmall onPress={() => setOpen(true)}>
          {words.changeRecipients}
        </Button>
      </div>
    );
  return (
    <div className={style.mailFields}>
      {FIELDS.map((name) => (
        <label key={name}>
          <span>{words.mail[name]}</span>
          <input
            value={draft[name] ?? ""}
            type={name === "subject" ? "text" : "email"}
            multiple={name !== "subject"}
            placeholder={name === "to" || name === "subject" ? words.asLast : ""}
            dir="auto"
            onChange={({ target }) => onDraft({ ...draft, [name]: target.value })}
          />
        </label>
      ))}
    </div>
  );
}
