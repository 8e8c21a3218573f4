import { useState } from "react";
import type { UpdateCampaign } from "../../api/api.gen";
import { useAccounts } from "../../api/reference";
import { TextField } from "../../kit/field";
import { Select } from "../../kit/select";
import { useWords } from "../../kit/words";
import { useTemplates } from "./templates";
import type { Campaign } from "./use-campaign";
import { campaignWords } from "./words";
import style from "./campaigns.module.css";

interface MessageProps {
  campaign: Campaign;
  onChange: (body: UpdateCampaign) => void;
}

const DEFAULT = "default";

/** Chooses the message and the account that sends it. */
export function MessageStep({ campaign, onChange }: MessageProps) {
  const words = useWords(campaignWords);
  const accounts = useAccounts().filter(({ channel }) => channel === campaign.channel);
  const { data: known } = useTemplates();
  const templates = known?.data ?? [];
  return (
    <div className={style.stack}>
      {campaign.channel === "email" ? (
        <MailFields content={campaign.content} onChange={(content) => onChange({ content })} />
      ) : (
        <Select
          label={words.make.template}
          name="template_id"
          value={campaign.template_id}
          placeholder={campaign.template_name ?? words.make.choose}
          isDisabled={!known}
          onChange={(id) => onChange({ template_id: id })}
          options={templates.map((one) => ({ id: one.id, name: `${one.name} · ${one.language}` }))}
        />
      )}
      {accounts.length > 1 && (
        <Select
          label={words.account}
          name="integration_account_id"
          value={campaign.integration_account_id ?? DEFAULT}
          onChange={(id) => onChange({ integration_account_id: id === DEFAULT ? null : id })}
          options={[
            { id: DEFAULT, name: words.defaultAccount },
            ...accounts.map(({ id, display_name: name }) => ({ id, name })),
          ]}
        />
      )}
    </div>
  );
}

type Content = NonNullable<Campaign["content"]>;

function MailFields({ content, onChange }: { content: Campaign["content"]; onChange: (content: Content) => void }) {
  const { make: words } = useWords(campaignWords);
  const [mail, setMail] = useState<Content>(content ?? { subject: "", text: "" });
  const isHtml = typeof mail.html === "string";
  const [shownHtml, setShownHtml] = useState(isHtml);
  const set = (next: Content): void => {
    setMail(next);
    if (next.subject.trim() !== "" && (next.text?.trim() || next.html?.trim())) onChange(next);
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
        label={words.preheader}
        name="content.preheader"
        help={words.preheaderHelp}
        value={mail.preheader ?? ""}
        onChange={(text) => set({ ...mail, preheader: text === "" ? null : text })}
      />
      <Select
        label={words.kind}
        value={shownHtml ? "html" : "text"}
        onChange={(kind) => setShownHtml(kind === "html")}
        options={(["text", "html"] as const).map((id) => ({ id, name: words.kinds[id] }))}
        help={words.mailHelp}
      />
      {shownHtml ? (
        <TextField
          label={words.html}
          name="content.html"
          lines={10}
          value={mail.html ?? ""}
          onChange={(html) =>
            set({ ...mail, html: html === "" ? null : html, text: html === "" ? (mail.text ?? null) : null })
          }
        />
      ) : (
        <TextField
          label={words.text}
          name="content.text"
          lines={8}
          value={mail.text ?? ""}
          onChange={(text) =>
            set({ ...mail, text: text === "" ? null : text, html: text === "" ? (mail.html ?? null) : null })
          }
        />
      )}
    </>
  );
}
