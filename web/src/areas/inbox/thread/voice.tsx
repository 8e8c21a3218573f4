import { useEffect, useRef, useState } from "react";
import { Pause, Play } from "lucide-react";
import { Button } from "react-aria-components";
import { playTime } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { inboxWords } from "../words";
import type { FileOf } from "./content";
import { File } from "./media";
import { peaksOf } from "./peaks";
import style from "./voice.module.css";

const SPEEDS = [1, 1.5, 2];
const BARS = 44;
/** Its wave is drawn from the whole file. */
const MAX_DRAWN_BYTES = 3_000_000;

/**
 * A voice message: its wave, its place, its speed. Where a browser cannot play it, it can be downloaded. `bytes` are of a
 * file that is not sent yet.
 */
export function Voice({ file, isVoice, bytes }: { file: FileOf; isVoice: boolean; bytes?: Blob }) {
  const { thread: words } = useWords(inboxWords);
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [isBroken, setBroken] = useState(false);
  const [{ at, length }, setPlace] = useState({ at: 0, length: 0 });
  const [speed, setSpeed] = useState(1);
  const peaks = usePeaks(file, bytes);
  if (isBroken) return <File file={file} />;
  const note = (): void => {
    const { currentTime, duration } = audio.current!;
    setPlace({ at: currentTime, length: Number.isFinite(duration) ? duration : 0 });
  };
  const toggle = (): void =>
    void (isPlaying ? audio.current?.pause() : audio.current?.play().catch(() => setBroken(true)));
  const nextSpeed = (): void => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length]!;
    audio.current!.playbackRate = next;
    setSpeed(next);
  };
  const part = length === 0 ? 0 : at / length;
  return (
    <div className={style.voice}>
      {/* A voice message has no captions. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <audio
        ref={audio}
        src={file.src}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={note}
        onLoadedMetadata={note}
        onDurationChange={note}
        onError={() => setBroken(true)}
      />
      <Button
        className={style.play}
        aria-label={isPlaying ? words.pause : isVoice ? words.playVoice : words.playAudio}
        onPress={toggle}
      >
        {isPlaying ? <Pause size={15} /> : <Play size={15} />}
      </Button>
      <span className={style.wave}>
        {peaks.map((peak, i) => (
          <i
            key={i}
            className={i / BARS < part ? style.past : undefined}
            style={{ blockSize: `${Math.max(3, peak * 20)}px` }}
          />
        ))}
        <input
          type="range"
          aria-label={words.position}
          min={0}
          max={Math.max(0.1, length)}
          step={0.1}
          value={at}
          onChange={({ target }) => (audio.current!.currentTime = Number(target.value))}
        />
      </span>
      <span className={style.length}>{playTime(isPlaying || at > 0 ? at : length)}</span>
      <Button className={style.speed} aria-label={words.speed(speed)} onPress={nextSpeed}>
        {speed}×
      </Button>
    </div>
  );
}

const FLAT: readonly number[] = Array.from({ length: BARS }, () => 0.3);

function usePeaks({ src, size }: FileOf, bytes: Blob | undefined): readonly number[] {
  const [peaks, setPeaks] = useState(FLAT);
  useEffect(() => {
    if (size === undefined || size > MAX_DRAWN_BYTES) return undefined;
    let isWanted = true;
    peaksOf(src, BARS, bytes).then(
      (found) => isWanted && setPeaks(found),
      // It plays all the same, or shows that it does not.
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [src, size, bytes]);
  return peaks;
}
