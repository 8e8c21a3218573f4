import type { ReactNode } from "react";
import { Button } from "./button";
import { commonWords } from "./common-words";
import { useWords } from "./words";
import style from "./table.module.css";

export interface Column<Row> {
  id: string;
  /** Empty: a column of buttons. */
  name: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the end. */
  isFigure?: boolean;
  /** Left out where there is little room. */
  isExtra?: boolean;
}

interface TableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** A row can be opened: its first cell is a button, and the whole row can be pressed. */
  onOpen?: (row: Row) => void;
  /** Instead of rows. */
  empty?: ReactNode;
  /** There are more rows. */
  more?: { name: string; load: () => void; isLoading: boolean } | undefined;
}

export function Table<Row>({ label, columns, rows, keyOf, onOpen, empty, more }: TableProps<Row>) {
  const words = useWords(commonWords);
  if (rows.length === 0 && empty !== undefined) return empty;
  return (
    // Without buttons in it, what is beyond the edge is reached by its own keys.
    <div className={style.scroll} {...(!onOpen && { tabIndex: 0, role: "group", "aria-label": label })}>
      <table className={style.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={classOf(column)}>
                {column.name === "" ? <span className="hidden-text">{words.actions}</span> : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            // The button in the first cell is the way of the keyboard.
            <tr
              key={keyOf(row)}
              className={onOpen && style.opens}
              onClick={onOpen && ((event) => isPlain(event) && onOpen(row))}
            >
              {columns.map((column, i) => (
                <td key={column.id} className={classOf(column)}>
                  {i === 0 && onOpen ? (
                    <button type="button" className={style.first} onClick={() => onOpen(row)}>
                      {column.cell(row)}
                    </button>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more && (
        <Button className={style.more ?? ""} isPending={more.isLoading} onPress={more.load}>
          {more.name}
        </Button>
      )}
    </div>
  );
}

const classOf = ({ isFigure, isExtra }: { isFigure?: boolean; isExtra?: boolean }): string =>
  [isFigure && style.figure, isExtra && style.extra].filter(Boolean).join(" ");

/** Presses of what stands in the row, and marked text, are not meant for the row. */
const isPlain = ({ target }: { target: EventTarget }): boolean =>
  !(target instanceof Element && target.closest("button, a, input, label, [role=menu]")) &&
  getSelection()?.isCollapsed !== false;
