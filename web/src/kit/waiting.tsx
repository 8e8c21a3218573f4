import style from "./waiting.module.css";

/** The shape of rows to come. It shows after a moment only: most answers are faster. */
export function Waiting({ label, rows = 5 }: { label: string; rows?: number }) {
  return (
    <div className={style.waiting} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, i) => (
        <i key={i} />
      ))}
    </div>
  );
}
