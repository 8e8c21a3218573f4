import { useAgents, useDivisions } from "../../../api/reference";
import { clockTime, fullDate } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import type { Activity } from "../../../live/thread-state";
import { inboxWords } from "../words";
import style from "./message.module.css";

/** Says between the messages how colleagues changed the conversation. */
export function ActivityLine({ activity, agentId }: { activity: Activity; agentId: string }) {
  const { thread: words } = useWords(inboxWords);
  const agents = useAgents();
  const divisions = useDivisions();
  const { type, created_at: at } = activity;
  const nameOf = (id: string | null, name: string | null): string =>
    id === agentId ? words.you : (name ?? agents.find((one) => one.id === id)?.full_name ?? words.somebody);
  const by = nameOf(activity.actor_id, activity.actor_name);
  const { activities } = words;
  const agent =
    activity.to_agent_id === null
      ? undefined
      : activity.to_agent_id === agentId
        ? activities.you
        : nameOf(activity.to_agent_id, activity.to_agent_name);
  const division =
    activity.to_division_id === null
      ? undefined
      : (activity.to_division_name ?? divisions.find(({ id }) => id === activity.to_division_id)?.name ?? "");
  const isOwn = activity.to_agent_id !== null && activity.to_agent_id === activity.actor_id;
  const text = {
    "conversation.assigned": () => (isOwn ? activities.took(by) : activities.assigned(by, agent ?? "")),
    "conversation.unassigned": () => activities.unassigned(by),
    "conversation.transferred": () =>
      isOwn ? activities.took(by) : activities.transferred(by, agent ?? division ?? words.somebody),
    "conversation.resolved": () => activities.resolved(by),
    "conversation.reopened": () => activities.reopened(by),
  }[type]();
  return (
    <p className={style.system} dir="auto">
      <span>{text}</span> ·{" "}
      <time dateTime={at} title={fullDate(at)}>
        {clockTime(at)}
      </time>
    </p>
  );
}
