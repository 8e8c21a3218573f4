import { Route, Switch } from "wouter";
import { CreateTemplate } from "./create";
import { TemplateList } from "./list";

export default function TemplatesPage() {
  return (
    <Switch>
      <Route path="/new" component={CreateTemplate} />
      <Route component={TemplateList} />
    </Switch>
  );
}
