import { type RefObject, useEffect, useRef, useState } from "react";
import { Search, X } from "lucide-react";
import { IconButton } from "../../kit/button";
import { useWords } from "../../kit/words";
import { inboxWords } from "./words";
import style from "./search-box.module.css";

interface SearchBoxProps {
  fieldRef: RefObject<HTMLInputElement | null>;
  value: string;
  onChange: (text: string) => void;
}

const PAUSE_MS = 250;

/** Finds conversations by their customer's name or address. */
export function SearchBox({ fieldRef, value, onChange }: SearchBoxProps) {
  const { list: words } = useWords(inboxWords);
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Back, a saved view.
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const change = (next: string, afterMs = PAUSE_MS): void => {
    setText(next);
    clearTimeout(timer.current);
    const asked = next.trim();
    // One letter finds nothing.
    if (asked.length === 1) return;
    timer.current = setTimeout(() => asked !== value && onChange(asked), afterMs);
  };
  return (
    <div className={style.box} role="search">
      <Search size={14} aria-hidden />
      <input
        ref={fieldRef}
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        dir="auto"
        value={text}
        onChange={({ target }) => change(target.value)}
        onKeyDown={({ key, currentTarget }) => {
          if (key !== "Escape") return;
          if (text === "") currentTarget.blur();
          else change("", 0);
        }}
      />
      {text !== "" && (
        <IconButton label={words.clearSearch} className={style.clear ?? ""} onPress={() => change("", 0)}>
          <X size={13} />
        </IconButton>
      )}
    </div>
  );
}
