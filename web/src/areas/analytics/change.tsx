import { ArrowRight, TrendingDown, TrendingUp } from "lucide-react";
import { useWords } from "../../kit/words";
import { percent } from "./figures";
import { analyticsWords } from "./words";
import style from "./analytics.module.css";

interface ChangeProps {
  now: number | null;
  before: number | null;
  /** Which way is good; undefined: neither. */
  good?: "up" | "down" | undefined;
  /** Formats the difference; by default it is shown as a share of before. */
  format?: (difference: number) => string;
}

/** Against the days before: the sign by arrow and word, its meaning by colour. */
export function Change({ now, before, good, format }: ChangeProps) {
  const words = useWords(analyticsWords);
  if (now === null || before === null || (format === undefined && before === 0)) return null;
  const difference = now - before;
  const text = format ? format(Math.abs(difference)) : percent(Math.round((Math.abs(difference) / before) * 100));
  // A difference that the format does not show is none.
  const isSame = difference === 0 || (format !== undefined && text === format(0));
  if (isSame)
    return (
      <i className={style.change}>
        <ArrowRight size={13} aria-hidden /> {words.unchanged}
      </i>
    );
  const way = difference > 0 ? "up" : "down";
  const Arrow = way === "up" ? TrendingUp : TrendingDown;
  return (
    <i className={style.change} data-is={good === undefined ? undefined : good === way ? "good" : "bad"}>
      <Arrow size={13} aria-hidden /> {way === "up" ? "+" : "−"}
      {text}
    </i>
  );
}
