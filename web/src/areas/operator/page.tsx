import { useState } from "react";
import { Redirect, Route, Switch } from "wouter";
import { ApiProblem } from "../../api/call";
import { failureOf } from "../../api/problems";
import { Button } from "../../kit/button";
import { TextField } from "../../kit/field";
import { Form } from "../../kit/form";
import { type Failure } from "../../kit/failure";
import { Panel, Screen } from "../../kit/screen";
import { Sections } from "../../kit/sections";
import { useWords } from "../../kit/words";
import { DeadLetters } from "./dead-letters";
import { Health } from "./health";
import { Parked } from "./parked";
import { enter, useToken } from "./token";
import { operatorWords } from "./words";
import style from "./operator.module.css";

/** For those who run the deployment: what is stuck, and what lags. */
export default function OperatorPage() {
  const words = useWords(operatorWords);
  if (useToken() === undefined) return <Enter />;
  return (
    <Sections
      title={words.title}
      links={[
        { path: "/health", name: words.health.title },
        { path: "/dead-letters", name: words.dead.title },
        { path: "/parked", name: words.parked.title },
      ]}
    >
      <Switch>
        <Route path="/health" component={Health} />
        <Route path="/dead-letters" component={DeadLetters} />
        <Route path="/parked" component={Parked} />
        <Route>
          <Redirect to="/health" replace />
        </Route>
      </Switch>
    </Sections>
  );
}

function Enter() {
  const { enter: words, title } = useWords(operatorWords);
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await enter(text.trim());
    } catch (error) {
      const isRefused = error instanceof ApiProblem && error.status === 401;
      setFailure(isRefused ? { text: words.refused, fields: {} } : failureOf(error));
      setBusy(false);
    }
  };
  return (
    <Screen title={title} subtitle={words.intro}>
      <div className={style.enter}>
        <Panel>
          <Form failure={failure} onSubmit={() => void submit()}>
            <TextField
              label={words.token}
              help={words.help}
              type="password"
              autoComplete="off"
              value={text}
              onChange={setText}
              isRequired
              autoFocus
            />
            <div>
              <Button kind="go" type="submit" isPending={isBusy}>
                {words.submit}
              </Button>
            </div>
          </Form>
        </Panel>
      </div>
    </Screen>
  );
}
