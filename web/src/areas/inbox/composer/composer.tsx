import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type RefObject,
  Suspense,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { useActions } from "../../../kit/actions";
import { soon } from "../../../kit/soon";
import { useStore } from "../../../kit/store";
import { toast } from "../../../kit/toast";
import { useWords } from "../../../kit/words";
import { may } from "../../../api/session";
import { entersSend } from "../../../live/choices";
import { type Draft, type DraftKind, EMPTY_DRAFT } from "../../../live/drafts";
import type { Conversation } from "../../../live/matches";
import { send } from "../../../live/outbox";
import type { Message } from "../../../api/api.gen";
import type { Company } from "../../../live/presence";
import { type Mention, writable } from "../thread/mentions";
import { inboxWords } from "../words";
import { AttachmentList } from "./attachment-list";
import { useAttachments } from "./attachments";
import { ClosedWindow, ComposerTop, Tools } from "./composer-parts";
import { EmailFields } from "./email-fields";
import { messagesOf } from "./outgoing-messages";
import { countUse, type Suggestion, SuggestionList, useSuggestions } from "./suggestions";
import { useWindow } from "./use-window";
import style from "./composer.module.css";

const TemplatePicker = soon(() => import("./template-picker"));
const VoiceRecorder = soon(() => import("./voice/voice-recorder"));

export interface ComposerProps {
  conversation: Conversation;
  company: Company;
  kind: DraftKind;
  onKind: (kind: DraftKind) => void;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  /** The message that the draft answers, if it is loaded. */
  answered: Message | undefined;
  /** A colleague's message that came while this draft was written. */
  overtaken: { id: string; name: string } | undefined;
  /** Whether a template is being chosen. */
  isPicking: boolean;
  onPicking: (isPicking: boolean) => void;
}

export function Composer({
  conversation,
  company,
  kind,
  onKind,
  draft,
  onDraft,
  fieldRef,
  answered,
  overtaken,
  isPicking,
  onPicking,
}: ComposerProps) {
  const { composer: words, keys } = useWords(inboxWords);
  const { id, contact_channel: channel } = conversation;
  const sendsByEnter = useStore(entersSend);
  const attachments = useAttachments(channel, words.tooLarge);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [isQuiet, setQuiet] = useState(false);
  const [isRecording, setRecording] = useState(false);
  const [askedAbout, setAskedAbout] = useState<string>();
  const mentions = useRef<Mention[]>([]);
  const listId = useId();
  const suggesting = useSuggestions(draft.text, caret, kind, conversation);
  const isSuggesting = suggesting.trigger !== undefined && !isQuiet;
  const window = useWindow(conversation);
  const isNote = kind === "note";
  const mustPick = !isNote && window.isClosed && channel === "whatsapp";
  const isUploading = !isNote && attachments.all.some(({ mediaId }) => mediaId === undefined);
  const isEmpty = draft.text.trim() === "" && (isNote || attachments.all.length === 0);
  const asksAgain = overtaken !== undefined && overtaken.id === askedAbout;

  useActions([
    ...(may("messages.send")
      ? [{ id: "reply", name: keys.reply, key: "r", group: keys.thread, run: () => focusAs("reply") }]
      : []),
    ...(may("notes.manage")
      ? [{ id: "note", name: keys.note, key: "n", group: keys.thread, run: () => focusAs("note") }]
      : []),
    ...(channel === "whatsapp" ? [{ id: "template", name: words.template, run: () => onPicking(true) }] : []),
  ]);
  useAutoHeight(fieldRef, draft.text, kind);

  function focusAs(next: DraftKind): void {
    onKind(next);
    fieldRef.current?.focus();
  }

  function write(text: string, at: number): void {
    onDraft({ ...draft, text });
    setCaret(at);
    setChosen(0);
    setQuiet(false);
    if (!isNote) company.type(text.trim() !== "");
  }

  function choose({ id: chosenId, text, mention, isFavorite }: Suggestion): void {
    const { start } = suggesting.trigger!;
    if (isFavorite !== undefined) countUse(chosenId);
    if (mention) mentions.current.push(mention);
    const next = `${draft.text.slice(0, start)}${text}${draft.text.slice(caret)}`;
    write(next, start + text.length);
    // The caret follows the text, once it is there.
    requestAnimationFrame(() => fieldRef.current?.setSelectionRange(start + text.length, start + text.length));
  }

  function submit(): void {
    if (isEmpty || isUploading || mustPick) return;
    // A press by habit comes before the colleague's message was read.
    if (overtaken && !asksAgain) return setAskedAbout(overtaken.id);
    if (isNote) send({ conversationId: id, kind, note: writable(draft.text.trim(), mentions.current) });
    else {
      const ready = attachments.all.filter(({ mediaId }) => mediaId !== undefined);
      for (const message of messagesOf(channel, draft, ready)) send({ conversationId: id, kind, message });
      attachments.clear();
      company.type(false);
    }
    mentions.current = [];
    onDraft(EMPTY_DRAFT);
    setCaret(0);
    fieldRef.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // An input method that composes uses these keys itself.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const { found } = suggesting;
    if (isSuggesting && found.length > 0) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by !== undefined) setChosen((chosen + by + found.length) % found.length);
      else if (event.key === "Enter" || event.key === "Tab") choose(found[chosen] ?? found[0]!);
      else if (event.key === "Escape") setQuiet(true);
      else return;
      event.preventDefault();
      return;
    }
    if (
      event.key === "Enter" &&
      (event.ctrlKey || event.metaKey || (sendsByEnter && !event.shiftKey && !event.altKey))
    ) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape") fieldRef.current?.blur();
  }

  function take(files: FileList): void {
    if (files.length === 0) return;
    if (isNote) return toast(words.notesHaveNoFiles, "bad");
    attachments.add(files);
  }

  const picker = isPicking && (
    <Suspense fallback={null}>
      <TemplatePicker conversation={conversation} onClose={() => onPicking(false)} />
    </Suspense>
  );
  if (mustPick)
    return (
      <>
        <ClosedWindow kind={kind} onKind={onKind} hasDraft={!isEmpty} onPick={() => onPicking(true)} />
        {picker}
      </>
    );

  return (
    <div
      className={style.composer}
      data-kind={kind}
      onDragOver={(event: DragEvent) => event.preventDefault()}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        take(event.dataTransfer.files);
      }}
    >
      {isSuggesting && <SuggestionList id={listId} suggesting={suggesting} at={chosen} onChoose={choose} />}
      <ComposerTop
        conversation={conversation}
        kind={kind}
        onKind={onKind}
        answered={answered}
        onNoAnswer={() => onDraft({ ...draft, replyTo: undefined })}
        replyTo={draft.replyTo}
      />
      {channel === "email" && !isNote && <EmailFields draft={draft} onDraft={onDraft} />}
      <textarea
        ref={fieldRef}
        className={style.field}
        value={draft.text}
        placeholder={isNote ? words.notePlaceholder : words.placeholder}
        aria-label={isNote ? words.note : words.reply}
        dir="auto"
        rows={1}
        enterKeyHint={sendsByEnter ? "send" : "enter"}
        maxLength={isNote ? 5000 : undefined}
        {...(isSuggesting &&
          suggesting.found.length > 0 && {
            role: "combobox",
            "aria-expanded": true,
            "aria-controls": listId,
            "aria-activedescendant": `${listId}-${chosen}`,
          })}
        onChange={({ target }) => write(target.value, target.selectionStart)}
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
        onPaste={(event: ClipboardEvent) => take(event.clipboardData.files)}
        onBlur={() => company.type(false)}
      />
      {!isNote && <AttachmentList attachments={attachments} />}
      {overtaken && (
        // Another element when it asks, so that screen readers say it again.
        <p key={String(asksAgain)} className={style.overtaken} role="alert">
          {asksAgain ? words.sendToo(overtaken.name) : words.overtaken(overtaken.name)}
        </p>
      )}
      {isRecording && !isNote ? (
        <Suspense fallback={null}>
          <VoiceRecorder
            channel={channel}
            onDone={(file) => attachments.add([file], true)}
            onClose={() => {
              setRecording(false);
              fieldRef.current?.focus();
            }}
          />
        </Suspense>
      ) : (
        <Tools
          conversation={conversation}
          kind={kind}
          draft={draft}
          isEmpty={isEmpty}
          isUploading={isUploading}
          asksAgain={asksAgain}
          onFiles={take}
          onRecord={() => setRecording(true)}
          onTemplate={() => onPicking(true)}
          onInsert={(text) =>
            write(`${draft.text.slice(0, caret)}${text}${draft.text.slice(caret)}`, caret + text.length)
          }
          onSend={submit}
          onScheduled={() => {
            onDraft(EMPTY_DRAFT);
            attachments.clear();
          }}
        />
      )}
      {picker}
    </div>
  );
}

/** As high as the text, up to a third of the screen. */
function useAutoHeight(field: RefObject<HTMLTextAreaElement | null>, text: string, kind: DraftKind): void {
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.blockSize = "auto";
    element.style.blockSize = `${Math.min(element.scrollHeight, innerHeight / 3)}px`;
  }, [field, text, kind]);
}
