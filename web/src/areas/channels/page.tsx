import { Route, Switch } from "wouter";
import { AccountScreen } from "./account";
import { ChannelList } from "./list";

export default function ChannelsPage() {
  return (
    <Switch>
      <Route path="/" component={ChannelList} />
      <Route path="/:id">{({ id }) => <AccountScreen key={id} id={id} />}</Route>
    </Switch>
  );
}
