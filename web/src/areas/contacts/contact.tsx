import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "wouter";
import { Ellipsis, Send } from "lucide-react";
import type { Contact } from "../../api/api.gen";
import { call } from "../../api/call";
import { Loaded } from "../../api/loaded";
import { toastProblem } from "../../api/problems";
import { may } from "../../api/session";
import { useActions } from "../../kit/actions";
import { Avatar } from "../../kit/avatar";
import { Button, IconButton } from "../../kit/button";
import { CHANNEL_NAMES } from "../../kit/channels";
import { Chip } from "../../kit/chip";
import { saveFile } from "../../kit/download";
import { Empty } from "../../kit/empty";
import { Facts } from "../../kit/facts";
import { Menu, type MenuEntry } from "../../kit/menu";
import { shownAddress } from "../../kit/phone";
import { Columns, Panel, Screen } from "../../kit/screen";
import { fullDate } from "../../kit/time";
import { toast } from "../../kit/toast";
import { useWords } from "../../kit/words";
import { Consent } from "./consent";
import { ContactConversations } from "./conversations";
import { EditContact } from "./edit";
import { EraseContact, Erasure } from "./erase";
import { MergeContacts } from "./merge";
import { knownName } from "./names";
import { StartConversation } from "./start";
import { contactWords } from "./words";
import style from "./contacts.module.css";

export function ContactScreen({ id }: { id: string }) {
  const words = useWords(contactWords);
  const [isErased, setErased] = useState(false);
  const contact = useQuery({
    queryKey: ["contact", id],
    queryFn: ({ signal }) => call("GET /api/contacts/{id}", { params: { id }, signal }),
    enabled: !isErased,
  });
  if (isErased) return <Erasure id={id} />;
  return (
    <Loaded query={contact}>
      {(data) =>
        data.merged_into === null ? (
          <ContactDetails contact={data} onErased={() => setErased(true)} />
        ) : (
          <Empty title={words.merged.title} action={<Link href={`/${data.merged_into}`}>{words.merged.action}</Link>} />
        )
      }
    </Loaded>
  );
}

type Open = "edit" | "merge" | "erase" | "start";

function ContactDetails({ contact, onErased }: { contact: Contact; onErased: () => void }) {
  const words = useWords(contactWords);
  const [open, setOpen] = useState<Open>();
  const [, go] = useLocation();
  const close = (): void => setOpen(undefined);
  const name = knownName(contact) ?? words.unknown;
  const [canEdit, canErase] = [may("contacts.update"), may("privacy.manage")];
  // Only there a conversation can begin with the agent.
  const canWrite = may("messages.send") && (contact.phone_number !== null || contact.email !== null);
  const exported = (): void => {
    toast(words.export.preparing);
    exportContact(contact).then(() => toast(words.export.done), toastProblem);
  };
  useActions([
    { id: "contact/back", name: words.erase.back, key: "Escape", isListed: false, run: () => go("/") },
    ...(canEdit ? [{ id: "contact/edit", name: words.edit, group: words.title, run: () => setOpen("edit") }] : []),
  ]);
  const entries: MenuEntry[] = [
    ...(canEdit ? [{ id: "merge", name: words.merge.action, run: () => setOpen("merge") }] : []),
    ...(canErase
      ? [
          { id: "export", name: words.export.action, run: exported },
          { id: "erase", name: words.erase.action, isBad: true, begins: true, run: () => setOpen("erase") },
        ]
      : []),
  ];
  return (
    <Screen
      crumb={<Link href="/">{words.title}</Link>}
      title={
        <span className={style.title}>
          <Avatar name={name} of={contact.id} size={32} channel={contact.channel_source} /> <bdi>{name}</bdi>
        </span>
      }
      actions={
        <>
          {entries.length > 0 && (
            <Menu label={words.more} entries={entries}>
              <IconButton label={words.more}>
                <Ellipsis size={18} />
              </IconButton>
            </Menu>
          )}
          {canEdit && <Button onPress={() => setOpen("edit")}>{words.edit}</Button>}
          {canWrite && (
            <Button kind="go" onPress={() => setOpen("start")}>
              <Send size={15} aria-hidden /> {words.start.action}
            </Button>
          )}
        </>
      }
    >
      <Columns>
        <div className={style.stack}>
          <Panel title={words.details}>
            <Details contact={contact} />
          </Panel>
          <Panel title={words.consent.title}>
            <Consent contact={contact} />
          </Panel>
        </div>
        <Panel title={words.conversations.title}>
          <ContactConversations contactId={contact.id} />
        </Panel>
      </Columns>
      {open === "edit" && <EditContact contact={contact} onClose={close} />}
      {open === "merge" && <MergeContacts contact={contact} onClose={close} />}
      {open === "erase" && <EraseContact contact={contact} onExport={exported} onClose={close} onErased={onErased} />}
      {open === "start" && <StartConversation contact={contact} onClose={close} />}
    </Screen>
  );
}

function Details({ contact }: { contact: Contact }) {
  const { fields } = useWords(contactWords);
  const { phone_number: phone, email, username, user_id: userId, channel_source: channel, tags } = contact;
  return (
    <Facts
      rows={[
        { name: fields.channel, value: CHANNEL_NAMES[channel] },
        { name: fields.phone, value: phone && <bdi>{shownAddress(phone)}</bdi> },
        { name: fields.email, value: email && <bdi>{email}</bdi> },
        { name: fields.username, value: username && <bdi>@{username}</bdi> },
        { name: fields.userId, value: userId && <bdi>{userId}</bdi> },
        {
          name: fields.tags,
          value:
            tags.length === 0
              ? fields.noTags
              : tags.map((tag) => (
                  <Link key={tag} href={`/?tag=${encodeURIComponent(tag)}`}>
                    <Chip>
                      <bdi>{tag}</bdi>
                    </Chip>
                  </Link>
                )),
        },
        { name: fields.since, value: fullDate(contact.created_at) },
        { name: fields.changed, value: fullDate(contact.updated_at) },
      ]}
    />
  );
}

async function exportContact({ id }: Contact): Promise<void> {
  const everything = await call("GET /api/contacts/{id}/export", { params: { id } });
  saveFile(`contact-${id}.json`, "application/json", JSON.stringify(everything, null, 2));
}
