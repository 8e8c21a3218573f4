import { type RefObject, useEffect, useRef, useState } from "react";
import { Input, SearchField } from "react-aria-components";
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
    <SearchField
      aria-label={words.search}
      className={style.box}
      value={text}
      onChange={change}
      onClear={() => change("", 0)}
    >
      <Search size={14} aria-hidden />
      <Input ref={fieldRef} placeholder={words.search} dir="auto" />
      {text !== "" && (
        <IconButton slot={null} label={words.clearSearch} className={style.clear ?? ""} onPress={() => change("", 0)}>
          <X size={13} />
        </IconButton>
      )}
    </SearchField>
  );
}
