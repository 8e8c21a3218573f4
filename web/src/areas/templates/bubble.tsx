import { ExternalLink, FileText, Image, Phone, Reply, Video } from "lucide-react";
import { useWords } from "../../kit/words";
import { templateWords } from "./words";
import style from "./templates.module.css";

const FILES = { image: Image, video: Video, document: FileText } as const;
const ICONS = { URL: ExternalLink, PHONE_NUMBER: Phone } as const;

export interface Shown {
  file?: keyof typeof FILES | undefined;
  header?: string | undefined;
  body: string;
  footer?: string | undefined;
  buttons: readonly { kind: string; text: string }[];
}

/** A template as a customer sees it. */
export function Bubble({ shown: { file, header, body, footer, buttons } }: { shown: Shown }) {
  const words = useWords(templateWords);
  const File = file && FILES[file];
  return (
    <section className={style.chat} aria-label={words.preview}>
      <div className={style.bubble} dir="auto">
        {File && (
          <span className={style.file}>
            <File size={26} strokeWidth={1.5} aria-label={words.headers[file]} />
          </span>
        )}
        {header !== undefined && header !== "" && <b>{header}</b>}
        <p>{body === "" ? words.emptyBody : marked(body)}</p>
        {footer !== undefined && footer !== "" && <small>{footer}</small>}
      </div>
      {buttons.map(({ kind, text }, i) => {
        const Icon = ICONS[kind as keyof typeof ICONS] ?? Reply;
        return (
          <span key={i} className={style.button} dir="auto">
            <Icon size={14} aria-hidden /> {text}
          </span>
        );
      })}
    </section>
  );
}

/** WhatsApp's marks for bold and italic. */
function marked(text: string) {
  return text
    .split(/(\*[^*\n]+\*|_[^_\n]+_)/)
    .map((part, i) =>
      /^\*[^*]+\*$/.test(part) ? (
        <b key={i}>{part.slice(1, -1)}</b>
      ) : /^_[^_]+_$/.test(part) ? (
        <em key={i}>{part.slice(1, -1)}</em>
      ) : (
        part
      ),
    );
}
