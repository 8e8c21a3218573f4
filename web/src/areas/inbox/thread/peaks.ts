/** The loudness of a sound over time, from 0 to 1. Sounds that were measured are remembered. */
const known = new Map<string, Promise<readonly number[]>>();

/** `bytes`: what is at the address, if it is at hand. */
export function peaksOf(url: string, bars: number, bytes?: Blob): Promise<readonly number[]> {
  const measured = known.get(url) ?? (bytes?.arrayBuffer() ?? fetched(url)).then((sound) => measure(sound, bars));
  known.set(url, measured);
  return measured;
}

async function fetched(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status}`);
  return response.arrayBuffer();
}

async function measure(bytes: ArrayBuffer, bars: number): Promise<readonly number[]> {
  // At a low rate: enough to draw.
  const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes);
  const samples = sound.getChannelData(0);
  const size = Math.max(1, Math.floor(samples.length / bars));
  const loudness = Array.from({ length: bars }, (_, i) => {
    let sum = 0;
    for (let n = i * size; n < (i + 1) * size && n < samples.length; n += 4) sum += samples[n]! ** 2;
    return Math.sqrt(sum / (size / 4));
  });
  const most = Math.max(...loudness, 0.0001);
  return loudness.map((one) => Math.sqrt(one / most));
}
