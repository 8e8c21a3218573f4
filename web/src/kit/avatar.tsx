import { Camera, Mail, MessageSquare, Phone, Zap } from "lucide-react";
import style from "./avatar.module.css";

const MARKS = { whatsapp: Phone, instagram: Camera, messenger: Zap, email: Mail } as const;

interface AvatarProps {
  name: string;
  /** Decides the colour; the same person has the same everywhere. */
  of: string;
  size: number;
  channel?: string | undefined;
}

/** A person's initials. Decoration, and no text: their name stands beside it. */
export function Avatar({ name, of, size, channel }: AvatarProps) {
  const Mark = channel === undefined ? undefined : (MARKS[channel as keyof typeof MARKS] ?? MessageSquare);
  return (
    <span
      className={style.avatar}
      style={{ "--size": `${size}px`, "--h": hueOf(of) } as React.CSSProperties}
      aria-hidden
      data-initials={initialsOf(name)}
    >
      {Mark && (
        <i className={`${style.mark} ${style[channel!] ?? ""}`}>
          <Mark size={9} strokeWidth={2.6} />
        </i>
      )}
    </span>
  );
}

/** Two letters of a name, one of an address. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => /\p{L}|\p{N}/u.test(word));
  if (words.length === 0 || name.includes("@")) return [...name].find((char) => /\p{L}|\p{N}/u.test(char)) ?? "?";
  if (/^\+?\d/.test(name)) return "#";
  const first = [...words[0]!][0]!;
  const last = words.length > 1 ? [...words.at(-1)!][0]! : "";
  return `${first}${last}`.toLocaleUpperCase();
}

export function hueOf(id: string): number {
  let hash = 7;
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  return hash % 360;
}
