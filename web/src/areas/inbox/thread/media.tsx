import { useState } from "react";
import { Download, ExternalLink, FileText, ImageOff, LoaderCircle } from "lucide-react";
import { Dialog } from "../../../kit/dialog";
import { fileSize } from "../../../kit/figures";
import { useWords } from "../../../kit/words";
import { inboxWords } from "../words";
import { type Content, type FileOf, textIn } from "./content";
import style from "./media.module.css";

/** Opened in full by a press. */
export function Picture({ file, isSticker }: { file: FileOf; isSticker: boolean }) {
  const words = useWords(inboxWords);
  const [state, setState] = useState<"small" | "full" | "broken">("small");
  const name = file.name ?? (isSticker ? words.thread.sticker : words.thread.image);
  if (state === "broken") return <File file={file} />;
  return (
    <>
      <button
        type="button"
        className={isSticker ? style.sticker : style.picture}
        aria-label={words.thread.openImage(name)}
        onClick={() => setState("full")}
      >
        <img src={file.src} alt={name} loading="lazy" decoding="async" onError={() => setState("broken")} />
      </button>
      {state === "full" && (
        <Dialog title={name} closeLabel={words.close} onClose={() => setState("small")} isWide>
          <img src={file.src} alt={name} />
          <a href={file.url} download={file.name ?? ""}>
            {words.thread.download}
          </a>
        </Dialog>
      )}
    </>
  );
}

export function Video({ file }: { file: FileOf }) {
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <File file={file} />;
  // Customers' videos have no captions.
  // oxlint-disable-next-line jsx-a11y/media-has-caption
  return <video className={style.video} src={file.src} controls preload="metadata" onError={() => setBroken(true)} />;
}

export function File({ file }: { file: FileOf }) {
  const { thread: words } = useWords(inboxWords);
  const name = file.name ?? words.file;
  return (
    <a className={style.file} href={file.url} download={name} aria-label={words.downloadFile(name)}>
      <FileText size={18} aria-hidden />
      <span>
        <bdi>{name}</bdi>
        <small>
          {[
            file.size === undefined ? undefined : fileSize(file.size),
            file.name?.includes(".") ? undefined : file.mimeType,
          ]
            .filter(Boolean)
            .join(" · ")}
        </small>
      </span>
      <Download size={15} aria-hidden />
    </a>
  );
}

const COPY_MS = 10 * 60_000;

/** A file that is not here: it is being fetched, was never sent, or is gone. */
export function Missing({
  content,
  outside,
  isRecent,
  at,
}: {
  content: Content;
  outside: string | undefined;
  isRecent: boolean;
  at: string;
}) {
  const { thread: words } = useWords(inboxWords);
  if (outside !== undefined)
    return (
      <a className={style.file} href={outside} target="_blank" rel="noopener noreferrer">
        <ExternalLink size={18} aria-hidden />
        <span>
          <bdi>{textIn(content.file_name) ?? words.file}</bdi>
          <small>{outside}</small>
        </span>
      </a>
    );
  const isComing = isRecent && Date.now() - Date.parse(at) < COPY_MS;
  return (
    <p className={style.missing}>
      {isComing ? <LoaderCircle size={16} aria-hidden /> : <ImageOff size={16} aria-hidden />}
      {isComing ? words.fileComing : words.fileGone}
    </p>
  );
}
