import { Route, Switch } from "wouter";
import { CampaignScreen } from "./campaign";
import { CampaignList } from "./list";
import { CampaignSettingsScreen } from "./settings";

export default function CampaignsPage() {
  return (
    <Switch>
      <Route path="/" component={CampaignList} />
      <Route path="/settings" component={CampaignSettingsScreen} />
      <Route path="/:id">{({ id }) => <CampaignScreen key={id} id={id} />}</Route>
    </Switch>
  );
}
