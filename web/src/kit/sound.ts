/** Sounds that call an agent. They are tones, so that no file is fetched. */
export type Tone = "soft" | "clear";

const TONES: Record<Tone, { hz: readonly number[]; volume: number }> = {
  soft: { hz: [523], volume: 0.12 },
  clear: { hz: [659, 988], volume: 0.4 },
};
const NOTE_SECONDS = 0.16;
const FADE_SECONDS = 0.5;
/** A browser that allows no sound never says so. */
const PATIENCE_MS = 500;

/** Returns whether it is heard: browsers allow no sound in a tab before somebody has pressed something there. */
export async function playTone(tone: Tone): Promise<boolean> {
  const audio = new AudioContext();
  await Promise.race([audio.resume(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  if (audio.state !== "running") {
    void audio.close();
    return false;
  }
  const { hz, volume } = TONES[tone];
  const [oscillator, gain] = [audio.createOscillator(), audio.createGain()];
  const begin = audio.currentTime;
  const end = begin + NOTE_SECONDS * hz.length + FADE_SECONDS;
  for (const [i, frequency] of hz.entries()) oscillator.frequency.setValueAtTime(frequency, begin + i * NOTE_SECONDS);
  gain.gain.setValueAtTime(0, begin);
  // A tone that begins at once clicks.
  gain.gain.linearRampToValueAtTime(volume, begin + 0.02);
  gain.gain.setValueAtTime(volume, end - FADE_SECONDS);
  gain.gain.exponentialRampToValueAtTime(0.001, end);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.addEventListener("ended", () => void audio.close());
  oscillator.start(begin);
  oscillator.stop(end);
  return true;
}
