import { useEffect, useMemo, useRef, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { Message } from "../../api/api.gen";
import { failureOf, toastProblem } from "../../api/problems";
import { call } from "../../api/call";
import { useAgents } from "../../api/reference";
import { may, session } from "../../api/session";
import { Empty } from "../../kit/empty";
import { useStore } from "../../kit/store";
import { useWords } from "../../kit/words";
import type { Draft, DraftKind } from "../../live/drafts";
import { keepOpen, loadConversation, useConversation } from "../../live/inbox";
import type { Conversation } from "../../live/matches";
import { type Outgoing, send, takeBack } from "../../live/outbox";
import { useCompany } from "../../live/presence";
import { useThread } from "../../live/threads";
import { Composer } from "./composer/composer";
import { useDraft } from "./composer/use-draft";
import { Details } from "./details/details";
import { useDetailsOpen } from "./details/use-details-open";
import { Header } from "./header";
import { textIn } from "./thread/content";
import type { MessageActions } from "./thread/message";
import { readable } from "./thread/mentions";
import { ThreadView } from "./thread/thread";
import { inboxWords } from "./words";
import style from "./conversation-pane.module.css";

export interface PaneProps {
  id: string;
  search: string;
  /** It is resolved, or gone: the next one. */
  onDone: () => void;
  onBack: () => void;
}

/** The open conversation. One that is in no list is fetched. */
export default function ConversationPane(props: PaneProps) {
  const words = useWords(inboxWords);
  const conversation = useConversation(props.id);
  useEffect(() => keepOpen(props.id), [props.id]);
  const wasSeen = useRef(false);
  const { error } = useQuery({
    queryKey: ["conversation", props.id],
    queryFn: () => loadConversation(props.id).then(() => null),
    enabled: conversation === undefined && !wasSeen.current,
    gcTime: 0,
  });
  if (conversation) wasSeen.current = true;
  if (conversation) return <OpenConversation conversation={conversation} {...props} />;
  if (wasSeen.current)
    return (
      <main className={style.gone}>
        <Empty title={words.thread.gone} text={words.thread.goneText} />
      </main>
    );
  return <main className={style.gone}>{error && <Empty title={words.notFound} text={failureOf(error).text} />}</main>;
}

function OpenConversation({ conversation, onDone, onBack, search }: PaneProps & { conversation: Conversation }) {
  const { id, contact_channel: channel } = conversation;
  const agentId = useStore(session).profile!.id;
  const company = useCompany(id, agentId);
  const { messages } = useThread(id);
  const [kind, setKind] = useState<DraftKind>(may("messages.send") ? "reply" : "note");
  const [draft, keepDraft] = useDraft(agentId, id, kind);
  const newestId = messages.at(-1)?._id;
  const setDraft = (next: Draft): void => {
    const isBegun = next.text !== "";
    if (isBegun === (next.begunAfter !== undefined)) keepDraft(next);
    else keepDraft({ ...next, begunAfter: isBegun ? newestId : undefined });
  };
  const field = useRef<HTMLTextAreaElement>(null);
  const [areDetailsOpen, setDetailsOpen] = useDetailsOpen();
  const [isPicking, setPicking] = useState(false);
  const canWrite = may("messages.send") || may("notes.manage");

  const latest = useRef({ draft, setDraft });
  useEffect(() => void (latest.current = { draft, setDraft }));
  const fillIn = (text: string, nextKind: DraftKind): void => {
    setKind(nextKind);
    // Behind the draft of that kind, which is there after the next drawing.
    setTimeout(() => {
      const { draft: before, setDraft: set } = latest.current;
      set({ ...before, text: before.text === "" ? text : `${text}\n${before.text}` });
      field.current?.focus();
    });
  };
  const actions = useMemo<Omit<MessageActions, "jumpTo">>(
    () => ({
      agentId,
      canSend: may("messages.send"),
      canReact: channel !== "email",
      reply(message) {
        setKind("reply");
        setTimeout(() => {
          latest.current.setDraft({ ...latest.current.draft, replyTo: message._id });
          field.current?.focus();
        });
      },
      react(message, emoji) {
        // A frame shows it.
        call("POST /api/conversations/{id}/messages", {
          params: { id },
          body: { type: "reaction", content: { message_id: message._id, emoji } },
        }).catch(toastProblem);
      },
      repeat: ({ content: { text }, reply_to: replyTo }) =>
        send({
          conversationId: id,
          kind: "reply",
          message: { type: "text", content: { text }, ...(replyTo !== null && { reply_to: replyTo }) },
        }),
      pickTemplate: channel === "whatsapp" && may("templates.view") ? () => setPicking(true) : undefined,
      edit: (message) => fillIn(textIn(message.content.text) ?? textIn(message.content.caption) ?? "", "reply"),
    }),
    [agentId, channel, id],
  );
  const onEdit = (item: Outgoing): void => {
    takeBack(item.key);
    const text =
      item.note === undefined
        ? (textIn(item.message?.content.text) ?? textIn(item.message?.content.caption) ?? "")
        : readable(item.note).text;
    fillIn(text, item.kind);
  };
  const overtaken = kind === "reply" ? overtakenBy(messages, agentId, draft) : undefined;
  const answered = draft.replyTo === undefined ? undefined : messages.find(({ _id }) => _id === draft.replyTo);
  return (
    <main className={style.pane} data-covers-rail data-details={areDetailsOpen || undefined}>
      <section className={style.thread} aria-label={conversation.contact_name ?? conversation.contact_phone ?? ""}>
        <Header
          conversation={conversation}
          company={company}
          agentId={agentId}
          onDone={onDone}
          onBack={onBack}
          onDetails={() => setDetailsOpen(!areDetailsOpen)}
        />
        <ThreadView id={id} actions={actions} onEdit={onEdit} />
        <Typing company={company} />
        {canWrite && (
          <Composer
            conversation={conversation}
            company={company}
            kind={kind}
            onKind={setKind}
            draft={draft}
            onDraft={setDraft}
            fieldRef={field}
            answered={answered}
            overtaken={overtaken}
            isPicking={isPicking}
            onPicking={setPicking}
          />
        )}
      </section>
      <Details conversation={conversation} search={search} onClose={() => setDetailsOpen(false)} />
    </main>
  );
}

/** A colleague's answer that came after this one was begun. */
function overtakenBy(
  messages: readonly Message[],
  agentId: string,
  { begunAfter }: Draft,
): { id: string; name: string } | undefined {
  if (begunAfter === undefined) return undefined;
  const other = messages.findLast(
    ({ direction, sender_agent_id: sender }) => direction === "outbound" && sender !== null && sender !== agentId,
  );
  return other && other._id > begunAfter ? { id: other._id, name: other.sender_name ?? "" } : undefined;
}

function Typing({ company: { typing } }: { company: { typing: readonly string[] } }) {
  const { thread: words } = useWords(inboxWords);
  const names = useNames(typing);
  return (
    <p className={style.typing} role="status">
      {names.length > 0 && words.typing(names.join(", "))}
    </p>
  );
}

function useNames(ids: readonly string[]): string[] {
  const { thread: words } = useWords(inboxWords);
  const agents = useAgents();
  return ids.map((id) => agents.find((agent) => agent.id === id)?.full_name ?? words.somebody);
}
