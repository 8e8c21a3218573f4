import { oggOf } from "./ogg";
import { wavOf } from "./wav";
import { opusOfWebm } from "./webm";

/** Records the microphone, and gives the file in the form that the channel takes. */
export interface Recording {
  /** How loud it is at the moment, from 0 to 1. */
  level: () => number;
  /** The microphone is free after it. */
  stop: () => Promise<File>;
  discard: () => void;
}

/** The first that the browser records: Firefox the first, Chromium the second, older Safaris the last. */
const FORMATS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
/** Enough for speech; a minute has 180 KB. */
const BITS_PER_SECOND = 24_000;
const WAV_HERTZ = 16_000;

/** Throws a `DOMException` if there is no microphone, or the browser may not use it. */
export async function record(channel: string): Promise<Recording> {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
  const context = new AudioContext();
  const source = context.createMediaStreamSource(microphone);
  const meter = new AnalyserNode(context, { fftSize: 512 });
  // WhatsApp takes one track only, whatever the microphone has.
  const mono = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  source.connect(meter);
  source.connect(mono);
  const mimeType = FORMATS.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(mono.stream, {
    ...(mimeType !== undefined && { mimeType }),
    audioBitsPerSecond: BITS_PER_SECOND,
  });
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.start();
  const samples = new Float32Array(meter.fftSize);
  const free = (): void => {
    for (const track of microphone.getTracks()) track.stop();
    void context.close();
  };
  return {
    level() {
      meter.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, one) => sum + one ** 2, 0) / samples.length;
      // Speech is far from the loudest that there is.
      return Math.min(1, Math.sqrt(power) * 4);
    },
    async stop() {
      await new Promise((resolve) => {
        recorder.addEventListener("stop", resolve, { once: true });
        recorder.stop();
      });
      free();
      return fileFor(channel, new Blob(parts, { type: recorder.mimeType }));
    },
    discard() {
      if (recorder.state !== "inactive") recorder.stop();
      free();
    },
  };
}

async function fileFor(channel: string, recorded: Blob): Promise<File> {
  const bytes = await recorded.arrayBuffer();
  const container = recorded.type.split(";")[0];
  if (container === "audio/mp4") return new File([bytes], "voice.m4a", { type: "audio/mp4" });
  if (channel !== "whatsapp") return new File([await wavFrom(bytes)], "voice.wav", { type: "audio/wav" });
  const ogg =
    container === "audio/ogg"
      ? bytes
      : oggOf(opusOfWebm(new Uint8Array(bytes)), crypto.getRandomValues(new Uint32Array(1))[0]!);
  return new File([ogg], "voice.ogg", { type: "audio/ogg" });
}

/** Instagram and Messenger take no Opus. */
async function wavFrom(bytes: ArrayBuffer): Promise<ArrayBuffer> {
  const sound = await new OfflineAudioContext(1, 1, WAV_HERTZ).decodeAudioData(bytes);
  return wavOf(sound.getChannelData(0), WAV_HERTZ);
}
