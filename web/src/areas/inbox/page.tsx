import { lazy, Suspense, useLayoutEffect } from "react";
import { Route, Switch, useLocation } from "wouter";
import { MessagesSquare } from "lucide-react";
import { useActions } from "../../kit/actions";
import { Empty } from "../../kit/empty";
import { patiently, soon } from "../../kit/soon";
import { useWords } from "../../kit/words";
import { showView, useList } from "../../live/inbox";
import { useFirstSteps } from "./first-steps";
import { useHandOvers } from "./hand-overs";
import { ListPane } from "./list-pane";
import { useSelection } from "./selection";
import { useSteady } from "./steady";
import { useView } from "./use-view";
import { ViewsPane } from "./views-pane";
import { inboxWords } from "./words";
import style from "./page.module.css";

const ConversationPane = soon(() => import("./conversation-pane"));
const FirstSteps = lazy(() => patiently(() => import("./first-steps-list")));

/** The inbox: views, their list, the open conversation. On a phone each is a screen of its own. */
export default function InboxPage() {
  const words = useWords(inboxWords);
  const view = useView();
  const { filter, search } = view;
  const [path, go] = useLocation();
  const openId = /^\/([0-9a-f-]{36})$/.exec(path)?.[1];
  const list = useList();
  const viewKey = JSON.stringify(filter);
  const steady = useSteady(list.entries, JSON.stringify(list.filter));
  const selection = useSelection(viewKey);
  // Asked for before what other parts ask for.
  useLayoutEffect(() => showView(filter), [filter]);

  const ids = steady.entries.flatMap(({ id }) => id ?? []);
  const at = openId === undefined ? -1 : ids.indexOf(openId);
  const goTo = (id: string | undefined): void => go(id === undefined ? `/${search}` : `/${id}${search}`);
  /** After a conversation has left the view: the one that takes its place, else the one above. */
  const goNext = (): void => goTo(ids[at + 1] ?? ids[at - 1]);
  useHandOvers(goTo);
  const first = useFirstSteps();
  const isFirstRun = first !== undefined && ids.length === 0;
  const { keys } = words;
  useActions([
    {
      id: "next",
      name: keys.next,
      key: "j",
      group: keys.list,
      repeats: true,
      run: () => ids[at + 1] && goTo(ids[at + 1]),
    },
    {
      id: "previous",
      name: keys.previous,
      key: "k",
      group: keys.list,
      repeats: true,
      run: () => at > 0 && goTo(ids[at - 1]),
    },
    { id: "select", name: keys.select, key: "x", group: keys.list, run: () => openId && selection.toggle(openId) },
    {
      id: "back",
      name: keys.back,
      key: "Escape",
      group: keys.list,
      isListed: false,
      run: () => (selection.ids.size > 0 ? selection.set([]) : goTo(undefined)),
    },
  ]);
  return (
    <div className={style.inbox} data-open={openId !== undefined || isFirstRun || undefined}>
      <ViewsPane view={view} />
      <ListPane view={view} list={list} steady={steady} selection={selection} openId={openId} />
      <Switch>
        <Route path="/:id">
          {openId === undefined ? (
            <Empty title={words.notFound} text={words.notFoundText} />
          ) : (
            <Suspense fallback={<main className={style.nothing} />}>
              <ConversationPane
                key={openId}
                id={openId}
                search={search}
                onDone={goNext}
                onBack={() => goTo(undefined)}
              />
            </Suspense>
          )}
        </Route>
        <Route>
          <main className={style.nothing}>
            {first ? (
              <Suspense fallback={null}>
                <FirstSteps done={first.done} onPutAway={first.putAway} />
              </Suspense>
            ) : (
              <Empty
                icon={<MessagesSquare size={28} strokeWidth={1.5} aria-hidden />}
                title={words.nothingOpen}
                text={words.nothingOpenText}
              />
            )}
          </main>
        </Route>
      </Switch>
    </div>
  );
}
