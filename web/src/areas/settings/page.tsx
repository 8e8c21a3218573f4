import type { ReactNode } from "react";
import { Redirect, Route, Switch } from "wouter";
import { areas } from "..";
import { may } from "../../api/session";
import { Sections } from "../../kit/sections";
import { useStore } from "../../kit/store";
import { locale, useWords } from "../../kit/words";
import { Csat } from "./csat";
import { Notifications } from "./notifications";
import { Organization } from "./organization";
import { Preferences } from "./preferences";
import { Profile } from "./profile";
import { Security } from "./security";
import { ServiceLevels } from "./service-levels";
import { Windows } from "./windows";
import { settingsWords } from "./words";
import { Hours } from "./hours";

export default function SettingsPage() {
  const words = useWords(settingsWords);
  const language = useStore(locale);
  const own = [
    { path: "/profile", name: words.profile.title, Screen: Profile, group: words.groups.me },
    { path: "/preferences", name: words.preferences.title, Screen: Preferences },
    { path: "/notifications", name: words.notifications.title, Screen: Notifications },
    { path: "/security", name: words.security.title, Screen: Security },
  ];
  const shared = [
    { path: "/organization", name: words.organization.title, Screen: Organization, right: "settings.view" },
    { path: "/hours", name: words.hours.title, Screen: Hours, right: "settings.view" },
    { path: "/windows", name: words.windows.title, Screen: Windows, right: "settings.view" },
    { path: "/service-levels", name: words.sla.title, Screen: ServiceLevels, right: "sla.view" },
    { path: "/satisfaction", name: words.csat.title, Screen: Csat, right: "csat.view" },
  ].filter(({ right }) => may(right));
  const others = areas.filter(({ at, rights }) => at === "settings" && rights.some(may));
  const screens: { path: string; name: string; Screen: () => ReactNode; group?: string }[] = [
    ...own,
    ...withGroup(shared, words.groups.organization),
  ];
  const links = [
    ...screens.map(({ path, name, group }) => ({ path, name, group })),
    ...withGroup(
      others.map(({ path, name }) => ({ path, name: name[language], isElsewhere: true })),
      words.groups.more,
    ),
  ];
  return (
    <Sections title={words.title} links={links}>
      <Switch>
        {screens.map(({ path, Screen }) => (
          <Route key={path} path={path} component={Screen} />
        ))}
        <Route>
          <Redirect to="/profile" replace />
        </Route>
      </Switch>
    </Sections>
  );
}

const withGroup = <T extends object>(entries: readonly T[], group: string): (T & { group?: string })[] =>
  entries.map((entry, i) => (i === 0 ? { ...entry, group } : entry));
