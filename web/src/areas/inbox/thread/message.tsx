import { memo, useState } from "react";
import { Check, CheckCheck, CircleAlert, Clock, Reply, SmilePlus } from "lucide-react";
import type { Message } from "../../../api/api.gen";
import { IconButton } from "../../../kit/button";
import { Menu } from "../../../kit/menu";
import { clockTime, fullDate } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { failureAdvice, wayOut } from "../failures";
import { inboxWords } from "../words";
import { textIn } from "./content";
import { Delayed } from "./delayed";
import { MessageContent } from "./message-content";
import { MessageText } from "./text";
import style from "./message.module.css";

interface MessageProps {
  message: Message;
  /** The message that it answers, if it is loaded. */
  answered: Message | undefined;
  continues: boolean;
  actions: MessageActions;
  /** Whether its conversation is not the open one, to which answers go. */
  isEarlier: boolean;
}

export interface MessageActions {
  /** The agent's own id, whose name need not be said. */
  agentId: string;
  canSend: boolean;
  canReact: boolean;
  reply: (message: Message) => void;
  react: (message: Message, emoji: string) => void;
  /** Opens what failed in the composer. */
  edit: (message: Message) => void;
  /** Sends the same text once more. */
  repeat: (message: Message) => void;
  /** Opens the templates, where the channel has any. */
  pickTemplate: (() => void) | undefined;
  jumpTo: (id: string) => void;
}

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
/** They fill their bubble to its edge. */
const PICTURES = ["image", "video", "sticker"];

export const MessageBubble = memo(function MessageBubble({
  message,
  answered,
  continues,
  actions,
  isEarlier,
}: MessageProps) {
  const { thread: words } = useWords(inboxWords);
  const {
    type,
    direction,
    created_at: at,
    edited_at: editedAt,
    revoked_at: revokedAt,
    sender_name,
    sender_agent_id,
    sent_via,
    failure,
  } = message;
  if (type === "system") return <System message={message} />;
  const isOurs = direction === "outbound";
  const by = isOurs
    ? senderOf(sent_via, sender_agent_id === actions.agentId ? words.you : sender_name, words)
    : undefined;
  const isFailed = message.status === "failed";
  const isPicture = PICTURES.includes(type) && textIn(message.content.url) !== undefined && revokedAt === null;
  const classes = [
    style.message,
    isOurs ? style.out : style.in,
    isFailed && style.failed,
    continues && style.continues,
  ];
  return (
    <article className={classes.filter(Boolean).join(" ")} aria-label={isOurs ? words.ours(by ?? "") : words.theirs}>
      <div className={style.side}>
        <div className={`${style.bubble} ${isPicture ? style.picture : ""} ${type === "sticker" ? style.sticker : ""}`}>
          {message.reply_to !== null && (
            <Answered message={answered} onOpen={() => actions.jumpTo(message.reply_to!)} />
          )}
          <MessageContent message={message} />
          <footer className={style.foot}>
            {by !== undefined && !continues && sender_agent_id !== actions.agentId && <span>{by}</span>}
            {editedAt !== null && <span>{words.edited}</span>}
            <time dateTime={at} title={fullDate(at)}>
              {clockTime(at)}
            </time>
            {isOurs && <Tick status={message.status} />}
          </footer>
        </div>
        {actions.canSend && !isEarlier && revokedAt === null && <Tools message={message} actions={actions} />}
      </div>
      <Reactions message={message} />
      {(message.status === "queued" || message.status === "sending") && <Delayed at={at} />}
      {isFailed && failure && (
        <Failed message={message} failure={failure} actions={actions} canRepeat={actions.canSend && !isEarlier} />
      )}
    </article>
  );
});

const senderOf = (via: string | null, name: string | null, words: { automatic: string; fromApp: string }): string =>
  via === "app" ? words.fromApp : (name ?? words.automatic);

function Tick({ status }: { status: Message["status"] }) {
  const { statuses } = useWords(inboxWords).thread;
  const word = statuses[status as keyof typeof statuses];
  const Icon = {
    queued: Clock,
    sending: Clock,
    sent: Check,
    delivered: CheckCheck,
    read: CheckCheck,
    failed: CircleAlert,
    received: Check,
  }[status];
  return (
    <span className={`${style.tick} ${status === "read" ? style.read : ""}`} title={word}>
      <Icon size={14} aria-hidden />
      <span className="hidden-text">{word}</span>
    </span>
  );
}

function Tools({ message, actions }: { message: Message; actions: MessageActions }) {
  const { thread: words } = useWords(inboxWords);
  const own = message.reactions.find(({ by }) => by === "agent")?.emoji;
  return (
    <span className={style.tools}>
      <IconButton label={words.reply} onPress={() => actions.reply(message)}>
        <Reply size={15} />
      </IconButton>
      {actions.canReact && message.external_id !== null && (
        <Menu
          label={words.react}
          placement="top"
          entries={[
            ...REACTIONS.map((emoji) => ({ id: emoji, name: emoji, run: () => actions.react(message, emoji) })),
            ...(own === undefined
              ? []
              : [{ id: "none", name: words.unreact(own), begins: true, run: () => actions.react(message, "") }]),
          ]}
        >
          <IconButton label={words.react}>
            <SmilePlus size={15} />
          </IconButton>
        </Menu>
      )}
    </span>
  );
}

function Answered({ message, onOpen }: { message: Message | undefined; onOpen: () => void }) {
  const { thread: words, types } = useWords(inboxWords);
  const text = message && (textIn(message.content.text) ?? textIn(message.content.caption) ?? types[message.type]);
  return (
    <button type="button" className={style.answered} onClick={onOpen} aria-label={words.answers(text ?? words.earlier)}>
      <span dir="auto">{text ?? words.earlier}</span>
    </button>
  );
}

function Reactions({ message: { reactions } }: { message: Message }) {
  const { thread: words } = useWords(inboxWords);
  if (reactions.length === 0) return null;
  return (
    <ul className={style.reactions} aria-label={words.reactions}>
      {reactions.map(({ emoji, by, failure }) => (
        <li
          key={`${by} ${emoji}`}
          title={failure ? failure.title : by === "agent" ? words.byUs : words.byCustomer}
          className={failure ? style.refused : undefined}
        >
          {emoji}
        </li>
      ))}
    </ul>
  );
}

/** The channel's words, what they mean, and one thing to press. */
function Failed({
  message,
  failure,
  actions,
  canRepeat,
}: {
  message: Message;
  failure: NonNullable<Message["failure"]>;
  actions: MessageActions;
  canRepeat: boolean;
}) {
  const { thread: words, failures } = useWords(inboxWords);
  const advice = failureAdvice(failure.code);
  const [isRepeated, setRepeated] = useState(false);
  const way = wayOut(advice, message);
  const [name, act] =
    way === "template" && actions.pickTemplate
      ? [words.pickTemplate, actions.pickTemplate]
      : way === "retry"
        ? [words.tryAgain, () => (setRepeated(true), actions.repeat(message))]
        : [words.writeAgain, () => actions.edit(message)];
  return (
    <p className={style.why}>
      <CircleAlert size={14} aria-hidden />
      <span>
        {words.notSent(advice === undefined ? (failure.detail ?? failure.title) : failures[advice], failure.code)}{" "}
        {canRepeat && !isRepeated && (
          <button type="button" onClick={act}>
            {name}
          </button>
        )}
      </span>
    </p>
  );
}

/** Shows a report of the channel in the midst of a thread. */
function System({ message: { content, created_at: at } }: { message: Message }) {
  const { thread: words } = useWords(inboxWords);
  return (
    <div className={style.system}>
      <MessageText text={textIn(content.text) ?? words.event(textIn(content.event) ?? "")} /> ·{" "}
      <time dateTime={at}>{clockTime(at)}</time>
    </div>
  );
}
