import type { AgentPublic } from "../../api/api.gen";
import { Chip } from "../../kit/chip";
import { useWords } from "../../kit/words";
import { teamWords } from "./words";
import style from "./team.module.css";

/** Whether queues may give the agent something now. */
export function Presence({ agent: { status, is_online: isOnline } }: { agent: AgentPublic }) {
  const { agents: words } = useWords(teamWords);
  if (status === "suspended") return <Chip tone="bad">{words.suspended}</Chip>;
  return (
    <span className={style.presence}>
      <i data-online={isOnline || undefined} />
      {isOnline ? words.online : words.offline}
    </span>
  );
}
