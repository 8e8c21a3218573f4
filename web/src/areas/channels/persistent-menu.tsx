import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import type { PersistentMenu as Menu } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { useSubmit } from "../../api/problems";
import { may } from "../../api/session";
import { Button, IconButton } from "../../kit/button";
import { commonWords } from "../../kit/common-words";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { Select } from "../../kit/select";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { channelWords } from "./words";
import style from "./channels.module.css";

const MAX_ENTRIES = 20;
const KINDS = ["postback", "web_url"] as const;
interface Entry {
  kind: (typeof KINDS)[number];
  title: string;
  value: string;
}

/** The entries that a customer sees beside the text field in Messenger. */
export function PersistentMenu({ accountId }: { accountId: string }) {
  const menu = useQuery({
    queryKey: ["accounts", accountId, "menu"],
    queryFn: () => call("GET /api/integrations/messenger/persistent-menu", { query: { account_id: accountId } }),
  });
  return <Loaded query={menu}>{(data) => <Editor key={JSON.stringify(data)} menu={data} />}</Loaded>;
}

function Editor({ menu }: { menu: Menu }) {
  const { menu: words } = useWords(channelWords);
  const { save, saved } = useWords(commonWords);
  const queries = useQueryClient();
  // Menus of other languages are kept as they are.
  const others = menu.persistent_menu.filter(({ locale }) => locale !== "default");
  const ofAll = menu.persistent_menu.find(({ locale }) => locale === "default");
  const before = (ofAll?.call_to_actions ?? []).map(({ type, title, payload, url }): Entry => ({
    kind: type,
    title,
    value: (type === "postback" ? payload : url) ?? "",
  }));
  const [entries, setEntries] = useState(before);
  const set = (at: number, change: Partial<Entry>): void =>
    setEntries(entries.map((entry, i) => (i === at ? { ...entry, ...change } : entry)));
  const isFixed = !may("integrations.manage");
  const { submit, isBusy, failure } = useSubmit(async () => {
    const call_to_actions = entries.map(({ kind, title, value }) =>
      kind === "postback"
        ? { type: kind, title: title.trim(), payload: value.trim() }
        : { type: kind, title: title.trim(), url: value.trim() },
    );
    const { composer_input_disabled } = ofAll ?? {};
    const next = [
      ...(call_to_actions.length === 0
        ? []
        : [
            {
              locale: "default",
              ...(composer_input_disabled !== undefined && { composer_input_disabled }),
              call_to_actions,
            },
          ]),
      ...others.map((one) => ({ ...one, call_to_actions: one.call_to_actions as typeof call_to_actions })),
    ];
    const answer = await call("POST /api/integrations/messenger/persistent-menu", {
      body: { account_id: menu.account_id, persistent_menu: next.length === 0 ? null : next },
    });
    queries.setQueryData(["accounts", menu.account_id, "menu"], answer);
    toast(saved);
  });
  return (
    <Form failure={failure} onSubmit={submit}>
      <p className={style.note}>{entries.length === 0 ? words.none : words.text}</p>
      {entries.map(({ kind, title, value }, i) => (
        <fieldset key={i} className={style.entry} disabled={isFixed}>
          <legend className="hidden-text">{words.entry(i + 1)}</legend>
          <TextField
            label={words.name}
            name={`persistent_menu.0.call_to_actions.${i}.title`}
            value={title}
            onChange={(next) => set(i, { title: next })}
            isRequired
            maxLength={30}
          />
          <Select
            label={words.kind}
            value={kind}
            onChange={(next) => set(i, { kind: next, value: "" })}
            options={KINDS.map((id) => ({ id, name: words.kinds[id] }))}
          />
          <TextField
            label={words.values[kind]}
            name={`persistent_menu.0.call_to_actions.${i}.${kind === "postback" ? "payload" : "url"}`}
            value={value}
            onChange={(next) => set(i, { value: next })}
            isRequired
          />
          {!isFixed && (
            <IconButton
              label={words.remove(title || String(i + 1))}
              onPress={() => setEntries(entries.filter((_, j) => j !== i))}
            >
              <Trash2 size={15} />
            </IconButton>
          )}
        </fieldset>
      ))}
      {!isFixed && (
        <div className={style.foot}>
          {entries.length < MAX_ENTRIES && (
            <Button onPress={() => setEntries([...entries, { kind: "postback", title: "", value: "" }])}>
              <Plus size={15} aria-hidden /> {words.add}
            </Button>
          )}
          <Button
            type="submit"
            kind="go"
            isPending={isBusy}
            isDisabled={JSON.stringify(entries) === JSON.stringify(before)}
          >
            {save}
          </Button>
        </div>
      )}
    </Form>
  );
}
