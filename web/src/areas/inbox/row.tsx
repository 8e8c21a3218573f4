import { memo } from "react";
import { Link } from "wouter";
import { BotMessageSquare, Hourglass, Timer, TimerOff, Users } from "lucide-react";
import { Avatar } from "../../kit/avatar";
import { Chip } from "../../kit/chip";
import { useNow } from "../../kit/clock";
import { shownAddress } from "../../kit/phone";
import { duration, listTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { msUntil, useConversation } from "../../live/inbox";
import type { Conversation } from "../../live/matches";
import { useIsSeen } from "./reading";
import type { Selection } from "./selection";
import { piecesOf } from "./thread/marks";
import { inboxWords } from "./words";
import style from "./row.module.css";

interface RowProps {
  id: string;
  isOpen: boolean;
  search: string;
  selection: Selection;
}

/** Shows who wrote, how long ago, what, and how urgent it is, in that order. */
export const Row = memo(function Row({ id, isOpen, search, selection }: RowProps) {
  const words = useWords(inboxWords);
  const conversation = useConversation(id);
  const now = useNow(30_000);
  const isSeen = useIsSeen(id);
  if (!conversation) return <SkeletonRow />;
  const { contact_id, contact_channel, last_message_at, unread_count } = conversation;
  const name = nameOf(conversation, words.unknown);
  const unread = isSeen ? 0 : unread_count;
  const isSelected = selection.ids.has(id);
  const classes = [style.row, isOpen && style.open, unread > 0 && style.unread, isSelected && style.selected];
  return (
    <div className={classes.filter(Boolean).join(" ")} data-selecting={selection.ids.size > 0 || undefined}>
      <span className={style.face}>
        <Avatar name={name} of={contact_id} size={36} channel={contact_channel} />
        <span className={style.check}>
          <input
            type="checkbox"
            aria-label={words.list.select(name)}
            checked={isSelected}
            onChange={() => selection.toggle(id)}
          />
        </span>
      </span>
      <Link href={`/${id}${search}`} className={style.link} aria-current={isOpen ? "true" : undefined}>
        <span className={style.line}>
          <bdi className={style.name}>{name}</bdi>
          <span className="hidden-text">{words.channels[contact_channel]}</span>
          {last_message_at && <time dateTime={last_message_at}>{listTime(last_message_at, now, words.yesterday)}</time>}
        </span>
        <span className={style.line}>
          <span className={style.preview} dir="auto">
            {previewOf(conversation) ?? words.list.noText}
          </span>
          {unread > 0 && (
            <b className={style.count}>
              {unread}
              <span className="hidden-text"> {words.list.unread}</span>
            </b>
          )}
        </span>
        <Chips conversation={conversation} />
      </Link>
    </div>
  );
});

/** At most two: the service level, the window, the queue, then tags. */
function Chips({ conversation }: { conversation: Conversation }) {
  const { chips: words } = useWords(inboxWords);
  useNow(60_000);
  const { status, sla_status, window_status, window_expires_at, waiting_since, thread_control, tags } = conversation;
  const isOver = status === "resolved";
  const chips: React.ReactNode[] = [];
  if (!isOver && sla_status === "breached")
    chips.push(
      <Chip key="sla" tone="bad">
        <TimerOff size={12} aria-hidden />
        {words.breached}
      </Chip>,
    );
  if (!isOver && sla_status === "warning")
    chips.push(
      <Chip key="sla" tone="warn">
        <Timer size={12} aria-hidden />
        {words.dueSoon}
      </Chip>,
    );
  const left = window_expires_at === null ? undefined : msUntil(window_expires_at);
  if (!isOver && left !== undefined && left > 0 && (window_status === "expiring" || left < SOON_MS))
    chips.push(
      <Chip key="window" tone={window_status === "expiring" ? "warn" : "plain"}>
        <Hourglass size={12} aria-hidden />
        {words.window(duration(left))}
      </Chip>,
    );
  if (waiting_since !== null)
    chips.push(
      <Chip key="queue">
        <Users size={12} aria-hidden />
        {words.waiting(duration(-msUntil(waiting_since)))}
      </Chip>,
    );
  if (thread_control === "other")
    chips.push(
      <Chip key="elsewhere">
        <BotMessageSquare size={12} aria-hidden />
        {words.elsewhere}
      </Chip>,
    );
  for (const tag of tags)
    chips.push(
      <Chip key={`tag ${tag}`}>
        <bdi>{tag}</bdi>
      </Chip>,
    );
  return chips.length === 0 ? null : <span className={style.chips}>{chips.slice(0, 2)}</span>;
}

const SOON_MS = 4 * 3_600_000;

/** Without the signs of WhatsApp's marks. */
const previewOf = ({ last_message: text, contact_channel: channel }: Conversation): string | null =>
  text === null || channel !== "whatsapp"
    ? text
    : piecesOf(text, true)
        .map((piece) => piece.text)
        .join("");

export const nameOf = ({ contact_name, contact_phone }: Conversation, unknown: string): string =>
  contact_name ?? (contact_phone === null ? unknown : shownAddress(contact_phone));

export const SkeletonRow = () => (
  <div className={`${style.row} ${style.skeleton}`} aria-hidden>
    <i />
    <span>
      <b />
      <b />
    </span>
  </div>
);
