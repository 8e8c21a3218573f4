import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { useAccounts } from "../../api/reference";
import { lookOf } from "../../api/template";
import { CHANNEL_NAMES } from "../../kit/channels";
import { TextField } from "../../kit/field";
import { FormDialog } from "../../kit/form-dialog";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { WhatsAppBubble } from "./bubble";
import { useTemplates } from "./templates";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

const CHANNELS = ["whatsapp", "email"] as const;
type Channel = (typeof CHANNELS)[number];

interface CreateProps {
  onClose: () => void;
  onCreated: (id: string) => void;
}

/** Makes a draft: what it says. To whom and when follows on its own screen. */
export function CreateCampaign({ onClose, onCreated }: CreateProps) {
  const { make: words, ...all } = useWords(campaignWords);
  const queries = useQueryClient();
  const { data: known } = useTemplates();
  const templates = known?.data ?? [];
  const hasMail = useAccounts().some(({ channel }) => channel === "email");
  const [name, setName] = useState("");
  const [channel, setChannel] = useState<Channel>("whatsapp");
  const [templateId, setTemplateId] = useState<string>();
  const [mail, setMail] = useState({ subject: "", text: "" });
  const template = templates.find(({ id }) => id === templateId);
  const isMail = channel === "email";
  const { submit, isBusy, failure } = useSubmit(async () => {
    const { id } = await call("POST /api/campaigns", {
      body: {
        name: name.trim(),
        channel,
        ...(isMail ? { content: mail } : { template_id: templateId ?? null }),
      },
    });
    await queries.invalidateQueries({ queryKey: ["campaigns"] });
    onCreated(id);
  });
  return (
    <FormDialog
      title={all.create}
      action={words.submit}
      isBusy={isBusy}
      isDisabled={isMail ? mail.subject.trim() === "" || mail.text.trim() === "" : template === undefined}
      failure={failure}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        label={words.name}
        name="name"
        help={words.nameHelp}
        value={name}
        onChange={setName}
        isRequired
        maxLength={200}
        autoFocus
      />
      {hasMail && (
        <Select
          label={words.channel}
          value={channel}
          onChange={setChannel}
          options={CHANNELS.map((id) => ({ id, name: CHANNEL_NAMES[id] }))}
        />
      )}
      {isMail ? (
        <>
          <TextField
            label={words.subject}
            name="content.subject"
            value={mail.subject}
            onChange={(subject) => setMail({ ...mail, subject })}
            isRequired
          />
          <TextField
            label={words.text}
            name="content.text"
            lines={6}
            value={mail.text}
            onChange={(text) => setMail({ ...mail, text })}
            isRequired
          />
        </>
      ) : (
        <Select
          label={words.template}
          name="template_id"
          value={templateId ?? null}
          placeholder={words.choose}
          isDisabled={!known}
          onChange={setTemplateId}
          options={templates.map((one) => ({ id: one.id, name: `${one.name} · ${one.language}` }))}
          help={known?.data.length === 0 ? words.noTemplates : undefined}
        />
      )}
      {!isMail && template && (
        <section aria-label={all.preview.title} className={style.paper}>
          <WhatsAppBubble look={lookOf(template)} />
        </section>
      )}
    </FormDialog>
  );
}
