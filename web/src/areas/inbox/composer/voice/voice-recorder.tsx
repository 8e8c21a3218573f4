import { useEffect, useRef, useState } from "react";
import { Square, Trash2 } from "lucide-react";
import { Button, IconButton } from "../../../../kit/button";
import { playTime } from "../../../../kit/time";
import { toast } from "../../../../kit/toast";
import { useWords } from "../../../../kit/words";
import { inboxWords } from "../../words";
import { record, type Recording } from "./recording";
import style from "./voice-recorder.module.css";

interface RecorderProps {
  channel: string;
  onDone: (file: File) => void;
  onClose: () => void;
}

const STEP_MS = 80;
/** Most that is drawn: the last seconds. */
const BARS = 160;
/** Longer than anybody listens, and below the limits of every channel. */
const MOST_SECONDS = 600;

/** Records from when it is shown until it is stopped or discarded. */
export default function VoiceRecorder({ channel, onDone, onClose }: RecorderProps) {
  const { composer: words } = useWords(inboxWords);
  const recording = useRef<Recording>(undefined);
  const [levels, setLevels] = useState<readonly number[]>();
  const [seconds, setSeconds] = useState(0);
  const [isStopping, setStopping] = useState(false);
  const close = useRef(onClose);
  useEffect(() => void (close.current = onClose));

  useEffect(() => {
    let isShown = true;
    let timer: ReturnType<typeof setInterval> | undefined;
    const begin = (begun: Recording): void => {
      if (!isShown) return begun.discard();
      recording.current = begun;
      const startedAt = performance.now();
      setLevels([]);
      timer = setInterval(() => {
        setLevels((before = []) => [...before, begun.level()].slice(-BARS));
        setSeconds((performance.now() - startedAt) / 1000);
      }, STEP_MS);
    };
    record(channel).then(begin, (error: unknown) => {
      if (!isShown) return;
      const name = error instanceof DOMException ? error.name : "";
      toast(
        name === "NotAllowedError"
          ? words.microphoneRefused
          : name === "NotFoundError"
            ? words.noMicrophone
            : words.recordingFailed,
        "bad",
      );
      close.current();
    });
    return () => {
      isShown = false;
      clearInterval(timer);
      recording.current?.discard();
    };
    // oxlint-disable-next-line react/exhaustive-deps -- once
  }, []);

  const stop = (): void => {
    const begun = recording.current;
    if (!begun || isStopping) return;
    setStopping(true);
    begun
      .stop()
      .then(onDone, () => toast(words.recordingFailed, "bad"))
      .finally(() => {
        recording.current = undefined;
        close.current();
      });
  };
  const isOver = seconds >= MOST_SECONDS;
  useEffect(() => {
    if (isOver) stop();
    // oxlint-disable-next-line react/exhaustive-deps -- once
  }, [isOver]);

  return (
    <div
      className={style.recorder}
      role="group"
      aria-label={words.voiceMessage}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onClose();
      }}
    >
      <IconButton label={words.discardRecording} onPress={onClose}>
        <Trash2 size={17} />
      </IconButton>
      <span className={style.state} role="status" data-on={levels !== undefined || undefined}>
        {levels === undefined ? words.microphoneAsked : words.recording}
      </span>
      <span className={style.wave} aria-hidden>
        {levels?.map((level, i) => (
          <i key={i} style={{ blockSize: `${Math.max(2, level * 22)}px` }} />
        ))}
      </span>
      <time>{playTime(seconds)}</time>
      <Button kind="go" autoFocus isDisabled={isStopping} onPress={stop}>
        <Square size={12} fill="currentColor" aria-hidden /> {words.stopRecording}
      </Button>
    </div>
  );
}
