import { useQuery } from "@tanstack/react-query";
import { Star } from "lucide-react";
import type { QuickReply } from "../../../api/api.gen";
import { call } from "../../../api/call";
import { useAgents } from "../../../api/reference";
import { may, session } from "../../../api/session";
import { useWords } from "../../../kit/words";
import type { Conversation } from "../../../live/matches";
import type { DraftKind } from "../../../live/drafts";
import { inboxWords } from "../words";
import { type Trigger, triggerAt } from "./trigger";
import style from "./composer.module.css";

export interface Suggestion {
  id: string;
  name: string;
  detail: string;
  /** Takes the place of what was typed. */
  text: string;
  mention?: { id: string; name: string };
  /** The quick reply behind it. */
  isFavorite?: boolean;
}

/** Orders the list; a use that is not counted is no harm. */
export const countUse = (id: string): void =>
  void call("POST /api/quick-replies/{id}/use", { params: { id } }).catch(() => undefined);

export interface Suggesting {
  trigger: Trigger | undefined;
  found: readonly Suggestion[];
  problem: unknown;
}

const MOST = 8;

/** Suggests by the word before the caret: quick replies at `/`, colleagues at `@` in notes. */
export function useSuggestions(text: string, caret: number, kind: DraftKind, conversation: Conversation): Suggesting {
  const trigger = triggerAt(text, caret, kind);
  const { composer: words } = useWords(inboxWords);
  const agents = useAgents();
  const replies = useQuery({
    queryKey: ["quick-replies", "all"],
    queryFn: allQuickReplies,
    enabled: may("quick_replies.view"),
    staleTime: 5 * 60_000,
  });
  if (!trigger) return { trigger, found: [], problem: undefined };
  const asked = fold(trigger.query);
  if (trigger.sign === "@") {
    const found = agents
      .filter(({ status, full_name: name }) => status === "active" && fold(name).includes(asked))
      .map(({ id, full_name: name, email }) => ({ id, name, detail: email, text: `@${name} `, mention: { id, name } }));
    return { trigger, found: found.slice(0, MOST), problem: undefined };
  }
  const values: Record<string, string | null> = {
    "contact.name": conversation.contact_name,
    "contact.phone": conversation.contact_phone,
    "agent.name": session.get().profile?.full_name ?? null,
    "org.name": session.get().profile?.organization.name ?? null,
  };
  const found = (replies.data ?? [])
    .filter(({ title, shortcut, content }) => [shortcut ?? "", title, content].some((one) => fold(one).includes(asked)))
    .sort((one, other) => rank(other, asked) - rank(one, asked))
    .slice(0, MOST)
    .map(({ id, title, shortcut, content, is_favorite: isFavorite }) => ({
      id,
      isFavorite,
      name: title,
      detail: shortcut === null ? words.quickReply : `/${shortcut.replace(/^\//, "")}`,
      text: filledIn(content, values),
    }));
  return { trigger, found, problem: replies.error };
}

/** The beginning of a shortcut first, favourites next, then what is used most. */
const rank = ({ shortcut, is_favorite: isFavorite, own_usage_count: uses }: QuickReply, asked: string): number =>
  (asked !== "" &&
  fold(shortcut ?? "")
    .replace(/^\//, "")
    .startsWith(asked)
    ? 1e9
    : 0) +
  (isFavorite ? 1e6 : 0) +
  uses;

const fold = (text: string): string => text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** As the API does when it sends; shown before, so that the agent reads what the customer will. */
const filledIn = (text: string, values: Record<string, string | null>): string =>
  text.replaceAll(/\{\{\s*([\w.]+)\s*(?:\|([^{}]*))?\}\}/g, (whole, name: string, otherwise?: string) =>
    name in values ? values[name] || (otherwise ?? "").trim() : whole,
  );

async function allQuickReplies(): Promise<QuickReply[]> {
  const all: QuickReply[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await call("GET /api/quick-replies", {
      query: { limit: 100, ...(cursor !== undefined && { cursor }) },
    });
    all.push(...page.data);
    // More than anybody finds by typing.
    if (page.next_cursor === null || all.length >= 2000) return all;
    cursor = page.next_cursor;
  }
}

interface SuggestionListProps {
  id: string;
  suggesting: Suggesting;
  at: number;
  onChoose: (suggestion: Suggestion) => void;
}

export function SuggestionList({ id, suggesting: { trigger, found, problem }, at, onChoose }: SuggestionListProps) {
  const { composer: words } = useWords(inboxWords);
  if (!trigger) return null;
  return (
    <div className={style.suggestions}>
      {found.length === 0 ? (
        <p>{problem ? words.suggestionsFailed : trigger.sign === "/" ? words.noQuickReply : words.noColleague}</p>
      ) : (
        <ul id={id} role="listbox" aria-label={trigger.sign === "/" ? words.quickReplies : words.colleagues}>
          {found.map((one, i) => (
            // The keys act in the text field.
            <li
              key={one.id}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === at}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => onChoose(one)}
            >
              <b>
                {one.isFavorite && <Star size={12} fill="currentColor" role="img" aria-label={words.favorite} />}{" "}
                {one.name}
              </b>
              <small>{one.detail}</small>
              {trigger.sign === "/" && <span dir="auto">{one.text}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
