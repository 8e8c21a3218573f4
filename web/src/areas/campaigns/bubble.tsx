import { FileImage, FileText, FileVideo, MapPin } from "lucide-react";
import type { Look } from "../../api/template";
import { useWords } from "../../kit/words";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

const ICONS: Record<string, typeof FileText> = { image: FileImage, video: FileVideo, location: MapPin };

/** A WhatsApp message as its reader sees it. */
export function WhatsAppBubble({ look }: { look: Look }) {
  const { preview: words } = useWords(campaignWords);
  const Icon = look.file === undefined ? undefined : (ICONS[look.file] ?? FileText);
  return (
    <div className={style.bubble}>
      {Icon && (
        <p className={style.file}>
          <Icon size={16} aria-hidden /> {words.files[look.file as keyof typeof words.files] ?? look.file}
        </p>
      )}
      {look.header !== undefined && <b dir="auto">{look.header}</b>}
      <p dir="auto">{look.body}</p>
      {look.footer !== undefined && <small dir="auto">{look.footer}</small>}
      {look.buttons.length > 0 && (
        <ul>
          {look.buttons.map(({ text }, i) => (
            <li key={i} dir="auto">
              {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface MailProps {
  subject: string;
  preheader?: string | null | undefined;
  text: string;
}

/** A mail as its reader sees it, in words: its HTML is drawn by mail programs. */
export function MailSheet({ subject, preheader, text }: MailProps) {
  return (
    <article className={style.mail}>
      <h3 dir="auto">{subject}</h3>
      {preheader && <small dir="auto">{preheader}</small>}
      <p dir="auto">{text}</p>
    </article>
  );
}
