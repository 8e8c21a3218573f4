import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import type { WaTemplate } from "../../../api/api.gen";
import { call } from "../../../api/call";
import { failureOf } from "../../../api/problems";
import { blanksOf, guessFor, isComplete, lookOf, messageFor, type Values } from "../../../api/template";
import { Button } from "../../../kit/button";
import { Dialog, DialogActions } from "../../../kit/dialog";
import { Empty } from "../../../kit/empty";
import { TextField } from "../../../kit/field";
import { FailureText } from "../../../kit/failure";
import { Form } from "../../../kit/form";
import { useWords } from "../../../kit/words";
import type { Conversation } from "../../../live/matches";
import { send } from "../../../live/outbox";
import { Buttons } from "../thread/structured";
import { MessageText } from "../thread/text";
import { inboxWords } from "../words";
import style from "./template-picker.module.css";

interface PickerProps {
  conversation: Conversation;
  onClose: () => void;
}

/** Chooses an approved template, asks for all that it needs, and shows what the customer will read. */
export default function TemplatePicker({ conversation, onClose }: PickerProps) {
  const words = useWords(inboxWords);
  const [asked, setAsked] = useState("");
  const [chosen, setChosen] = useState<WaTemplate>();
  const templates = useQuery({
    queryKey: ["templates", conversation.account_id],
    queryFn: () =>
      call("GET /api/wa-templates", {
        query: { status: "APPROVED", limit: 100, integration_account_id: conversation.account_id },
      }),
  });
  const found = (templates.data?.data ?? []).filter((one) =>
    `${one.name} ${lookOf(one).body}`.toLowerCase().includes(asked.trim().toLowerCase()),
  );
  return (
    <Dialog title={words.composer.template} closeLabel={words.close} onClose={onClose} isWide>
      {chosen ? (
        <Filled template={chosen} conversation={conversation} onBack={() => setChosen(undefined)} onClose={onClose} />
      ) : (
        <>
          <TextField label={words.composer.findTemplate} value={asked} onChange={setAsked} autoFocus />
          {templates.error && <FailureText failure={failureOf(templates.error)} />}
          {templates.isSuccess && found.length === 0 && (
            <Empty title={words.composer.noTemplate} text={words.composer.noTemplateText} />
          )}
          <ul className={style.list}>
            {found.map((one) => (
              <li key={one.id}>
                <button type="button" onClick={() => setChosen(one)}>
                  <b>{one.name}</b> <small>{`${one.language} · ${one.category.toLowerCase()}`}</small>
                  <span dir="auto">{lookOf(one).body}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

function Filled({
  template,
  conversation,
  onBack,
  onClose,
}: PickerProps & { template: WaTemplate; onBack: () => void }) {
  const words = useWords(inboxWords);
  const blanks = blanksOf(template);
  const [values, setValues] = useState<Values>(() => guessFor(template, conversation.contact_name ?? ""));
  const preview = lookOf(template, values);
  const isReady = isComplete(template, values);
  const submit = (): void => {
    if (!isReady) return;
    send({ conversationId: conversation.id, kind: "reply", message: messageFor(template, values) });
    onClose();
  };
  return (
    <Form failure={undefined} onSubmit={submit}>
      <div className={style.columns}>
        <div className={style.blanks}>
          {blanks.length === 0 && <p>{words.composer.nothingToFill}</p>}
          {blanks.map((blank, i) => (
            <TextField
              key={blank.id}
              label={words.composer.blank(blank.part, blank.variable, blank.of)}
              value={values[blank.id] ?? ""}
              onChange={(value) => setValues({ ...values, [blank.id]: value })}
              isRequired
              autoFocus={i === 0}
            />
          ))}
        </div>
        <section aria-label={words.composer.preview}>
          <div className={style.bubble}>
            {preview.header !== undefined && <b>{preview.header}</b>}
            <MessageText text={preview.body} hasMarks />
            {preview.footer !== undefined && <small>{preview.footer}</small>}
            <Buttons titles={preview.buttons.map(({ text }) => text)} />
          </div>
        </section>
      </div>
      <DialogActions>
        <Button onPress={onBack}>
          <ArrowLeft size={15} /> {words.composer.otherTemplate}
        </Button>
        <Button kind="go" type="submit" isDisabled={!isReady}>
          {words.composer.send}
        </Button>
      </DialogActions>
    </Form>
  );
}
