import { useState } from "react";
import { Check, Copy } from "lucide-react";
import { Button } from "./button";
import { commonWords } from "./common-words";
import { useWords } from "./words";
import style from "./copyable.module.css";

/** A text that is shown to be taken elsewhere. Where the browser forbids copying it can be marked whole. */
export function Copyable({ label, text }: { label: string; text: string }) {
  const words = useWords(commonWords);
  const [isCopied, setCopied] = useState(false);
  const copy = (): void =>
    void navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => undefined,
    );
  return (
    <div className={style.copyable}>
      <span>{label}</span>
      <output aria-label={label}>{text}</output>
      <Button isSmall onPress={copy}>
        {isCopied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}{" "}
        {isCopied ? words.copied : words.copy}
      </Button>
    </div>
  );
}
