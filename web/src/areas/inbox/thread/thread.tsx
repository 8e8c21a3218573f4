import { useEffect, useMemo, useRef, useState } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown } from "lucide-react";
import type { Message } from "../../../api/api.gen";
import { failureOf } from "../../../api/problems";
import { Button } from "../../../kit/button";
import { useNow } from "../../../kit/clock";
import { FailureText } from "../../../kit/failure";
import { useStore } from "../../../kit/store";
import { daysAgo, longDate } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import { outbox, type Outgoing } from "../../../live/outbox";
import { useConversation } from "../../../live/inbox";
import { loadBackTo, loadOlder, openThread, useThread } from "../../../live/threads";
import { messageInHash } from "../../../paths";
import { useReading } from "../reading";
import { inboxWords } from "../words";
import { ActivityLine } from "./activity-line";
import { textIn } from "./content";
import { ConversationMark, EarlierButton } from "./conversation-mark";
import { type Earlier, useEarlier } from "./earlier";
import { MessageBubble, type MessageActions } from "./message";
import { NoteBubble } from "./note";
import { OutgoingBubble } from "./outgoing";
import { entriesOf, type Entry, type Separator, type ThreadItem, threadItems } from "./thread-items";
import style from "./thread.module.css";

interface ThreadProps {
  id: string;
  actions: Omit<MessageActions, "jumpTo">;
  onEdit: (item: Outgoing) => void;
}

/** Older messages are asked for this far from the top. */
const NEAR_TOP = 600;
const AT_END = 80;
/** Whoever opens a short thread is near its top: only who goes to it is led on to earlier conversations. */
const AT_TOP = 1;
/** As thread.module.css has them. */
const HEIGHTS: Readonly<Record<Separator["kind"], number>> = { day: 36, conversation: 56, earlier: 36 };

/** The messages, notes and what is on its way. At the end it follows; elsewhere nothing moves. */
export function ThreadView({ id, actions, onEdit }: ThreadProps) {
  const words = useWords(inboxWords);
  const thread = useThread(id);
  const all = useStore(outbox);
  const { messages, notes, activity, older, failure } = thread;
  const earlier = useEarlier(useConversation(id), thread);
  const { items: above, hasMore } = earlier;
  const { head, entries: items } = useMemo(() => {
    const outgoing = all.filter(({ conversationId }) => conversationId === id);
    const button: ThreadItem[] = hasMore ? [{ kind: "earlier", key: "earlier" }] : [];
    return entriesOf([...button, ...above, ...threadItems({ messages, notes, activity, older }, outgoing)]);
  }, [hasMore, above, messages, notes, activity, older, all, id]);
  const scroller = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const { kind, below } = items[index]!;
      return below.reduce((sum, one) => sum + HEIGHTS[one.kind], kind === "activity" ? 30 : 64);
    },
    getItemKey: (index) => items[index]!.key,
    paddingStart: head.reduce((sum, { kind }) => sum + HEIGHTS[kind], 0),
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: AT_END,
  });

  useEffect(() => void openThread(id), [id]);
  const isLoaded = older !== undefined;
  const sought = useSought(id, isLoaded);
  const soughtAt = sought === undefined ? -1 : items.findIndex(({ key }) => key === sought);
  useEffect(() => {
    if (soughtAt >= 0) virtual.scrollToIndex(soughtAt, { align: "center" });
    // oxlint-disable-next-line react/exhaustive-deps -- once, when it is there
  }, [sought]);
  useEffect(() => {
    if (isLoaded) virtual.scrollToEnd();
    // oxlint-disable-next-line react/exhaustive-deps -- once, when it is there
  }, [isLoaded]);
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current!;
    setAtEnd(scrollHeight - scrollTop - clientHeight < AT_END);
    const isNearTop = scrollTop < (hasMore && !earlier.isEntered ? AT_TOP : NEAR_TOP);
    if (isNearTop && scrollHeight > clientHeight) earlier.loadMore();
  };
  // A short first page leaves nothing to scroll.
  useEffect(() => {
    const element = scroller.current;
    if (element && isLoaded && typeof older === "string" && element.scrollHeight <= element.clientHeight)
      void loadOlder(id);
  }, [isLoaded, older, items.length, id]);
  useReading(id, isAtEnd && isLoaded);
  const missed = useMissed(items, isAtEnd);
  const byId = useMemo(
    () => new Map(items.flatMap((item) => (item.kind === "message" ? [[item.message._id, item.message]] : []))),
    [items],
  );
  const allActions = useMemo<MessageActions>(
    () => ({
      ...actions,
      jumpTo: (target) => {
        const index = items.findIndex(({ key }) => key === target);
        if (index >= 0) virtual.scrollToIndex(index, { align: "center" });
      },
    }),
    [actions, items, virtual],
  );
  return (
    <div className={style.frame}>
      {failure !== undefined && (
        <div className={style.failure}>
          <FailureText failure={failureOf(failure)} />
          <Button onPress={() => void openThread(id)}>{words.retry}</Button>
        </div>
      )}
      <div
        ref={scroller}
        className={style.scroller}
        onScroll={onScroll}
        onWheel={({ deltaY }) => deltaY < 0 && scroller.current?.scrollTop === 0 && earlier.loadMore()}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={words.thread.label}
        data-loaded={isLoaded || undefined}
      >
        <div className={style.filler} />
        <div className={style.items} style={{ blockSize: virtual.getTotalSize() }}>
          {head.map((one) => (
            <Separated key={one.key} separator={one} earlier={earlier} />
          ))}
          {virtual.getVirtualItems().map(({ key, index, start }) => (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              data-sought={key === sought || undefined}
              className={style.item}
              style={{ translate: `0 ${start}px` }}
            >
              <Item item={items[index]!} byId={byId} actions={allActions} onEdit={onEdit} />
              {items[index]!.below.map((one) => (
                <Separated key={one.key} separator={one} earlier={earlier} />
              ))}
            </div>
          ))}
        </div>
      </div>
      {!isAtEnd && (
        <Button className={style.toEnd ?? ""} onPress={() => virtual.scrollToEnd()}>
          <ArrowDown size={14} /> {missed > 0 ? words.thread.newBelow(missed) : words.thread.toEnd}
        </Button>
      )}
      <Announcer items={items} isLoaded={isLoaded} />
    </div>
  );
}

/** The message that the address names, as soon as it is loaded. */
function useSought(id: string, isLoaded: boolean): string | undefined {
  const [sought, setSought] = useState<string>();
  useEffect(() => {
    const messageId = messageInHash(location.hash);
    if (!isLoaded || messageId === undefined) return undefined;
    let isShown = true;
    void loadBackTo(id, messageId).then((isThere) => isShown && isThere && setSought(messageId));
    return () => void (isShown = false);
  }, [id, isLoaded]);
  return sought;
}

function Separated({ separator, earlier }: { separator: Separator; earlier: Earlier }) {
  if (separator.kind === "day") return <Day at={separator.at} />;
  if (separator.kind === "earlier") return <EarlierButton isLoading={earlier.isLoading} onPress={earlier.loadMore} />;
  return <ConversationMark conversation={separator.conversation} isOpen={separator.isOpen} />;
}

interface ItemProps {
  item: Entry;
  byId: ReadonlyMap<string, Message>;
  actions: MessageActions;
  onEdit: (item: Outgoing) => void;
}

function Item({ item, byId, actions, onEdit }: ItemProps) {
  switch (item.kind) {
    case "activity":
      return <ActivityLine activity={item.activity} agentId={actions.agentId} />;
    case "note":
      return <NoteBubble note={item.note} agentId={actions.agentId} />;
    case "outgoing":
      return <OutgoingBubble item={item.item} onEdit={onEdit} />;
    case "message": {
      const { message, continues, isEarlier } = item;
      const answered = message.reply_to === null ? undefined : byId.get(message.reply_to);
      return (
        <MessageBubble
          message={message}
          answered={answered}
          continues={continues}
          actions={actions}
          isEarlier={isEarlier ?? false}
        />
      );
    }
  }
}

function Day({ at }: { at: string }) {
  const words = useWords(inboxWords);
  const days = daysAgo(at, useNow(60_000));
  const name = days === 0 ? words.today : days === 1 ? words.yesterday : longDate(at);
  return <p className={style.day}>{name}</p>;
}

/** How many of the customer's messages have come since the end was left. */
function useMissed(items: readonly Entry[], isAtEnd: boolean): number {
  const inbound = items.filter((item) => item.kind === "message" && item.message.direction === "inbound");
  const last = inbound.at(-1)?.key;
  const seen = useRef(last);
  if (isAtEnd) seen.current = last;
  const at = inbound.findIndex(({ key }) => key === seen.current);
  return at === -1 ? 0 : inbound.length - 1 - at;
}

const GATHER_MS = 1000;

/** Says new messages of the customer, gathered, in the open thread only. */
function Announcer({ items, isLoaded }: { items: readonly Entry[]; isLoaded: boolean }) {
  const { thread: words } = useWords(inboxWords);
  const [said, setSaid] = useState("");
  const known = useRef<string>(undefined);
  const last = items.findLast((item) => item.kind === "message" && item.message.direction === "inbound");
  const lastKey = last?.key;
  useEffect(() => {
    if (!isLoaded || lastKey === known.current) return undefined;
    const isFirst = known.current === undefined;
    const timer = setTimeout(() => {
      known.current = lastKey ?? "";
      if (!isFirst && last?.kind === "message")
        setSaid(words.announce(textIn(last.message.content.text) ?? words.label));
    }, GATHER_MS);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react/exhaustive-deps -- by its key
  }, [isLoaded, lastKey]);
  return (
    <p className="hidden-text" role="status">
      {said}
    </p>
  );
}
