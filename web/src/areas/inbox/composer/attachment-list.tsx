import { useEffect, useState } from "react";
import { FileText, RotateCw, X } from "lucide-react";
import { IconButton } from "../../../kit/button";
import { fileSize } from "../../../kit/figures";
import { useWords } from "../../../kit/words";
import { Voice } from "../thread/voice";
import { inboxWords } from "../words";
import type { Attachment, Attachments } from "./attachments";
import style from "./composer.module.css";

export function AttachmentList({ attachments }: { attachments: Attachments }) {
  const { composer: words } = useWords(inboxWords);
  if (attachments.all.length === 0) return null;
  const nameOf = ({ file, isVoice }: Attachment): string => (isVoice ? words.voiceMessage : file.name);
  return (
    <ul className={style.attachments} aria-label={words.attachments}>
      {attachments.all.map((one) => (
        <li key={one.key} data-problem={one.problem !== undefined || undefined} data-voice={one.isVoice || undefined}>
          {one.isVoice ? <Recorded file={one.file} /> : <Preview attachment={one} />}
          <span>
            {!one.isVoice && <bdi>{one.file.name}</bdi>}
            <small role="status">
              {one.problem ??
                (one.mediaId === undefined ? words.uploading(Math.round(one.progress * 100)) : fileSize(one.file.size))}
            </small>
            {one.problem === undefined && one.mediaId === undefined && (
              <progress value={one.progress} aria-label={words.uploading(Math.round(one.progress * 100))} />
            )}
          </span>
          {one.problem !== undefined && (
            <IconButton label={words.uploadAgain(nameOf(one))} onPress={() => attachments.retry(one.key)}>
              <RotateCw size={14} />
            </IconButton>
          )}
          <IconButton label={words.removeFile(nameOf(one))} onPress={() => attachments.remove(one.key)}>
            <X size={14} />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}

function Preview({ attachment: { file, type } }: { attachment: Attachment }) {
  const url = useObjectUrl(type === "image" ? file : undefined);
  return url === undefined ? <FileText size={18} aria-hidden /> : <img src={url} alt="" />;
}

/** To be heard before it is sent. */
function Recorded({ file }: { file: File }) {
  const url = useObjectUrl(file);
  if (url === undefined) return null;
  return <Voice file={{ url, src: url, mimeType: file.type, name: file.name, size: file.size }} isVoice bytes={file} />;
}

function useObjectUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file) return undefined;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
