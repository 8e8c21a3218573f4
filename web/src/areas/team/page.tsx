import { Redirect, Route, Switch } from "wouter";
import { may } from "../../api/session";
import { Sections } from "../../kit/sections";
import { useWords } from "../../kit/words";
import { Agents } from "./agents";
import { ApiKeys } from "./api-keys";
import { DivisionScreen } from "./division";
import { Divisions } from "./divisions";
import { RoleScreen } from "./role";
import { Roles } from "./roles";
import { teamWords } from "./words";

export default function TeamPage() {
  const words = useWords(teamWords);
  const links = [
    { path: "/agents", name: words.agents.title, right: "agents.view" },
    { path: "/divisions", name: words.divisions.title, right: "divisions.view" },
    { path: "/roles", name: words.roles.title, right: "agents.view" },
    { path: "/api-keys", name: words.keys.title, right: "developer.access" },
  ].filter(({ right }) => may(right));
  return (
    <Sections title={words.title} links={links}>
      <Switch>
        <Route path="/agents" component={Agents} />
        <Route path="/divisions" component={Divisions} />
        <Route path="/divisions/:id">{({ id }) => <DivisionScreen key={id} id={id} />}</Route>
        <Route path="/roles" component={Roles} />
        <Route path="/roles/:id">{({ id }) => <RoleScreen key={id} id={id} />}</Route>
        <Route path="/api-keys" component={ApiKeys} />
        <Route>
          <Redirect to={links[0]!.path} replace />
        </Route>
      </Switch>
    </Sections>
  );
}
