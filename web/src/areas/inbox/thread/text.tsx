import { Fragment, memo } from "react";
import { type Mark, piecesOf } from "./marks";
import style from "./text.module.css";

/** A person's words: links can be opened, and on WhatsApp the marks show. */
export const MessageText = memo(function MessageText({ text, hasMarks = false }: { text: string; hasMarks?: boolean }) {
  return (
    <span className={style.text} dir="auto">
      {piecesOf(text, hasMarks).map((piece, i) =>
        "href" in piece ? (
          <a key={i} href={piece.href} target="_blank" rel="noopener noreferrer">
            {piece.text}
          </a>
        ) : (
          <Fragment key={i}>{wrapped(piece.text, piece.marks)}</Fragment>
        ),
      )}
    </span>
  );
});

const TAGS = { bold: "b", italic: "i", strike: "s", code: "code" } as const;

function wrapped(text: string, marks: readonly Mark[]): React.ReactNode {
  return marks.reduceRight<React.ReactNode>((inner, mark) => {
    const Tag = TAGS[mark];
    return <Tag>{inner}</Tag>;
  }, text);
}
