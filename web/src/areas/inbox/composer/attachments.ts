import { useCallback, useEffect, useRef, useState } from "react";
import { upload } from "../../../api/upload";
import { problemText } from "../../../api/problems";
import { type FileType, maxBytes, shownLimit, typeFor } from "./limits";

/** A file that is to be sent with the next message. */
export interface Attachment {
  key: string;
  file: File;
  type: FileType;
  /** It was recorded here, and is shown as speech. */
  isVoice: boolean;
  /** From 0 to 1. */
  progress: number;
  mediaId?: string;
  problem?: string;
}

export interface Attachments {
  all: readonly Attachment[];
  add: (files: Iterable<File>, isVoice?: boolean) => void;
  remove: (key: string) => void;
  retry: (key: string) => void;
  clear: () => void;
}

/** Uploads begin at once; sending waits for them. */
export function useAttachments(channel: string, tooLarge: (limit: string) => string): Attachments {
  const [all, setAll] = useState<readonly Attachment[]>([]);
  const running = useRef(new Map<string, AbortController>());
  useEffect(() => {
    const uploads = running.current;
    return () => {
      for (const one of uploads.values()) one.abort();
    };
  }, []);
  const patch = useCallback(
    (key: string, fields: Partial<Attachment>) =>
      setAll((before) => before.map((one) => (one.key === key ? { ...one, ...fields } : one))),
    [],
  );

  const start = (attachment: Attachment): void => {
    const limit = maxBytes(channel, attachment.type);
    if (attachment.file.size > limit) return patch(attachment.key, { problem: tooLarge(shownLimit(limit)) });
    const control = new AbortController();
    running.current.set(attachment.key, control);
    upload(attachment.file, (progress) => patch(attachment.key, { progress }), control.signal)
      .then(({ media_id: mediaId }) => patch(attachment.key, { mediaId, progress: 1 }))
      .catch((error: unknown) => control.signal.aborted || patch(attachment.key, { problem: problemText(error) }))
      .finally(() => running.current.delete(attachment.key));
  };

  return {
    all,
    add(files, isVoice = false) {
      const added = [...files].map((file): Attachment => ({
        key: crypto.randomUUID(),
        file,
        type: typeFor(channel, file),
        isVoice,
        progress: 0,
      }));
      setAll((before) => [...before, ...added]);
      // Behind the state in which they are.
      queueMicrotask(() => added.forEach(start));
    },
    remove(key) {
      running.current.get(key)?.abort();
      setAll((before) => before.filter((one) => one.key !== key));
    },
    retry(key) {
      const attachment = all.find((one) => one.key === key);
      if (!attachment) return;
      setAll((before) =>
        before.map(({ problem, ...one }) =>
          one.key === key ? { ...one, progress: 0 } : { ...one, ...(problem !== undefined && { problem }) },
        ),
      );
      queueMicrotask(() => start(attachment));
    },
    clear: () => setAll([]),
  };
}
