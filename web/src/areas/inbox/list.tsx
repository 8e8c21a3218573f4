import { useEffect, useRef } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp, Inbox } from "lucide-react";
import { failureOf } from "../../api/problems";
import { Button } from "../../kit/button";
import { Empty } from "../../kit/empty";
import { FailureText } from "../../kit/failure";
import { useWords } from "../../kit/words";
import { needEntry, type ShownList } from "../../live/inbox";
import { Row, SkeletonRow } from "./row";
import type { Selection } from "./selection";
import type { Steady } from "./steady";
import { inboxWords } from "./words";
import style from "./list.module.css";

interface ListProps {
  list: ShownList;
  steady: Steady;
  openId: string | undefined;
  /** The view, to be kept in the address of a conversation. */
  search: string;
  selection: Selection;
}

/** The conversations of the view: only what is seen is drawn. */
export function ConversationList({ list, steady, openId, search, selection }: ListProps) {
  const words = useWords(inboxWords);
  const { entries, waiting } = steady;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 74,
    getItemKey: (index) => entries[index]?.id ?? `missing ${index}`,
    overscan: 6,
  });
  const items = virtual.getVirtualItems();

  useEffect(() => {
    for (const { index } of items) if (entries[index]?.id === undefined) needEntry(index);
  });
  // The open row is in sight, wherever it was opened from.
  const openIndex = openId === undefined ? -1 : entries.findIndex(({ id }) => id === openId);
  useEffect(() => {
    if (openIndex >= 0) virtual.scrollToIndex(openIndex, { align: "auto" });
    // oxlint-disable-next-line react/exhaustive-deps -- only when another one is opened
  }, [openId]);

  if (list.failure !== undefined)
    return (
      <div className={style.failed}>
        <FailureText failure={failureOf(list.failure)} />
      </div>
    );
  if (list.isReady && entries.length === 0)
    return (
      <Empty
        icon={<Inbox size={28} strokeWidth={1.5} aria-hidden />}
        title={words.list.empty}
        text={words.list.emptyText}
      />
    );
  return (
    // The line to press is in the list: on the way to it, nothing moves either.
    <div className={style.list} {...steady.hold}>
      {waiting > 0 && (
        <Button kind="plain" className={style.moved ?? ""} onPress={steady.release}>
          <ArrowUp size={13} /> {words.list.moved(waiting)}
        </Button>
      )}
      <div ref={scroller} className={style.scroller}>
        <ul className={style.rows} aria-label={words.list.label} style={{ blockSize: virtual.getTotalSize() }}>
          {items.map(({ index, key, start }) => {
            const id = entries[index]?.id;
            return (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                className={style.item}
                style={{ translate: `0 ${start}px` }}
                aria-setsize={entries.length}
                aria-posinset={index + 1}
              >
                {id === undefined ? (
                  <SkeletonRow />
                ) : (
                  <Row id={id} isOpen={id === openId} search={search} selection={selection} />
                )}
              </li>
            );
          })}
        </ul>
        {!list.isReady && <LateSkeletons />}
      </div>
    </div>
  );
}

/** Shown by CSS only after 300 ms: a list that comes sooner needs no waiting. */
const LateSkeletons = () => (
  <div className={style.late} aria-hidden>
    {Array.from({ length: 8 }, (_, i) => (
      <SkeletonRow key={i} />
    ))}
  </div>
);
