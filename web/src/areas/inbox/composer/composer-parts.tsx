import { useRef } from "react";
import { Hourglass, LayoutTemplate, Mic, Paperclip, Slash, X } from "lucide-react";
import type { Message } from "../../../api/api.gen";
import { may } from "../../../api/session";
import { Button, IconButton } from "../../../kit/button";
import { useStore } from "../../../kit/store";
import { duration } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { entersSend } from "../../../live/choices";
import type { Draft, DraftKind } from "../../../live/drafts";
import type { Conversation } from "../../../live/matches";
import { textIn } from "../thread/content";
import { inboxWords } from "../words";
import { Emoji } from "./emoji";
import { Schedule } from "./schedule";
import { useWindow } from "./use-window";
import style from "./composer.module.css";

interface KindProps {
  kind: DraftKind;
  onKind: (kind: DraftKind) => void;
}

function Kinds({ kind, onKind }: KindProps) {
  const { composer: words } = useWords(inboxWords);
  return (
    <div className={style.kinds} role="group" aria-label={words.kind}>
      {may("messages.send") && (
        <button type="button" aria-pressed={kind === "reply"} onClick={() => onKind("reply")}>
          {words.reply}
        </button>
      )}
      {may("notes.manage") && (
        <button type="button" aria-pressed={kind === "note"} onClick={() => onKind("note")}>
          {words.note}
        </button>
      )}
    </div>
  );
}

interface TopProps extends KindProps {
  conversation: Conversation;
  replyTo: string | undefined;
  answered: Message | undefined;
  onNoAnswer: () => void;
}

/** Where the words go, and how long they may. */
export function ComposerTop({ conversation, kind, onKind, replyTo, answered, onNoAnswer }: TopProps) {
  const { composer: words, thread, types } = useWords(inboxWords);
  const window = useWindow(conversation);
  const isNote = kind === "note";
  const text = answered && (textIn(answered.content.text) ?? textIn(answered.content.caption) ?? types[answered.type]);
  return (
    <>
      <div className={style.top}>
        <Kinds kind={kind} onKind={onKind} />
        {isNote ? (
          <span className={style.window}>{words.noteHint}</span>
        ) : (
          (window.ms !== undefined || window.isClosed) && (
            <span className={style.window} data-closing={window.isClosing || window.isClosed || undefined}>
              <Hourglass size={13} aria-hidden />
              {window.isClosed ? words.windowClosed : words.windowLeft(duration(window.ms!))}
            </span>
          )
        )}
      </div>
      {!isNote && replyTo !== undefined && (
        <div className={style.answering}>
          <p dir="auto">{text ?? thread.earlier}</p>
          <IconButton label={words.noAnswer} onPress={onNoAnswer}>
            <X size={14} />
          </IconButton>
        </div>
      )}
    </>
  );
}

/** Only a template may be sent. The draft stays as it is. */
export function ClosedWindow({
  kind,
  onKind,
  hasDraft,
  onPick,
}: KindProps & { hasDraft: boolean; onPick: () => void }) {
  const { composer: words } = useWords(inboxWords);
  return (
    <div className={style.composer}>
      <div className={style.top}>
        <Kinds kind={kind} onKind={onKind} />
        <span className={style.window} data-closing>
          <Hourglass size={13} aria-hidden /> {words.windowClosed}
        </span>
      </div>
      <div className={style.closed}>
        <p>
          {words.closedText} {hasDraft && words.draftWaits}
        </p>
        <Button kind="go" onPress={onPick}>
          <LayoutTemplate size={15} /> {words.chooseTemplate}
        </Button>
      </div>
    </div>
  );
}

const TAKES_VOICE = ["whatsapp", "instagram", "messenger"];
/** Pages without a secure origin have no microphone. */
const RECORDS = "mediaDevices" in navigator && "MediaRecorder" in globalThis;

interface ToolsProps {
  conversation: Conversation;
  kind: DraftKind;
  draft: Draft;
  isEmpty: boolean;
  isUploading: boolean;
  asksAgain: boolean;
  onFiles: (files: FileList) => void;
  onRecord: () => void;
  onTemplate: () => void;
  onInsert: (text: string) => void;
  onSend: () => void;
  onScheduled: () => void;
}

export function Tools({
  conversation,
  kind,
  draft,
  isEmpty,
  isUploading,
  asksAgain,
  onFiles,
  onRecord,
  onTemplate,
  onInsert,
  onSend,
  onScheduled,
}: ToolsProps) {
  const { composer: words } = useWords(inboxWords);
  const chooser = useRef<HTMLInputElement>(null);
  const sendKey = useStore(entersSend) ? "↵" : "Ctrl ↵";
  const isNote = kind === "note";
  return (
    <div className={style.tools}>
      {!isNote && may("media.upload") && (
        <>
          <input
            ref={chooser}
            type="file"
            multiple
            hidden
            aria-label={words.attach}
            onChange={({ target }) => {
              if (target.files) onFiles(target.files);
              target.value = "";
            }}
          />
          <IconButton label={words.attach} onPress={() => chooser.current?.click()}>
            <Paperclip size={17} />
          </IconButton>
          {RECORDS && TAKES_VOICE.includes(conversation.contact_channel) && (
            <IconButton label={words.record} onPress={onRecord}>
              <Mic size={17} />
            </IconButton>
          )}
        </>
      )}
      <Emoji onChoose={onInsert} />
      {may("quick_replies.view") && (
        <IconButton
          label={words.quickReplies}
          hint="/"
          onPress={() => onInsert(/(^|\s)$/.test(draft.text) ? "/" : " /")}
        >
          <Slash size={17} />
        </IconButton>
      )}
      {!isNote && conversation.contact_channel === "whatsapp" && may("templates.view") && (
        <IconButton label={words.template} onPress={onTemplate}>
          <LayoutTemplate size={17} />
        </IconButton>
      )}
      <span className={style.gap} />
      {!isEmpty && <span className={style.hint}>{isUploading ? words.waitsForFiles : words.draftKept}</span>}
      <span className={style.split}>
        <Button kind="go" hint={sendKey} isDisabled={isEmpty || isUploading} onPress={onSend}>
          {isNote ? words.addNote : asksAgain ? words.sendAnyway : words.send}
        </Button>
        {!isNote && may("scheduled_messages.manage") && (
          <Schedule
            conversation={conversation}
            draft={draft}
            isDisabled={draft.text.trim() === ""}
            onScheduled={onScheduled}
          />
        )}
      </span>
    </div>
  );
}
