import { Plus, X } from "lucide-react";
import { Button, IconButton } from "../../kit/button";
import { TextField } from "../../kit/field";
import { useWords } from "../../kit/words";
import { webhookWords } from "./words";
import style from "./webhooks.module.css";

interface Row {
  id: number;
  name: string;
  value: string;
}

let last = 0;
export const rowsOf = (headers: Readonly<Record<string, string>>): Row[] =>
  Object.entries(headers).map(([name, value]) => ({ id: ++last, name, value }));
/** Rows without a name are none. */
export const headersOf = (rows: readonly Row[]): Record<string, string> =>
  Object.fromEntries(rows.filter(({ name }) => name.trim() !== "").map(({ name, value }) => [name.trim(), value]));

interface HeadersProps {
  rows: readonly Row[];
  onChange: (rows: Row[]) => void;
  error: string | undefined;
}

/** Further headers of each request. Values are kept masked: one that is left so keeps its own. */
export function HeadersField({ rows, onChange, error }: HeadersProps) {
  const { form: words } = useWords(webhookWords);
  const change = (id: number, part: Partial<Row>): void =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  return (
    <fieldset className={style.group}>
      <legend>{words.headers}</legend>
      <small>{words.headersHelp}</small>
      {rows.map(({ id, name, value }) => (
        <div key={id} className={style.header}>
          <TextField label={words.headerName} value={name} onChange={(next) => change(id, { name: next })} />
          <TextField
            label={words.headerValue}
            name={`headers.${name}`}
            value={value}
            onChange={(next) => change(id, { value: next })}
          />
          <IconButton label={words.removeHeader(name)} onPress={() => onChange(rows.filter((row) => row.id !== id))}>
            <X size={15} />
          </IconButton>
        </div>
      ))}
      {error !== undefined && (
        <p className={style.bad} role="alert">
          {error}
        </p>
      )}
      <div>
        <Button isSmall onPress={() => onChange([...rows, { id: ++last, name: "", value: "" }])}>
          <Plus size={14} aria-hidden /> {words.addHeader}
        </Button>
      </div>
    </fieldset>
  );
}
