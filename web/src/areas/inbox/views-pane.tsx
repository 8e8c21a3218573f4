import type { ReactNode } from "react";
import { Link } from "wouter";
import { Bookmark, Check, CircleDashed, Layers, Plus, User, X } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/call";
import { problemText } from "../../api/problems";
import { useAgents, useDivisions } from "../../api/reference";
import { may, session } from "../../api/session";
import { Avatar, hueOf } from "../../kit/avatar";
import { Button, IconButton } from "../../kit/button";
import { count } from "../../kit/figures";
import { useStore } from "../../kit/store";
import { useWords } from "../../kit/words";
import type { Count, Counts } from "../../live/counting";
import { useCounts } from "../../live/counts";
import { useSavedViews } from "./saved-views";
import type { CurrentView } from "./use-view";
import { divisionView, isOfView, VIEWS, type ViewName } from "./view-params";
import { inboxWords } from "./words";
import style from "./views-pane.module.css";

const ICONS = { mine: User, unassigned: CircleDashed, all: Layers, resolved: Check } satisfies Record<
  ViewName,
  unknown
>;

const countOf = (counts: Counts | undefined, name: ViewName): Count | undefined =>
  name === "resolved" ? undefined : counts?.[name];

/** Where conversations are looked for: my own, those of nobody, of a division, my saved views. */
export function ViewsPane({ view }: { view: CurrentView }) {
  return (
    <aside className={style.views}>
      <ViewsList view={view} />
      <Availability />
    </aside>
  );
}

/** Also in a drawer, where there is no room for the pane. */
export function ViewsList({ view, onChoose }: { view: CurrentView; onChoose?: () => void }) {
  const words = useWords(inboxWords);
  const divisions = useDivisions();
  const saved = useSavedViews();
  const counts = useCounts();
  const { filter, hrefOf, search } = view;
  const names = Object.keys(VIEWS) as ViewName[];
  const isSaved = (saved.views ?? []).some((one) => one.search === search);
  return (
    <nav aria-label={words.views.label} className={style.list}>
      <h1>{words.title}</h1>
      <ul>
        {names.map((name) => {
          const Icon = ICONS[name];
          return (
            <Entry
              key={name}
              href={hrefOf(VIEWS[name])}
              isHere={!isSaved && isOfView(filter, VIEWS[name])}
              onChoose={onChoose}
              icon={<Icon size={16} strokeWidth={1.75} aria-hidden />}
              name={words.views[name]}
              count={countOf(counts, name)}
            />
          );
        })}
      </ul>
      {divisions.length > 0 && (
        <>
          <h2>{words.views.divisions}</h2>
          <ul>
            {divisions.map(({ id, name }) => (
              <Entry
                key={id}
                href={hrefOf(divisionView(id))}
                isHere={!isSaved && isOfView(filter, divisionView(id))}
                onChoose={onChoose}
                icon={<i className={style.square} style={{ "--h": hueOf(id) } as React.CSSProperties} />}
                name={name}
                count={counts?.divisions[id]}
              />
            ))}
          </ul>
        </>
      )}
      <h2>
        {words.views.saved}
        <IconButton
          className={style.add ?? ""}
          label={words.views.save}
          isDisabled={isSaved || saved.isBusy || !saved.views}
          onPress={() => saved.save(filter, words)}
        >
          <Plus size={14} />
        </IconButton>
      </h2>
      {saved.views?.length === 0 && <p className={style.hint}>{words.views.noneSaved}</p>}
      {saved.error !== undefined && (
        <p className={style.hint} role="alert">
          {problemText(saved.error)} <Button onPress={saved.again}>{words.retry}</Button>
        </p>
      )}
      <ul>
        {saved.views?.map((one) => (
          <Entry
            key={one.id}
            href={`/${one.search}`}
            isHere={one.search === search}
            onChoose={onChoose}
            icon={<Bookmark size={16} strokeWidth={1.75} aria-hidden />}
            name={one.name}
            end={
              <IconButton
                className={style.forget ?? ""}
                label={words.views.forget(one.name)}
                isDisabled={saved.isBusy}
                onPress={() => saved.forget(one.id)}
              >
                <X size={14} />
              </IconButton>
            }
          />
        ))}
      </ul>
    </nav>
  );
}

interface EntryProps {
  href: string;
  isHere: boolean;
  icon: ReactNode;
  name: string;
  /** Undefined: not known, or not counted. */
  count?: Count | undefined;
  end?: ReactNode;
  onChoose: (() => void) | undefined;
}

function Entry({ href, isHere, icon, name, count: counted, end, onChoose }: EntryProps) {
  const { views: words } = useWords(inboxWords);
  return (
    <li className={style.entry}>
      <Link href={href} onClick={() => onChoose?.()} aria-current={isHere ? "page" : undefined}>
        {icon}
        <bdi>{name}</bdi>
        {counted && <span className="hidden-text">{words.counted(counted.total, counted.unread)}</span>}
        {counted && counted.unread > 0 && (
          <b className={style.unread} aria-hidden>
            {count(counted.unread)}
          </b>
        )}
        {counted && counted.total > 0 && (
          <span className={style.total} aria-hidden>
            {count(counted.total)}
          </span>
        )}
      </Link>
      {end}
    </li>
  );
}

/** How many colleagues are there. */
function Availability() {
  const { views: words } = useWords(inboxWords);
  const me = useStore(session).profile;
  // No frame tells it.
  useQuery({
    queryKey: ["agents"],
    queryFn: () => call("GET /api/agents"),
    refetchInterval: 60_000,
    enabled: may("agents.view"),
  });
  const agents = useAgents().filter(({ status }) => status === "active");
  const here = agents.filter(({ id, is_online: isOnline }) => (id === me?.id ? me.is_online : isOnline));
  if (agents.length < 2) return null;
  return (
    <footer className={style.foot}>
      {here.slice(0, 3).map(({ id, full_name: name }) => (
        <Avatar key={id} name={name} of={id} size={22} />
      ))}
      <span>{words.available(here.length, agents.length)}</span>
    </footer>
  );
}
