import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Contact } from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { SearchField } from "../../kit/search-field";
import { Confirm } from "../../kit/form-dialog";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { ContactName } from "./contact-name";
import { addressOf } from "./names";
import { contactWords } from "./words";
import style from "./contacts.module.css";

/** One person on two channels: the other contact becomes part of this one. */
export function MergeContacts({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const { merge: words, search } = useWords(contactWords);
  const queries = useQueryClient();
  const [asked, setAsked] = useState("");
  const [other, setOther] = useState<Contact>();
  const found = useQuery({
    queryKey: ["contacts", "merge", asked],
    queryFn: ({ signal }) => call("GET /api/contacts", { query: { q: asked, limit: 20 }, signal }),
    enabled: asked !== "",
  });
  const others = found.data?.data.filter(({ id }) => id !== contact.id);
  const { submit, isBusy, failure } = useSubmit(async () => {
    if (!other) return;
    const after = await call("POST /api/contacts/{id}/merge", {
      params: { id: contact.id },
      body: { contact_id: other.id },
    });
    queries.setQueryData(["contact", contact.id], after);
    await Promise.all(
      [["contacts"], ["contact", other.id], ["contact-conversations"]].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
    toast(words.done);
    onClose();
  });
  return (
    <Confirm
      title={words.title}
      action={words.submit}
      isBusy={isBusy}
      failure={failure}
      isDisabled={!other}
      onConfirm={submit}
      onClose={onClose}
    >
      <div className={style.stack}>
        <p>{words.text}</p>
        <div className={style.pair}>
          <p>
            <ContactName contact={contact} /> <small>{words.keep}</small>
          </p>
          {other && (
            <p>
              <ContactName contact={other} /> <small>{words.goes}</small>
            </p>
          )}
        </div>
        <SearchField label={`${words.find} ${search}`} value={asked} onChange={setAsked} />
        {others?.length === 0 && <p className={style.hint}>{words.nobody}</p>}
        {others && others.length > 0 && (
          <ul className={style.found} aria-label={words.choose}>
            {others.map((one) => (
              <li key={one.id}>
                <button type="button" aria-pressed={one.id === other?.id} onClick={() => setOther(one)}>
                  <ContactName contact={one} /> <small>{addressOf(one)}</small>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Confirm>
  );
}
