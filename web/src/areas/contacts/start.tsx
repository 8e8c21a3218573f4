import { useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import type {
  Contact,
  IntegrationAccount,
  SendMessageRequest,
  StartConversation as Start,
  WaTemplate,
} from "../../api/api.gen";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { useAccounts } from "../../api/reference";
import { blanksOf, guessFor, isComplete, type Look, lookOf, messageFor, type Values } from "../../api/template";
import { CHANNEL_NAMES } from "../../kit/channels";
import { TextField } from "../../kit/field";
import { FormDialog } from "../../kit/form-dialog";
import { shownAddress } from "../../kit/phone";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { BASE, conversationPath } from "../../paths";
import { contactWords } from "./words";
import style from "./contacts.module.css";

interface StartProps {
  contact?: Contact;
  onClose: () => void;
}

/** Writes to somebody first: by a template on WhatsApp, by a mail elsewhere. Then the inbox has the conversation. */
export function StartConversation({ contact, onClose }: StartProps) {
  const { start: words } = useWords(contactWords);
  const [, go] = useLocation();
  const accounts = useAccounts().filter((one) => canBegin(one, contact));
  const [accountId, setAccountId] = useState<string>();
  const account = accounts.find(({ id }) => id === accountId) ?? accounts.find(isFirst) ?? accounts[0];
  const isMail = account?.channel === "email";
  const known = isMail ? contact?.email : contact?.phone_number && shownAddress(contact.phone_number);
  const [to, setTo] = useState<string>();
  const [name, setName] = useState("");
  const [message, setMessage] = useState<SendMessageRequest>();
  const address = to ?? known ?? "";
  const body: Start | undefined = account &&
    message && {
      account_id: account.id,
      to: address.trim(),
      ...(name.trim() !== "" && { name: name.trim() }),
      message,
    };
  // The same message keeps its key: repeated after a lost answer, it is not sent twice.
  const content = JSON.stringify(body);
  const { key } = useMemo(() => ({ content, key: crypto.randomUUID() }), [content]);
  const { submit, isBusy, failure } = useSubmit(async () => {
    if (!body) return;
    const { conversation } = await call("POST /api/conversations", { body, key });
    go(`~${BASE}${conversationPath(conversation.id)}`);
  });
  return (
    <FormDialog
      title={words.title}
      action={words.submit}
      isBusy={isBusy}
      isDisabled={!body}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      {account ? (
        <>
          <Select
            label={words.account}
            value={account.id}
            onChange={(id) => (setAccountId(id), setTo(undefined), setMessage(undefined))}
            options={accounts.map((one) => ({
              id: one.id,
              name: `${one.display_name} · ${CHANNEL_NAMES[one.channel]}`,
            }))}
          />
          <TextField
            label={isMail ? words.toEmail : words.toPhone}
            name="to"
            type={isMail ? "email" : "tel"}
            value={address}
            onChange={setTo}
            isRequired
            isReadOnly={known !== null && known !== undefined && known !== ""}
            autoFocus={!known}
          />
          {!contact && (
            <TextField
              label={words.name}
              name="name"
              help={words.nameHelp}
              value={name}
              onChange={setName}
              maxLength={200}
            />
          )}
          {isMail ? (
            <Mail onChange={setMessage} />
          ) : (
            <Template key={account.id} account={account} name={contact?.name ?? name} onChange={setMessage} />
          )}
        </>
      ) : (
        <p>{words.noAccount}</p>
      )}
    </FormDialog>
  );
}

const isFirst = ({ is_default: isDefault }: IntegrationAccount): boolean => isDefault;

/** On other channels only the customer begins. */
function canBegin({ channel, is_active: isActive }: IntegrationAccount, contact: Contact | undefined): boolean {
  if (!isActive) return false;
  if (channel === "whatsapp") return contact === undefined || contact.phone_number !== null;
  return channel === "email" && (contact === undefined || contact.email !== null);
}

function Mail({ onChange }: { onChange: (message: SendMessageRequest | undefined) => void }) {
  const { start: words } = useWords(contactWords);
  const [mail, setMail] = useState({ subject: "", text: "" });
  const set = (next: typeof mail): void => {
    setMail(next);
    const { subject, text } = next;
    onChange(
      subject.trim() === "" || text.trim() === ""
        ? undefined
        : { type: "email", content: { subject: subject.trim(), text } },
    );
  };
  return (
    <>
      <TextField
        label={words.subject}
        name="content.subject"
        value={mail.subject}
        onChange={(subject) => set({ ...mail, subject })}
        isRequired
      />
      <TextField
        label={words.text}
        name="content.text"
        lines={6}
        value={mail.text}
        onChange={(text) => set({ ...mail, text })}
        isRequired
      />
    </>
  );
}

interface TemplateProps {
  account: IntegrationAccount;
  name: string;
  onChange: (message: SendMessageRequest | undefined) => void;
}

function Template({ account, name, onChange }: TemplateProps) {
  const { start: words } = useWords(contactWords);
  const { data } = useQuery({
    queryKey: ["templates", account.id],
    queryFn: () =>
      call("GET /api/wa-templates", { query: { status: "APPROVED", limit: 100, integration_account_id: account.id } }),
  });
  const [template, setTemplate] = useState<WaTemplate>();
  const [values, setValues] = useState<Values>({});
  const fill = (chosen: WaTemplate | undefined, next: Values): void => {
    setTemplate(chosen);
    setValues(next);
    onChange(chosen && isComplete(chosen, next) ? messageFor(chosen, next) : undefined);
  };
  if (data?.data.length === 0) return <p className={style.hint}>{words.noTemplates}</p>;
  return (
    <>
      <Select
        label={words.template}
        value={template?.id ?? null}
        placeholder={words.template}
        options={(data?.data ?? []).map((one) => ({ id: one.id, name: `${one.name} · ${one.language}` }))}
        onChange={(id) => {
          const chosen = data?.data.find((one) => one.id === id);
          fill(chosen, chosen ? guessFor(chosen, name) : {});
        }}
      />
      {template &&
        blanksOf(template).map(({ id, part, variable, of }) => (
          <TextField
            key={`${template.id} ${id}`}
            label={words.blank(part, variable, of)}
            value={values[id] ?? ""}
            onChange={(value) => fill(template, { ...values, [id]: value })}
            isRequired
          />
        ))}
      {template && <Preview look={lookOf(template, values)} />}
    </>
  );
}

function Preview({ look: { header, body, footer } }: { look: Look }) {
  const { start: words } = useWords(contactWords);
  return (
    <section aria-label={words.preview} className={style.preview} dir="auto">
      {[header, body, footer].map((text, i) => text !== undefined && <p key={i}>{text}</p>)}
    </section>
  );
}
