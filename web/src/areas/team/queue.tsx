import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { AgentPublic, DivisionWithAgents } from "../../api/api.gen";
import { call, serverNow } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useNow } from "../../kit/clock";
import { duration } from "../../kit/time";
import { useWords } from "../../kit/words";
import { BASE } from "../../paths";
import { teamWords } from "./words";
import style from "./team.module.css";

const ASK_AGAIN_MS = 5000;
const PAGE = 100;

/** How many wait in the division's queue, for how long, and whether somebody could take one. */
export function Queue({ division }: { division: DivisionWithAgents }) {
  const { divisions: words } = useWords(teamWords);
  useNow();
  const queue = useQuery({
    queryKey: ["queue", division.id],
    queryFn: async () => {
      const page = await call("GET /api/conversations", {
        query: { division_id: [division.id], status: ["pending"], sort: "oldest", limit: PAGE },
      });
      const since = page.data.flatMap(({ waiting_since: at }) => at ?? []).sort();
      return { length: since.length, isMore: page.has_more, oldest: since[0] };
    },
    refetchInterval: ASK_AGAIN_MS,
    staleTime: 0,
  });
  return (
    <Loaded query={queue}>
      {({ length, isMore, oldest }) => (
        <div className={style.queue}>
          <b>{length === 0 ? words.queueEmpty : words.waiting(isMore ? `${length}+` : String(length))}</b>
          {oldest !== undefined && <p>{words.oldest(duration(serverNow() - Date.parse(oldest)))}</p>}
          {length > 0 && !division.agents.some(isFree) && <p>{words.noFree}</p>}
          <p>
            <Link href={`~${BASE}/inbox?division_id=${division.id}`}>{words.toQueue}</Link>
          </p>
        </div>
      )}
    </Loaded>
  );
}

const isFree = ({ status, is_online: isOnline }: AgentPublic): boolean => status === "active" && isOnline;
