import { useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { Plus, Trash2 } from "lucide-react";
import { call } from "../../api/call";
import { useSubmit } from "../../api/problems";
import { useAccounts } from "../../api/reference";
import { upload } from "../../api/upload";
import { Button, IconButton } from "../../kit/button";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { Bubble } from "./bubble";
import {
  blanksOf,
  BUTTONS,
  CATEGORIES,
  type Draft,
  type DraftButton,
  EMPTY,
  HEADERS,
  nextVariable,
  templateOf,
} from "./draft";
import { shownDraft } from "./shown";
import { templateWords } from "./words";
import style from "./templates.module.css";

const MAX_BUTTONS = 10;
const ACCEPTS: Record<string, string> = {
  image: "image/jpeg,image/png",
  video: "video/mp4",
  document: "application/pdf",
};

/** A template with what a customer will see beside it. Meta's reviewers decide. */
export function CreateTemplate() {
  const words = useWords(templateWords);
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [draft, setDraft] = useState(EMPTY);
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  const accounts = useAccounts().filter(({ channel }) => channel === "whatsapp");
  const [accountId, setAccount] = useState<string>();
  const account = accounts.find(({ id }) => id === accountId) ?? accounts.find(({ is_default: first }) => first);
  const { submit, isBusy, failure } = useSubmit(async () => {
    await call("POST /api/wa-templates", {
      body: { ...templateOf(draft), ...(account && { integration_account_id: account.id }) },
    });
    await queries.invalidateQueries({ queryKey: ["templates"] });
    toast(words.submitted);
    go("/");
  });
  const { category } = draft;
  return (
    <Screen crumb={<Link href="/">{words.title}</Link>} title={words.create} subtitle={words.createIntro}>
      <div className={style.two}>
        <Panel>
          <Form failure={failure} onSubmit={submit}>
            {accounts.length > 1 && account && (
              <Select
                label={words.account}
                value={account.id}
                onChange={setAccount}
                options={accounts.map(({ id, display_name: name }) => ({ id, name }))}
              />
            )}
            <TextField
              label={words.name}
              name="name"
              help={words.nameHelp}
              value={draft.name}
              onChange={(name) => set({ name: name.toLowerCase().replaceAll(/[^a-z0-9_]/g, "_") })}
              isRequired
              autoFocus
              maxLength={512}
            />
            <div className={style.pair}>
              <Select
                label={words.columns.category}
                value={category}
                onChange={(next) => set({ category: next })}
                help={words.categoryTexts[category]}
                options={CATEGORIES.map((id) => ({ id, name: words.categories[id] }))}
              />
              <TextField
                label={words.columns.language}
                name="language"
                value={draft.language}
                help={words.languageHelp}
                onChange={(language) => set({ language })}
                isRequired
                maxLength={20}
              />
            </div>
            {category === "AUTHENTICATION" ? (
              <p className={style.hint}>{words.authentication}</p>
            ) : (
              <Parts draft={draft} set={set} />
            )}
            <div>
              <Button kind="go" type="submit" isPending={isBusy}>
                {words.submit}
              </Button>
            </div>
          </Form>
        </Panel>
        <div className={style.aside}>
          <Panel title={words.preview}>
            <Bubble shown={shownDraft(draft, words.codeText)} />
          </Panel>
        </div>
      </div>
    </Screen>
  );
}

interface PartsProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

function Parts({ draft, set }: PartsProps) {
  const words = useWords(templateWords);
  const { header, samples } = draft;
  const hasHeader = header !== "none";
  const body = hasHeader ? 1 : 0;
  const blanks = blanksOf(draft);
  return (
    <>
      <Select
        label={words.header}
        value={header}
        onChange={(next) => set({ header: next, media: undefined })}
        options={HEADERS.map((id) => ({ id, name: words.headers[id] }))}
      />
      {header === "text" && (
        <TextField
          label={words.headerText}
          name="components.0.text"
          value={draft.headerText}
          onChange={(headerText) => set({ headerText })}
          isRequired
          maxLength={60}
        />
      )}
      {hasHeader && header !== "text" && <SampleFile key={header} draft={draft} set={set} />}
      <div>
        <TextField
          label={words.body}
          name={`components.${body}.text`}
          lines={5}
          value={draft.body}
          onChange={(text) => set({ body: text })}
          help={words.bodyHelp}
          isRequired
          maxLength={1024}
        />
        <Button kind="plain" isSmall onPress={() => set({ body: `${draft.body}${nextVariable(draft.body)}` })}>
          <Plus size={13} aria-hidden /> {words.addVariable}
        </Button>
      </div>
      <TextField label={words.footer} value={draft.footer} onChange={(footer) => set({ footer })} maxLength={60} />
      <Buttons buttons={draft.buttons} onChange={(buttons) => set({ buttons })} />
      {blanks.length > 0 && (
        <fieldset className={style.samples}>
          <legend>{words.samples}</legend>
          <p className={style.hint}>{words.samplesHelp}</p>
          {blanks.map(({ part, variable }) => (
            <TextField
              key={`${part} ${variable}`}
              label={words.sample(part, variable)}
              value={samples[`${part} ${variable}`] ?? ""}
              onChange={(value) => set({ samples: { ...samples, [`${part} ${variable}`]: value } })}
              isRequired
            />
          ))}
        </fieldset>
      )}
    </>
  );
}

function SampleFile({ draft: { header, media }, set }: PartsProps) {
  const words = useWords(templateWords);
  const [part, setPart] = useState<number>();
  const [fault, setFault] = useState(false);
  const take = (file: File | undefined): void => {
    if (!file) return;
    setFault(false);
    upload(file, setPart, new AbortController().signal)
      .then(({ media_id: id }) => set({ media: id }))
      .catch(() => setFault(true))
      .finally(() => setPart(undefined));
  };
  return (
    <label className={style.upload}>
      <span>{words.sampleFile}</span>
      <input
        type="file"
        accept={ACCEPTS[header]}
        required={media === undefined}
        onChange={({ target }) => take(target.files?.[0])}
      />
      <small role="status">
        {part !== undefined
          ? words.uploading(Math.round(part * 100))
          : fault
            ? words.uploadFailed
            : media === undefined
              ? words.sampleFileHelp
              : words.uploaded}
      </small>
    </label>
  );
}

function Buttons({
  buttons,
  onChange,
}: {
  buttons: readonly DraftButton[];
  onChange: (buttons: DraftButton[]) => void;
}) {
  const words = useWords(templateWords);
  const set = (at: number, change: Partial<DraftButton>): void =>
    onChange(buttons.map((button, i) => (i === at ? { ...button, ...change } : button)));
  return (
    <div className={style.buttons}>
      {buttons.map(({ kind, text, value }, i) => (
        <div key={i} className={style.buttonRow}>
          <Select
            label={words.button(i + 1)}
            value={kind}
            onChange={(next) => set(i, { kind: next, value: "" })}
            options={BUTTONS.map((id) => ({ id, name: words.buttonKinds[id] }))}
          />
          <TextField
            label={words.buttonText}
            value={text}
            onChange={(next) => set(i, { text: next })}
            isRequired
            maxLength={25}
          />
          {kind !== "QUICK_REPLY" && (
            <TextField
              label={words.buttonValues[kind]}
              value={value}
              onChange={(next) => set(i, { value: next })}
              isRequired
              maxLength={2000}
            />
          )}
          <IconButton label={words.removeButton(i + 1)} onPress={() => onChange(buttons.filter((_, j) => j !== i))}>
            <Trash2 size={15} />
          </IconButton>
        </div>
      ))}
      {buttons.length < MAX_BUTTONS && (
        <Button isSmall onPress={() => onChange([...buttons, { kind: "QUICK_REPLY", text: "", value: "" }])}>
          <Plus size={13} aria-hidden /> {words.addButton}
        </Button>
      )}
    </div>
  );
}
