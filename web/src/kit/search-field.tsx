import { useEffect, useRef, useState } from "react";
import { Input, SearchField as AriaSearchField } from "react-aria-components";
import { Search, X } from "lucide-react";
import { IconButton } from "./button";
import { commonWords } from "./common-words";
import { useWords } from "./words";
import field from "./field.module.css";
import style from "./search-field.module.css";

interface SearchFieldProps {
  label: string;
  value: string;
  /** Called after a pause, with what a search can be made of. */
  onChange: (text: string) => void;
  inputRef?: React.RefObject<HTMLInputElement | null>;
}

const PAUSE_MS = 250;

/** A field that searches while one types. */
export function SearchField({ label, value, onChange, inputRef }: SearchFieldProps) {
  const words = useWords(commonWords);
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Back, a link.
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
    <AriaSearchField
      aria-label={label}
      className={style.box!}
      value={text}
      onChange={change}
      onClear={() => change("", 0)}
    >
      <Search size={15} aria-hidden />
      <Input
        className={`${field.input} ${style.input}`}
        placeholder={label}
        dir="auto"
        {...(inputRef && { ref: inputRef })}
      />
      {text !== "" && (
        <IconButton slot={null} label={words.clear} className={style.clear ?? ""} onPress={() => change("", 0)}>
          <X size={13} />
        </IconButton>
      )}
    </AriaSearchField>
  );
}
