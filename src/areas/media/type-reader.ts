import { Mp4Tracks } from "./mp4-tracks";
import { AUDIO_OF, trustedType } from "./sniff";

/** The types whose container `Mp4Tracks` reads. */
const WITH_TRACKS = Object.entries(AUDIO_OF).filter(([video]) => video !== "video/webm");

/** Determines the type to store and serve while the file passes. */
export class TypeReader {
  readonly #claimed: string | undefined;
  readonly #name: string | undefined;
  readonly #tracks = new Mp4Tracks();
  #ofHead: string | undefined;

  /** `claimed` and `name` count only where the bytes do not decide. */
  constructor(claimed: string | undefined, name?: string) {
    this.#claimed = claimed;
    this.#name = name;
  }

  /** By what has been read so far: an MP4 may name its tracks at its end. */
  get type(): string {
    const ofHead = this.#ofHead ?? trustedType(new Uint8Array(0), this.#claimed, this.#name);
    const pair = WITH_TRACKS.find((types) => types.includes(ofHead));
    if (!pair || this.#tracks.kind === undefined) return ofHead;
    return this.#tracks.kind === "video" ? pair[0] : pair[1];
  }

  /** The first chunk should have the file's first 64 KiB. */
  read(bytes: Uint8Array): void {
    this.#ofHead ??= trustedType(bytes, this.#claimed, this.#name);
    if (WITH_TRACKS.some((types) => types.includes(this.#ofHead!))) this.#tracks.read(bytes);
  }
}
