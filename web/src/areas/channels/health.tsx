import { useQuery } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import type { IntegrationAccount } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { Button } from "../../kit/button";
import { Facts } from "../../kit/facts";
import { clockTime } from "../../kit/time";
import { useWords } from "../../kit/words";
import { channelWords } from "./words";
import style from "./channels.module.css";

/** Shows Meta's report on a number at this moment. */
export function Health({ account: { id } }: { account: IntegrationAccount }) {
  const { health: words } = useWords(channelWords);
  const health = useQuery({
    queryKey: ["accounts", id, "health"],
    queryFn: () => call("GET /api/integrations/accounts/{id}/health", { params: { id } }),
  });
  const sends = words.sends as Record<string, string>;
  return (
    <Loaded query={health}>
      {(now) => (
        <div className={style.stack}>
          <Facts
            rows={[
              { name: words.number, value: now.display_phone_number },
              { name: words.name, value: now.verified_name && <bdi>{now.verified_name}</bdi> },
              {
                name: words.canSend,
                value: now.can_send_message && (sends[now.can_send_message] ?? now.can_send_message),
              },
              {
                name: words.quality,
                value:
                  now.quality_rating &&
                  ((words.qualities as Record<string, string>)[now.quality_rating] ?? now.quality_rating),
              },
              { name: words.limit, value: now.messaging_limit && limitText(now.messaging_limit, words.perDay) },
              { name: words.throughput, value: now.throughput?.toLowerCase() },
              { name: words.mode, value: now.account_mode?.toLowerCase() },
            ]}
          />
          {now.entities.flatMap(({ entity_type: type, errors, additional_info: more }, i) => [
            ...errors.map(({ error_description: text, possible_solution: solution }, j) => (
              <p key={`${i} ${j}`} className={style.fault} dir="auto">
                {type.toLowerCase().replaceAll("_", " ")}: {text} {solution}
              </p>
            )),
            ...more.map((text, j) => (
              <p key={`${i} more ${j}`} className={style.note} dir="auto">
                {text}
              </p>
            )),
          ])}
          <p className={style.note}>
            {words.checkedAt(clockTime(now.checked_at))}{" "}
            <Button isSmall isPending={health.isFetching} onPress={() => void health.refetch()}>
              <RefreshCw size={13} aria-hidden /> {words.check}
            </Button>
          </p>
        </div>
      )}
    </Loaded>
  );
}

/** `TIER_1K`: 1,000 people a day. */
function limitText(limit: string, perDay: (people: string) => string): string {
  const size = /^TIER_(\w+)$/.exec(limit)?.[1];
  return size === undefined ? limit : perDay(size.replace("K", ",000").toLowerCase());
}
