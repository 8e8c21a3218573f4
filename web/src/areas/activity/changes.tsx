import type { ActivityLog } from "../../api/api.gen";
import { useAgents, useDivisions } from "../../api/reference";
import { useWords } from "../../kit/words";
import { type Change, changesOf, textOf } from "./entry";
import { activityWords } from "./words";
import style from "./activity.module.css";

/** One change in full; several behind a press. */
export function Changes({ entry }: { entry: ActivityLog }) {
  const words = useWords(activityWords);
  const changes = changesOf(entry);
  if (changes.length === 0) return null;
  if (changes.length === 1) return <Values change={changes[0]!} />;
  return (
    <details className={style.details}>
      <summary>{words.changed(changes.length)}</summary>
      {changes.map((change) => (
        <Values key={change.field} change={change} />
      ))}
    </details>
  );
}

function Values({ change: { field, before, after } }: { change: Change }) {
  const words = useWords(activityWords);
  const named = useNames();
  const text = (value: unknown): string => named(textOf(value, words.nothing));
  return (
    <p className={style.values}>
      <span>{field.replaceAll("_", " ")}</span>{" "}
      {before !== undefined && (
        <>
          <del dir="auto">{text(before)}</del> →{" "}
        </>
      )}
      <ins dir="auto">{text(after)}</ins>
    </p>
  );
}

/** Ids of agents and divisions become their names. */
export function useNames(): (text: string) => string {
  const names = new Map([
    ...useAgents().map(({ id, full_name: name }) => [id, name] as const),
    ...useDivisions().map(({ id, name }) => [id, name] as const),
  ]);
  return (text) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, (id) => names.get(id) ?? id);
}
