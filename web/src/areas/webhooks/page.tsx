import { Link, Route, Switch } from "wouter";
import { Loaded } from "../../api/loaded";
import { Empty } from "../../kit/empty";
import { useWords } from "../../kit/words";
import { WebhookForm } from "./form";
import { WebhookList } from "./list";
import { useWebhooks, type Webhook } from "./use-webhooks";
import { WebhookScreen } from "./webhook";
import { webhookWords } from "./words";

export default function WebhooksPage() {
  return (
    <Switch>
      <Route path="/" component={WebhookList} />
      <Route path="/new">
        <WebhookForm />
      </Route>
      <Route path="/:id/edit">
        {({ id }) => <Found id={id}>{(webhook) => <WebhookForm key={id} webhook={webhook} />}</Found>}
      </Route>
      <Route path="/:id">{({ id }) => <Found id={id}>{(webhook) => <WebhookScreen webhook={webhook} />}</Found>}</Route>
    </Switch>
  );
}

function Found({ id, children }: { id: string; children: (webhook: Webhook) => React.ReactNode }) {
  const words = useWords(webhookWords);
  return (
    <Loaded query={useWebhooks()}>
      {(all) => {
        const webhook = all.find((one) => one.id === id);
        return webhook ? children(webhook) : <Empty title={words.gone} action={<Link href="/">{words.title}</Link>} />;
      }}
    </Loaded>
  );
}
