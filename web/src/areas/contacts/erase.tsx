import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { Check, Trash2 } from "lucide-react";
import type { Contact } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { Button } from "../../kit/button";
import { Empty } from "../../kit/empty";
import { Checkbox } from "../../kit/checkbox";
import { Confirm } from "../../kit/form-dialog";
import { useWords } from "../../kit/words";
import { knownName } from "./names";
import { contactWords } from "./words";
import style from "./contacts.module.css";

interface EraseProps {
  contact: Contact;
  onExport: () => void;
  onClose: () => void;
  onErased: () => void;
}

/** Says all that is lost, and takes a second yes. */
export function EraseContact({ contact, onExport, onClose, onErased }: EraseProps) {
  const { erase: words, unknown } = useWords(contactWords);
  const queries = useQueryClient();
  const [isSure, setSure] = useState(false);
  const { submit, isBusy, failure } = useSubmit(async () => {
    const erasure = await call("DELETE /api/contacts/{id}", { params: { id: contact.id } });
    queries.setQueryData(["erasure", contact.id], erasure);
    onErased();
  });
  return (
    <Confirm
      title={words.title(knownName(contact) ?? unknown)}
      action={words.submit}
      isBusy={isBusy}
      failure={failure}
      isDisabled={!isSure}
      onConfirm={submit}
      onClose={onClose}
    >
      <div className={style.stack}>
        <div>
          <p>{words.text}</p>
          <ul className={style.what}>
            {words.what.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
          <p>{words.figures}</p>
        </div>
        <p>
          <Button isSmall onPress={onExport}>
            {words.exportFirst}
          </Button>
        </p>
        <Checkbox isSelected={isSure} onChange={setSure}>
          {words.confirm}
        </Checkbox>
      </div>
    </Confirm>
  );
}

const ASK_AGAIN_MS = 3000;

/** The erasure at work, until nothing is left. */
export function Erasure({ id }: { id: string }) {
  const { erase: words } = useWords(contactWords);
  const [, go] = useLocation();
  const queries = useQueryClient();
  const erasure = useQuery({
    queryKey: ["erasure", id],
    queryFn: ({ signal }) => call("GET /api/contacts/{id}/erasure", { params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.status === "done" ? false : ASK_AGAIN_MS),
    staleTime: 0,
  });
  const leave = (): void => {
    queries.removeQueries({ queryKey: ["contact", id] });
    void queries.invalidateQueries({ queryKey: ["contacts"] });
    go("/");
  };
  return (
    <Loaded query={erasure}>
      {({ status, conversations, files, error }) => (
        <main>
          <Empty
            icon={status === "done" ? <Check size={28} strokeWidth={1.5} /> : <Trash2 size={28} strokeWidth={1.5} />}
            title={status === "done" ? words.done : words.running}
            text={
              <>
                {status === "done" ? words.doneText(conversations, files) : words.runningText(conversations, files)}
                {status === "running" && error !== null && ` ${words.failing}`}
              </>
            }
            action={<Button onPress={leave}>{words.back}</Button>}
          />
        </main>
      )}
    </Loaded>
  );
}
