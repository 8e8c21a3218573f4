import { Route, Switch } from "wouter";
import { ContactScreen } from "./contact";
import { ContactList } from "./list";

export default function ContactsPage() {
  return (
    <Switch>
      <Route path="/:id">{({ id }) => <ContactScreen key={id} id={id} />}</Route>
      <Route>
        <ContactList />
      </Route>
    </Switch>
  );
}
