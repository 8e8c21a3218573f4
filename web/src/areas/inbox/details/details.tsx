import { type ReactNode, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { Check, ChevronRight, CircleDashed, FileText, X } from "lucide-react";
import { call } from "../../../api/call";
import { may } from "../../../api/session";
import { Avatar } from "../../../kit/avatar";
import { IconButton } from "../../../kit/button";
import { Chip } from "../../../kit/chip";
import { shownAddress } from "../../../kit/phone";
import { keep, readKept } from "../../../kit/storage";
import { fullDate, monthAndYear, shortDate } from "../../../kit/time";
import { useWords } from "../../../kit/words";
import type { Conversation } from "../../../live/matches";
import { useThread } from "../../../live/threads";
import { nameOf } from "../row";
import { fileOf, recordsIn, textIn } from "../thread/content";
import { inboxWords } from "../words";
import { Rating, RatingBadge } from "./rating";
import { Scheduled } from "./scheduled";
import { ServiceLevel } from "./service-level";
import style from "./details.module.css";

const LISTED_MS = 4000;

/** A new conversation is shown before the contacts have its person. */
const untilListed = ({ created_at: at }: Conversation): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(LISTED_MS, Date.parse(at) + LISTED_MS - Date.now())));

interface DetailsProps {
  conversation: Conversation;
  search: string;
  onClose: () => void;
}

/** The customer and the case. Sections are asked for when they are opened, and stay as the agent left them. */
export function Details({ conversation, search, onClose }: DetailsProps) {
  const words = useWords(inboxWords);
  const { id, contact_id: contactId, contact_phone: address, tags } = conversation;
  const contact = useQuery({
    queryKey: ["contact", contactId],
    queryFn: async () => {
      await untilListed(conversation);
      return call("GET /api/contacts/{id}", { params: { id: contactId } });
    },
    enabled: may("contacts.view"),
  }).data;
  const name = nameOf(conversation, words.unknown);
  const { details } = words;
  return (
    <aside className={style.details} aria-label={words.header.details}>
      <section className={style.card}>
        <IconButton className={style.close ?? ""} label={words.close} onPress={onClose}>
          <X size={16} />
        </IconButton>
        <Avatar name={name} of={contactId} size={52} />
        <h3>
          <bdi>{name}</bdi>
        </h3>
        {contact && <p>{details.since(monthAndYear(contact.created_at))}</p>}
      </section>
      <section>
        <h4>{details.contact}</h4>
        <dl>
          {address !== null && (
            <Row
              name={
                conversation.contact_channel === "email"
                  ? details.email
                  : conversation.contact_channel === "whatsapp"
                    ? details.phone
                    : details.address
              }
            >
              <bdi>{shownAddress(address)}</bdi>
            </Row>
          )}
          {contact?.username && (
            <Row name={details.username}>
              <bdi>{contact.username}</bdi>
            </Row>
          )}
          {contact?.email && contact.email !== address && (
            <Row name={details.email}>
              <bdi>{contact.email}</bdi>
            </Row>
          )}
          {tags.length > 0 && (
            <Row name={details.tags}>
              {tags.map((tag) => (
                <Chip key={tag}>
                  <bdi>{tag}</bdi>
                </Chip>
              ))}
            </Row>
          )}
          {contact && contact.tags.length > 0 && (
            <Row name={details.contactTags}>
              {contact.tags.map((tag) => (
                <Chip key={tag}>
                  <bdi>{tag}</bdi>
                </Chip>
              ))}
            </Row>
          )}
          {contact?.marketing_opted_out_at && <Row name={details.marketing}>{details.optedOut}</Row>}
          {contact?.email_suppressed_at && <Row name={details.email}>{details.suppressed}</Row>}
        </dl>
      </section>
      {conversation.sla_status !== "not_applicable" && may("conversations.view") && (
        <ServiceLevel conversation={conversation} />
      )}
      <Section id="earlier" title={details.earlier}>
        <Earlier conversationId={id} contactId={contactId} search={search} />
      </Section>
      <Section id="scheduled" title={details.scheduled}>
        <Scheduled conversationId={id} />
      </Section>
      <Section id="transfers" title={details.transfers}>
        <Transfers conversationId={id} />
      </Section>
      {may("csat.manage") && (
        <Section id="rating" title={details.rating} badge={<RatingBadge conversationId={id} />}>
          <Rating conversationId={id} />
        </Section>
      )}
      <Files conversationId={id} />
    </aside>
  );
}

const Row = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

interface SectionProps {
  id: string;
  title: string;
  badge?: ReactNode;
  children: ReactNode;
}

/** Nothing is asked for what is closed: an opened conversation costs three calls. */
function Section({ id, title, badge, children }: SectionProps) {
  const key = `section:${id}`;
  const [isOpen, setOpen] = useState(() => readKept(key, false));
  const toggle = (): void => {
    keep(key, !isOpen);
    setOpen(!isOpen);
  };
  return (
    <section>
      <h4>
        <button type="button" aria-expanded={isOpen} onClick={toggle}>
          <ChevronRight size={14} aria-hidden /> {title}
        </button>
        {badge}
      </h4>
      {isOpen && children}
    </section>
  );
}

function Earlier({ conversationId, contactId, search }: { conversationId: string; contactId: string; search: string }) {
  const { details: words } = useWords(inboxWords);
  const { data } = useQuery({
    queryKey: ["contact-conversations", contactId],
    queryFn: () => call("GET /api/contacts/{id}/conversations", { params: { id: contactId }, query: { limit: 20 } }),
  });
  const others = data?.data.filter(({ id }) => id !== conversationId) ?? [];
  if (data && others.length === 0) return <p className={style.none}>{words.noEarlier}</p>;
  return (
    <ul className={style.past}>
      {others.map(({ id, status, last_message: text, last_message_at: at }) => (
        <li key={id}>
          {status === "resolved" ? <Check size={14} aria-hidden /> : <CircleDashed size={14} aria-hidden />}
          <Link href={`/${id}${search}`} dir="auto">
            {text ?? words.noMessage}
          </Link>
          {at !== null && <time dateTime={at}>{shortDate(at)}</time>}
        </li>
      ))}
    </ul>
  );
}

function Transfers({ conversationId }: { conversationId: string }) {
  const { details: words } = useWords(inboxWords);
  const { data } = useQuery({
    queryKey: ["transfers", conversationId],
    queryFn: () => call("GET /api/conversations/{id}/transfers", { params: { id: conversationId } }),
  });
  if (data?.length === 0) return <p className={style.none}>{words.noTransfers}</p>;
  return (
    <ul className={style.transfers}>
      {data?.map((one) => (
        <li key={one.id}>
          <p>
            {words.transferred(
              one.transferred_by_name ?? words.automatic,
              one.to_agent_name ?? one.to_division_name ?? words.nobody,
            )}
          </p>
          {one.note !== null && <q dir="auto">{one.note}</q>}
          <time dateTime={one.created_at}>{fullDate(one.created_at)}</time>
        </li>
      ))}
    </ul>
  );
}

const MOST_FILES = 12;

/** Shows files of the loaded messages only. */
function Files({ conversationId }: { conversationId: string }) {
  const { details: words, thread } = useWords(inboxWords);
  const { messages } = useThread(conversationId);
  const files = messages
    .flatMap(({ content, type, created_at: at }) =>
      (type === "email" ? recordsIn(content.attachments).filter(({ inline }) => inline !== true) : [content]).flatMap(
        (one) => fileOf(one, at) ?? [],
      ),
    )
    .reverse();
  if (files.length === 0) return null;
  return (
    <section>
      <h4>
        {words.files} <span>{files.length}</span>
      </h4>
      <ul className={style.files}>
        {files.slice(0, MOST_FILES).map(({ url, src, mimeType, name }) => (
          <li key={url}>
            <a
              href={url}
              target="_blank"
              rel="noopener noreferrer"
              aria-label={thread.openFile(name ?? mimeType)}
              title={name ?? mimeType}
            >
              {mimeType.startsWith("image/") ? (
                <img src={src} alt="" loading="lazy" />
              ) : (
                <FileKind name={name} mimeType={mimeType} />
              )}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function FileKind({ name, mimeType }: { name: string | undefined; mimeType: string }) {
  const ending = textIn(name?.split(".").at(-1)) ?? mimeType.split("/")[1] ?? "";
  return ending.length > 0 && ending.length <= 4 ? <b>{ending.toUpperCase()}</b> : <FileText size={18} aria-hidden />;
}
