import { Suspense, useRef, useState } from "react";
import { useLocation } from "wouter";
import { ArrowDownWideNarrow, ArrowUpNarrowWide, ListFilter, Menu as MenuIcon, Plus } from "lucide-react";
import { useAgents, useDivisions } from "../../api/reference";
import { useActions } from "../../kit/actions";
import { Button, IconButton } from "../../kit/button";
import { addChipClass, RemovableChip } from "../../kit/chip";
import { type Beside, useLateBubble } from "../../kit/late-bubble";
import { soon } from "../../kit/soon";
import { useWords } from "../../kit/words";
import type { ShownList } from "../../live/inbox";
import { filterChips } from "./filter-chips";
import { ConversationList } from "./list";
import { useSavedViews } from "./saved-views";
import { SearchBox } from "./search-box";
import type { Selection } from "./selection";
import type { Steady } from "./steady";
import type { CurrentView } from "./use-view";
import { divisionView, isOfView, VIEWS, type ViewName } from "./view-params";
import { inboxWords } from "./words";
import style from "./list-pane.module.css";

const BulkBar = soon(() => import("./bulk-bar"));
const ViewsDrawer = soon(() => import("./views-drawer"));
const Filters = soon(() => import("./filters"));

interface ListPaneProps {
  view: CurrentView;
  list: ShownList;
  steady: Steady;
  selection: Selection;
  openId: string | undefined;
}

export function ListPane({ view, list, steady, selection, openId }: ListPaneProps) {
  const words = useWords(inboxWords);
  const { filter, setFilter, search } = view;
  const [areViewsOpen, setViewsOpen] = useState(false);
  const searchField = useRef<HTMLInputElement>(null);
  const title = useTitle(view);
  const filters = useLateBubble();
  const isNewest = filter.sort === "newest";
  const [, go] = useLocation();
  const divisions = useDivisions();
  const saved = useSavedViews();
  useActions([
    {
      id: "search",
      name: words.keys.search,
      key: "/",
      group: words.keys.list,
      run: () => searchField.current?.focus(),
    },
    {
      id: "sort",
      name: isNewest ? words.list.sortOldest : words.list.sortNewest,
      run: () => setFilter({ sort: isNewest ? "oldest" : "newest" }),
    },
    ...(Object.keys(VIEWS) as ViewName[]).map((name) => ({
      id: `view ${name}`,
      name: words.views.show(words.views[name]),
      run: () => go(view.hrefOf(VIEWS[name])),
    })),
    ...divisions.map(({ id, name }) => ({
      id: `view ${id}`,
      name: words.views.show(name),
      run: () => go(view.hrefOf(divisionView(id))),
    })),
    ...(saved.views ?? []).map((one) => ({
      id: `view ${one.id}`,
      name: words.views.show(one.name),
      run: () => go(`/${one.search}`),
    })),
    ...(saved.views?.every((one) => one.search !== search)
      ? [{ id: "save-view", name: words.views.save, run: () => saved.save(filter, words) }]
      : []),
  ]);
  return (
    <section className={style.pane} aria-label={title}>
      <header className={style.head}>
        <div className={style.title}>
          <IconButton className={style.views ?? ""} label={words.views.label} onPress={() => setViewsOpen(true)}>
            <MenuIcon size={16} />
          </IconButton>
          <h2>{title}</h2>
          <span className={style.gap} />
          <IconButton
            label={isNewest ? words.list.newestFirst : words.list.oldestFirst}
            onPress={() => setFilter({ sort: isNewest ? "oldest" : "newest" })}
          >
            {isNewest ? <ArrowDownWideNarrow size={16} /> : <ArrowUpNarrowWide size={16} />}
          </IconButton>
          <IconButton label={words.filters.label} {...filters.button}>
            <ListFilter size={16} />
          </IconButton>
          <LateFilters view={view} beside={filters.beside} />
        </div>
        <SearchBox
          fieldRef={searchField}
          value={filter.q ?? ""}
          onChange={(q) => setFilter({ q: q === "" ? undefined : q })}
        />
        <FilterChips view={view} />
      </header>
      {selection.ids.size > 0 && (
        <Suspense fallback={null}>
          <BulkBar
            selection={selection}
            loaded={steady.entries}
            hasMore={steady.entries.some(({ id }) => id === undefined)}
          />
        </Suspense>
      )}
      <ConversationList list={list} steady={steady} openId={openId} search={search} selection={selection} />
      <Suspense fallback={null}>
        {areViewsOpen && <ViewsDrawer view={view} onClose={() => setViewsOpen(false)} />}
      </Suspense>
    </section>
  );
}

function useTitle({ filter }: CurrentView): string {
  const { views, list } = useWords(inboxWords);
  const divisions = useDivisions();
  const name = (Object.keys(VIEWS) as ViewName[]).find((one) => isOfView(filter, VIEWS[one]));
  if (name) return views[name];
  return divisions.find(({ id }) => isOfView(filter, divisionView(id)))?.name ?? list.filtered;
}

const LateFilters = ({ view, beside }: { view: CurrentView; beside: Beside | undefined }) => (
  <Suspense fallback={null}>{beside && <Filters view={view} beside={beside} />}</Suspense>
);

/** Shows the filters that narrow the view, each with a way to take it away. */
function FilterChips({ view }: { view: CurrentView }) {
  const words = useWords(inboxWords);
  const filters = useLateBubble();
  const chips = filterChips(view.filter, words, { agents: useAgents(), divisions: useDivisions() });
  return (
    <div className={style.chips}>
      {chips.map(({ name, without }) => (
        <RemovableChip key={name} label={words.filters.remove(name)} onRemove={() => view.setFilter(without)}>
          <bdi>{name}</bdi>
        </RemovableChip>
      ))}
      <Button kind="plain" className={addChipClass} {...filters.button}>
        <Plus size={12} /> {words.filters.add}
      </Button>
      <LateFilters view={view} beside={filters.beside} />
    </div>
  );
}
