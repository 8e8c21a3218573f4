import { Link } from "wouter";
import { useAccounts } from "../../../api/reference";
import { Button } from "../../../kit/button";
import { useWords } from "../../../kit/words";
import type { Conversation } from "../../../live/matches";
import { inboxWords } from "../words";
import style from "./thread.module.css";

/** Where a conversation of the customer begins among others. */
export function ConversationMark({ conversation, isOpen }: { conversation: Conversation; isOpen: boolean }) {
  const words = useWords(inboxWords);
  const { id, account_id, contact_channel: channel, status } = conversation;
  const account = useAccounts().find((one) => one.id === account_id)?.display_name;
  if (isOpen)
    return (
      <h3 className={style.mark}>
        <span>{words.thread.thisConversation}</span>
      </h3>
    );
  const place = words.channels[channel as keyof typeof words.channels] ?? channel;
  return (
    <h3 className={style.mark}>
      <span>
        {words.thread.earlierOn(place)}
        {account !== undefined && (
          <>
            , <bdi>{account}</bdi>
          </>
        )}{" "}
        · {words.statuses[status]} · <Link href={`/${id}${location.search}`}>{words.thread.openIt}</Link>
      </span>
    </h3>
  );
}

export function EarlierButton({ isLoading, onPress }: { isLoading: boolean; onPress: () => void }) {
  const { thread: words } = useWords(inboxWords);
  return (
    <div className={style.earlier}>
      <Button kind="plain" isSmall isPending={isLoading} onPress={onPress}>
        {words.earlierConversations}
      </Button>
    </div>
  );
}
