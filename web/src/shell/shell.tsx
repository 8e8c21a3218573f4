import { Suspense, useEffect, useRef, useState } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { Search, WifiOff } from "lucide-react";
import type { Profile } from "../api/api.gen";
import { session } from "../api/session";
import { areas } from "../areas";
import type { Area } from "../areas/area";
import { useActions } from "../kit/actions";
import { Button, IconButton } from "../kit/button";
import { commonWords } from "../kit/common-words";
import { Empty } from "../kit/empty";
import { useStore } from "../kit/store";
import { fetchWhenIdle, soon } from "../kit/soon";
import { Toasts } from "../kit/toast";
import { locale, useWords } from "../kit/words";
import { isOffline } from "../live/connection";
import { newVersion } from "../live/new-version";
import { startLive } from "../live/start";
import { Broken } from "./broken";
import { Logo } from "./logo";
import { useMyActions } from "./my-actions";
import { MyMenu } from "./my-menu";
import { typeAhead } from "./typed-ahead";
import style from "./shell.module.css";

const SessionEnd = soon(() => import("./session-end"));
const Palette = soon(() => import("./palette"));
const Shortcuts = soon(() => import("./shortcuts"));

/** The frame around all screens: navigation, bars, what is everywhere. */
export function Shell({ profile }: { profile: Profile }) {
  const words = useWords(commonWords);
  const [open, setOpen] = useState<"palette" | "shortcuts">();
  const { hasEnded } = useStore(session);
  const [, go] = useLocation();
  const shown = areas.filter((area) => isFor(area, profile));
  const language = useStore(locale);
  useActions([
    ...shown
      .filter(({ isUnlisted }) => !isUnlisted)
      .map(({ path, name, key }) => ({
        id: `go${path}`,
        name: words.nav.goTo(name[language]),
        key: `g ${key}`,
        group: words.keys.general,
        run: () => go(path),
      })),
    { id: "shortcuts", name: words.keys.title, key: "?", group: words.keys.general, run: () => setOpen("shortcuts") },
  ]);
  useMyActions(profile);
  usePaletteKey(() => {
    if (open === "palette") return;
    typeAhead();
    setOpen("palette");
  });
  // oxlint-disable-next-line react/exhaustive-deps -- for one agent once
  useEffect(() => startLive(profile), []);
  useEffect(fetchWhenIdle, []);
  return (
    <div className={style.shell}>
      <nav className={style.rail} aria-label={words.nav.label}>
        <span className={style.logo}>
          <Logo size={22} />
        </span>
        {shown
          .filter(({ at }) => at === "top")
          .map((area) => (
            <RailLink key={area.path} area={area} />
          ))}
        <span className={style.gap} />
        <IconButton
          className={style.entry ?? ""}
          label={words.palette.key}
          hint="Ctrl K"
          onPress={() => setOpen("palette")}
        >
          <Search size={19} strokeWidth={1.75} />
        </IconButton>
        {shown
          .filter(({ at }) => at === "bottom")
          .map((area) => (
            <RailLink key={area.path} area={area} />
          ))}
        <MyMenu profile={profile} onShortcuts={() => setOpen("shortcuts")} />
      </nav>
      <div className={style.bars}>
        <Bars />
      </div>
      <div className={style.screen}>
        <Broken>
          <Suspense fallback={null}>
            <Screens shown={shown} />
          </Suspense>
        </Broken>
      </div>
      <Suspense fallback={null}>
        {hasEnded && <SessionEnd email={profile.email} />}
        {open === "palette" && <Palette onClose={() => setOpen(undefined)} />}
        {open === "shortcuts" && <Shortcuts onClose={() => setOpen(undefined)} />}
      </Suspense>
      <Toasts closeLabel={words.close} />
    </div>
  );
}

const isFor = ({ rights }: Area, { permissions }: Profile): boolean =>
  rights.length === 0 || rights.some((right) => permissions.includes(right));

function Screens({ shown }: { shown: readonly Area[] }) {
  const words = useWords(commonWords);
  const [, go] = useLocation();
  return (
    <Switch>
      {areas.map(({ path, Page, ...area }) => (
        <Route key={path} path={path} nest>
          {shown.some((one) => one.path === path) ? (
            <Page />
          ) : (
            <Empty {...words.forbidden} icon={<area.icon size={28} strokeWidth={1.5} />} />
          )}
        </Route>
      ))}
      <Route path="/">
        <Redirect to={areas[0]!.path} replace />
      </Route>
      <Route>
        <Empty
          title={words.notFound.title}
          text={words.notFound.text}
          action={<Button onPress={() => go(areas[0]!.path)}>{words.notFound.action}</Button>}
        />
      </Route>
    </Switch>
  );
}

function RailLink({ area: { path, name, icon: Icon } }: { area: Area }) {
  const [here] = useLocation();
  const language = useStore(locale);
  const isAt = (at: string): boolean => here === at || here.startsWith(`${at}/`);
  // The parts of the settings that are areas of their own are below them.
  const isHere = isAt(path) || (path === "/settings" && areas.some((one) => one.at === "settings" && isAt(one.path)));
  return (
    <Link
      href={path}
      className={style.entry}
      aria-label={name[language]}
      title={name[language]}
      aria-current={isHere ? "page" : undefined}
    >
      <Icon size={19} strokeWidth={1.75} aria-hidden />
    </Link>
  );
}

function Bars() {
  const words = useWords(commonWords);
  const offline = useStore(isOffline);
  const isNew = useStore(newVersion);
  return (
    <>
      {offline && (
        <p className={style.bar} role="status">
          <WifiOff size={14} aria-hidden /> {words.offline}
        </p>
      )}
      {isNew && (
        <p className={style.bar} role="status">
          {words.newVersion}{" "}
          <Button kind="plain" isSmall onPress={() => location.reload()}>
            {words.reload}
          </Button>
        </p>
      )}
    </>
  );
}

/** Ctrl K or Cmd K, from everywhere: it writes no letter. */
function usePaletteKey(open: () => void): void {
  const latest = useRef(open);
  useEffect(() => void (latest.current = open));
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}
