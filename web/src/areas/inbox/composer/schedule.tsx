import { useState } from "react";
import { DialogTrigger } from "react-aria-components";
import { useQueryClient } from "@tanstack/react-query";
import { AlarmClock } from "lucide-react";
import { call } from "../../../api/call";
import { useSubmit } from "../../../api/problems";
import { Button, IconButton } from "../../../kit/button";
import { Bubble } from "../../../kit/bubble";
import { Form } from "../../../kit/form";
import { fullDate } from "../../../kit/time";
import { toast } from "../../../kit/toast";
import { useWords } from "../../../kit/words";
import type { Draft } from "../../../live/drafts";
import type { Conversation } from "../../../live/matches";
import { inboxWords } from "../words";
import { messagesOf } from "./outgoing-messages";
import style from "./composer.module.css";

interface ScheduleProps {
  conversation: Conversation;
  draft: Draft;
  isDisabled: boolean;
  onScheduled: () => void;
}

/** In the form that the field has, in the agent's own zone. */
const localTime = (at: Date): string =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** Sends the text at a time. */
export function Schedule({
  conversation: { id, contact_channel: channel },
  draft,
  isDisabled,
  onScheduled,
}: ScheduleProps) {
  const { composer: words } = useWords(inboxWords);
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(() => localTime(new Date(Date.now() + 3_600_000)));
  const { submit, isBusy, failure } = useSubmit(async () => {
    const [message] = messagesOf(channel, draft, []);
    if (!message) return;
    const scheduledAt = new Date(at).toISOString();
    await call("POST /api/conversations/{id}/scheduled-messages", {
      params: { id },
      body: { type: message.type, content: message.content, scheduled_at: scheduledAt },
    });
    await queries.invalidateQueries({ queryKey: ["scheduled", id] });
    setOpen(false);
    onScheduled();
    toast(words.scheduled(fullDate(scheduledAt)));
  });
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <IconButton label={words.schedule} className={style.schedule ?? ""} isDisabled={isDisabled}>
        <AlarmClock size={15} />
      </IconButton>
      <Bubble label={words.schedule} placement="top end">
        <Form onSubmit={submit} failure={failure}>
          <label className={style.when}>
            <span>{words.when}</span>
            <input
              type="datetime-local"
              required
              value={at}
              min={localTime(new Date())}
              onChange={({ target }) => setAt(target.value)}
            />
          </label>
          <Button type="submit" kind="go" isPending={isBusy}>
            {words.schedule}
          </Button>
        </Form>
      </Bubble>
    </DialogTrigger>
  );
}
