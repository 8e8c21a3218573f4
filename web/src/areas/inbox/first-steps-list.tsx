import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Check } from "lucide-react";
import { call } from "../../api/call";
import { Button } from "../../kit/button";
import { useWords } from "../../kit/words";
import { BASE } from "../../paths";
import { type Step, STEPS } from "./first-steps";
import { inboxWords } from "./words";
import style from "./first-steps.module.css";

interface FirstStepsProps {
  done: ReadonlySet<Step>;
  onPutAway: () => void;
}

/** From an empty organization to the first answer. */
export default function FirstSteps({ done, onPutAway }: FirstStepsProps) {
  const { firstSteps: words } = useWords(inboxWords);
  const next = STEPS.find((step) => !done.has(step));
  const links: Partial<Record<Step, string>> = { connect: "/channels#connect", invite: "/team/agents" };
  return (
    <section className={style.steps} aria-label={words.title}>
      <h2>{next === undefined ? words.allDone : words.title}</h2>
      <p>{next === undefined ? words.allDoneText : words.text}</p>
      <ol>
        {STEPS.map((step, i) => (
          <li key={step} data-done={done.has(step) || undefined} aria-current={step === next ? "step" : undefined}>
            <span className={style.mark}>
              {done.has(step) ? <Check size={14} strokeWidth={2.6} aria-label={words.done} /> : i + 1}
            </span>
            <span>
              <b>{words.steps[step].name}</b>
              {!done.has(step) && (
                <small>
                  {words.steps[step].text} {step === "write" && done.has("connect") && <Simulator />}
                  {links[step] !== undefined && <Link href={`~${BASE}${links[step]}`}>{words.steps[step].action}</Link>}
                </small>
              )}
            </span>
          </li>
        ))}
      </ol>
      <Button kind={next === undefined ? "go" : "plain"} onPress={onPutAway}>
        {next === undefined ? words.toInbox : words.putAway}
      </Button>
    </section>
  );
}

/** In development Meta's dialogs are on this machine, and beside them one writes as a customer. */
function Simulator() {
  const { firstSteps: words } = useWords(inboxWords);
  const { data } = useQuery({
    queryKey: ["login", "whatsapp"],
    queryFn: () => call("GET /api/integrations/whatsapp/embedded-signup"),
  });
  const url = data?.authorize_url ? new URL(data.authorize_url) : undefined;
  if (!url || !["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)) return null;
  return (
    <a href={`${url.origin}/_sim`} target="_blank" rel="noreferrer">
      {words.steps.write.action}
    </a>
  );
}
