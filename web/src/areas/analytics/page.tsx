import { Redirect, Route, Switch } from "wouter";
import { may } from "../../api/session";
import { Sections } from "../../kit/sections";
import { useWords } from "../../kit/words";
import { Agents } from "./agents";
import { Channels } from "./channels";
import { Csat } from "./csat";
import { WithPeriod } from "./frame";
import { Overview } from "./overview";
import { Sla } from "./sla";
import { Trends } from "./trends";
import { WhatsApp } from "./whatsapp";
import { analyticsWords } from "./words";

export default function AnalyticsPage() {
  const words = useWords(analyticsWords);
  const screens = [
    { path: "/overview", name: words.overview.title, Shown: Overview },
    { path: "/trends", name: words.trends.title, Shown: Trends },
    { path: "/agents", name: words.agents.title, Shown: Agents },
    { path: "/channels", name: words.channels.title, Shown: Channels },
    { path: "/csat", name: words.csat.title, Shown: Csat },
    { path: "/sla", name: words.sla.title, Shown: Sla, right: "sla.view" },
    { path: "/whatsapp", name: words.whatsapp.title, Shown: WhatsApp },
  ].filter(({ right }) => right === undefined || may(right));
  return (
    <Sections title={words.title} links={screens.map(({ path, name }) => ({ path, name }))}>
      <WithPeriod>
        {(period) => (
          <Switch>
            {screens.map(({ path, Shown }) => (
              <Route key={path} path={path}>
                <Shown period={period} />
              </Route>
            ))}
            <Route>
              <Redirect to="/overview" replace />
            </Route>
          </Switch>
        )}
      </WithPeriod>
    </Sections>
  );
}
