import { useState } from "react";
import { Check, ChevronDown, ChevronLeft, Ellipsis, Info, MessageSquareReply, RotateCcw, Users } from "lucide-react";
import { call } from "../../api/call";
import { toastProblem } from "../../api/problems";
import { useAccounts, useAgents, useDivisions } from "../../api/reference";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Avatar } from "../../kit/avatar";
import { Button, IconButton } from "../../kit/button";
import { Menu, type MenuEntry } from "../../kit/menu";
import { shownAddress } from "../../kit/phone";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { putConversation } from "../../live/inbox";
import type { Conversation } from "../../live/matches";
import type { Company } from "../../live/presence";
import { markRead } from "./reading";
import { nameOf } from "./row";
import { TagsDialog } from "./tags-dialog";
import { TransferDialog } from "./transfer-dialog";
import { inboxWords } from "./words";
import style from "./header.module.css";

/** On the others it is a number that says nothing to people. */
const HAS_ADDRESS = ["whatsapp", "email"];

interface HeaderProps {
  conversation: Conversation;
  company: Company;
  agentId: string;
  onDone: () => void;
  onBack: () => void;
  onDetails: () => void;
}

/** Shows whose the conversation is and who else looks, and holds its actions. */
export function Header({ conversation, company, agentId, onDone, onBack, onDetails }: HeaderProps) {
  const words = useWords(inboxWords);
  const { id, status, contact_id, contact_channel: channel } = conversation;
  const account = useAccounts().find((one) => one.id === conversation.account_id);
  const [dialog, setDialog] = useState<"tags" | "transfer">();
  const isResolved = status === "resolved";
  const name = nameOf(conversation, words.unknown);
  const params = { id };
  const change = (work: Promise<Conversation>): void => void work.then(putConversation, toastProblem);
  const resolve = (): void => {
    call("PATCH /api/conversations/{id}/status", { params, body: { status: "resolved" } })
      .then(resolved)
      .catch(toastProblem);
  };
  const resolved = (row: Conversation): void => {
    // Before it leaves the list: the next one is its neighbour.
    onDone();
    putConversation(row);
    toast(words.header.resolved(name), "plain", { name: words.header.reopen, run: reopen });
  };
  const reopen = (): void => change(call("PATCH /api/conversations/{id}/status", { params, body: { status: "open" } }));
  const assign = (to: string | null): void =>
    change(call("PATCH /api/conversations/{id}/assign", { params, body: { agent_id: to } }));
  /** An agent without the right to see all goes on to the next. */
  const handed = (to: string): void => {
    toast(words.header.handed(to));
    if (!may("conversations.view_all")) onDone();
  };
  /** It is closed first: what is in sight is read. */
  const leaveUnread = (): void => {
    onBack();
    change(call("POST /api/conversations/{id}/unread", { params }));
  };
  const takeOver = (): void => change(call("POST /api/conversations/{id}/takeover", { params }));
  const askRating = (): void =>
    void call("POST /api/conversations/{id}/csat", { params }).then(
      () => toast(words.header.ratingAsked),
      toastProblem,
    );
  const [isAssigning, setAssigning] = useState(false);
  const mayUpdate = may("conversations.update");
  const { keys } = words;
  useActions([
    ...(mayUpdate
      ? [
          isResolved
            ? { id: "reopen", name: words.header.reopen, key: "e", group: keys.thread, run: reopen }
            : { id: "resolve", name: words.header.resolveNext, key: "e", group: keys.thread, run: resolve },
        ]
      : []),
    ...(may("conversations.assign")
      ? [
          { id: "assign", name: words.header.assign, key: "a", group: keys.thread, run: () => setAssigning(true) },
          { id: "assign-me", name: words.header.toMe, key: "i", group: keys.thread, run: () => assign(agentId) },
          { id: "unassign", name: words.header.unassign, run: () => assign(null) },
        ]
      : []),
    ...(mayUpdate
      ? [
          { id: "tags", name: words.header.tags, key: "t", group: keys.thread, run: () => setDialog("tags") },
          { id: "unread", name: words.header.markUnread, key: "u", group: keys.thread, run: leaveUnread },
        ]
      : []),
    ...(may("conversations.transfer")
      ? [{ id: "transfer", name: words.header.transfer, run: () => setDialog("transfer") }]
      : []),
    ...(may("conversations.takeover") ? [{ id: "takeover", name: words.header.takeOver, run: takeOver }] : []),
    ...(mayUpdate && conversation.unread_count > 0
      ? [{ id: "mark-read", name: words.header.markRead, run: () => void markRead(id) }]
      : []),
    ...(may("csat.manage") ? [{ id: "ask-rating", name: words.header.askRating, run: askRating }] : []),
    { id: "details", name: words.header.details, run: onDetails },
  ]);
  const entries: MenuEntry[] = [
    { id: "details", name: words.header.details, run: onDetails },
    ...(mayUpdate ? [{ id: "tags", name: words.header.tags, hint: "T", run: () => setDialog("tags") }] : []),
    ...(may("conversations.transfer")
      ? [{ id: "transfer", name: words.header.transfer, icon: <Users size={15} />, run: () => setDialog("transfer") }]
      : []),
    ...(may("conversations.takeover") && conversation.assigned_agent_id !== agentId
      ? [{ id: "takeover", name: words.header.takeOver, run: takeOver }]
      : []),
    ...(mayUpdate && conversation.unread_count > 0
      ? [{ id: "read", name: words.header.markRead, run: () => void markRead(id) }]
      : []),
    ...(mayUpdate ? [{ id: "unread", name: words.header.markUnread, hint: "U", run: leaveUnread }] : []),
    ...(may("csat.manage")
      ? [
          {
            id: "csat",
            name: words.header.askRating,
            icon: <MessageSquareReply size={15} />,
            run: askRating,
          },
        ]
      : []),
  ];
  return (
    <header className={style.header}>
      <IconButton className={style.back ?? ""} label={words.header.back} onPress={onBack}>
        <ChevronLeft size={18} />
      </IconButton>
      <Avatar name={name} of={contact_id} size={34} channel={channel} />
      <div className={style.who}>
        <h2>
          <bdi>{name}</bdi>
        </h2>
        <p>
          {words.channels[channel]}
          {account && (
            <>
              {" "}
              · <bdi>{account.display_name}</bdi>
            </>
          )}
          {conversation.contact_name !== null &&
            conversation.contact_phone !== null &&
            HAS_ADDRESS.includes(channel) && (
              <>
                {" "}
                · <bdi>{shownAddress(conversation.contact_phone)}</bdi>
              </>
            )}
        </p>
      </div>
      <Faces viewers={company.viewers} />
      {may("conversations.assign") && (
        <Assignee
          conversation={conversation}
          agentId={agentId}
          isOpen={isAssigning}
          onOpen={setAssigning}
          onAssign={assign}
        />
      )}
      <IconButton className={style.info ?? ""} label={words.header.details} onPress={onDetails}>
        <Info size={16} />
      </IconButton>
      {entries.length > 0 && (
        <Menu label={words.header.more} entries={entries}>
          <IconButton label={words.header.more}>
            <Ellipsis size={16} />
          </IconButton>
        </Menu>
      )}
      {mayUpdate &&
        (isResolved ? (
          <Button hint="E" onPress={reopen}>
            <RotateCcw size={15} /> {words.header.reopen}
          </Button>
        ) : (
          <Button kind="go" hint="E" onPress={resolve}>
            <Check size={15} /> {words.header.resolve}
          </Button>
        ))}
      {dialog === "tags" && <TagsDialog conversation={conversation} onClose={() => setDialog(undefined)} />}
      {dialog === "transfer" && (
        <TransferDialog conversation={conversation} onClose={() => setDialog(undefined)} onHanded={handed} />
      )}
    </header>
  );
}

/** Colleagues who have it open too. */
function Faces({ viewers }: { viewers: readonly string[] }) {
  const words = useWords(inboxWords);
  const agents = useAgents();
  if (viewers.length === 0) return null;
  const names = viewers.map((id) => agents.find((agent) => agent.id === id)?.full_name ?? words.thread.somebody);
  return (
    <span className={style.faces} title={words.header.viewing(names.join(", "))}>
      <span className="hidden-text">{words.header.viewing(names.join(", "))}</span>
      {viewers.slice(0, 3).map((id, i) => (
        <Avatar key={id} name={names[i]!} of={id} size={24} />
      ))}
    </span>
  );
}

interface AssigneeProps {
  conversation: Conversation;
  agentId: string;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
  onAssign: (to: string | null) => void;
}

function Assignee({ conversation, agentId, isOpen, onOpen, onAssign }: AssigneeProps) {
  const words = useWords(inboxWords);
  const agents = useAgents().filter(({ status }) => status === "active");
  const division = useDivisions().find(({ id }) => id === conversation.division_id);
  const owner = agents.find(({ id }) => id === conversation.assigned_agent_id);
  const shown =
    conversation.assigned_agent_id === agentId
      ? words.header.you
      : (owner?.full_name ??
        (conversation.assigned_agent_id === null ? (division?.name ?? words.header.nobody) : words.thread.somebody));
  const others = agents.filter(({ id }) => id !== agentId);
  return (
    <Menu
      label={words.header.assign}
      isOpen={isOpen}
      onOpenChange={onOpen}
      entries={[
        { id: "me", name: words.header.toMe, hint: "I", run: () => onAssign(agentId) },
        { id: "nobody", name: words.header.nobody, run: () => onAssign(null) },
        ...others.map(({ id, full_name: name, is_online: isOnline }, i) => ({
          id,
          name: isOnline ? name : words.header.away(name),
          icon: <Avatar name={name} of={id} size={18} />,
          begins: i === 0,
          run: () => onAssign(id),
        })),
      ]}
    >
      <Button className={style.assignee ?? ""} aria-label={words.header.assignedTo(shown)}>
        {conversation.assigned_agent_id !== null && (
          <Avatar name={owner?.full_name ?? shown} of={conversation.assigned_agent_id} size={18} />
        )}
        <span>{shown}</span>
        <ChevronDown size={14} />
      </Button>
    </Menu>
  );
}
