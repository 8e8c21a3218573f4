/** The sizes that each channel takes, to say them before an upload. The API decides; these are its limits. */
export type FileType = "image" | "video" | "audio" | "document";

const MIB = 1024 * 1024;
const LIMITS: Record<string, Record<FileType, number>> = {
  whatsapp: { image: 5 * MIB, video: 16 * MIB, audio: 16 * MIB, document: 100 * MIB },
  instagram: { image: 8 * MIB, video: 25 * MIB, audio: 25 * MIB, document: 25 * MIB },
  messenger: { image: 8 * MIB, video: 25 * MIB, audio: 25 * MIB, document: 25 * MIB },
  email: { image: 7 * MIB, video: 7 * MIB, audio: 7 * MIB, document: 7 * MIB },
};
/** As an image WhatsApp takes these only; other pictures go as documents. */
const PICTURES = ["image/jpeg", "image/png"];
const VIDEOS = ["video/mp4", "video/3gpp"];

export function typeFor(channel: string, { type }: Pick<File, "type">): FileType {
  if (channel === "whatsapp" && type.startsWith("image/")) return PICTURES.includes(type) ? "image" : "document";
  if (channel === "whatsapp" && type.startsWith("video/")) return VIDEOS.includes(type) ? "video" : "document";
  const kind = type.split("/")[0];
  return kind === "image" || kind === "video" || kind === "audio" ? kind : "document";
}

export const maxBytes = (channel: string, type: FileType): number => LIMITS[channel]?.[type] ?? 5 * MIB;

/** As the channels say their limits, whose megabytes are binary. */
export const shownLimit = (bytes: number): string => `${Math.floor(bytes / MIB)} MB`;

/** Messages of these channels may have text beside the file. */
export const takesCaption = (channel: string, type: FileType): boolean => channel === "whatsapp" && type !== "audio";
