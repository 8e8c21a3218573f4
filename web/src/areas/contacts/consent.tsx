import { useState } from "react";
import type { Contact } from "../../api/api.gen";
import { toastProblem, useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Switch } from "../../kit/switch";
import { Confirm } from "../../kit/form-dialog";
import { shortDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { useChangeContact } from "./change-contact";
import { contactWords } from "./words";
import style from "./contacts.module.css";

/** Whether marketing and mails may go to the contact, who decided it, and since when. */
export function Consent({ contact }: { contact: Contact }) {
  const { consent: words } = useWords(contactWords);
  const [isAsking, setAsking] = useState(false);
  const change = useChangeContact(contact.id);
  const { submit, isBusy, failure } = useSubmit(async () => {
    await change({ marketing_opted_out: false });
    setAsking(false);
  });
  const {
    marketing_opted_out_at: optedOutAt,
    marketing_source: source,
    email_suppressed_at: suppressedAt,
    email_suppressed_reason: reason,
  } = contact;
  const isFixed = !may("contacts.update");
  return (
    <>
      <div className={style.switchRow}>
        <Switch
          isSelected={optedOutAt === null}
          isDisabled={isFixed}
          onChange={(takes) =>
            takes ? setAsking(true) : void change({ marketing_opted_out: true }).catch(toastProblem)
          }
        >
          {words.marketing}
        </Switch>
        <small>
          {optedOutAt === null
            ? words.takes
            : `${words.since(shortDate(optedOutAt), source === null ? words.byNobody : words.by[source])}. ${words.takesNot}`}
        </small>
      </div>
      {contact.email !== null && (
        <div className={style.switchRow}>
          <Switch
            isSelected={suppressedAt === null}
            isDisabled={isFixed}
            onChange={(gets) => void change({ email_suppressed: !gets }).catch(toastProblem)}
          >
            {words.mails}
          </Switch>
          <small>
            {suppressedAt === null
              ? words.mailsReach
              : words.mailsSince(shortDate(suppressedAt), words.reasons[reason ?? "agent"])}
          </small>
        </div>
      )}
      {isAsking && (
        <Confirm
          title={words.allowTitle}
          action={words.allow}
          isBusy={isBusy}
          failure={failure}
          onConfirm={submit}
          onClose={() => setAsking(false)}
        >
          <p>{words.allowText}</p>
        </Confirm>
      )}
    </>
  );
}
