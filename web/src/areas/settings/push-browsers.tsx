import { useState } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { MonitorSmartphone, X } from "lucide-react";
import { ApiProblem, call } from "../../api/call";
import { problemText } from "../../api/problems";
import { IconButton } from "../../kit/button";
import { Chip } from "../../kit/chip";
import { useStore } from "../../kit/store";
import { Switch } from "../../kit/switch";
import { fullDate } from "../../kit/time";
import { useWords } from "../../kit/words";
import { askForDesktop, desktopState } from "../../live/desktop";
import { ownPush, startPush, stopPush, takesPush } from "../../live/push";
import { deviceOf } from "./device";
import { settingsWords } from "./words";
import style from "./settings.module.css";

const KEY = ["push-subscriptions"];

/** Lists the browsers that are told while no page is open: this one, and others that the agent uses. */
export function PushBrowsers() {
  const { notifications: words, security } = useWords(settingsWords);
  const queries = useQueryClient();
  const state = useStore(desktopState);
  const { data: browsers = [] } = useQuery({ queryKey: KEY, queryFn: () => call("GET /api/push/subscriptions") });
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const own = ownPush();
  const isOn = browsers.some(({ id }) => id === own);
  const change = (work: () => Promise<void>): void => {
    setBusy(true);
    setFailure("");
    void work()
      .catch((error: unknown) => setFailure(error instanceof ApiProblem ? problemText(error) : words.pushFailed))
      .then(() => queries.invalidateQueries({ queryKey: KEY }))
      .finally(() => setBusy(false));
  };
  const turnOn = async (): Promise<void> => {
    if ((await askForDesktop()) === "granted") await startPush(deviceOf(navigator.userAgent, security));
  };
  if (!takesPush()) return <p className={style.hint}>{words.pushUnsupported}</p>;
  return (
    <>
      <div className={style.choice}>
        <Switch isSelected={isOn} isDisabled={isBusy} onChange={(wants) => change(wants ? turnOn : stopPush)}>
          {words.showsPush}
        </Switch>
        <small>{words.pushHelp}</small>
      </div>
      {state === "denied" && <p className={style.refused}>{words.states.denied}</p>}
      {failure !== "" && (
        <p role="alert" className={style.bad}>
          {failure}
        </p>
      )}
      {browsers.length > 0 && (
        <ul className={style.browsers} aria-label={words.devices}>
          {browsers.map(({ id, device_name: device, host, created_at: at }) => {
            const name = device ?? words.unknownDevice;
            return (
              <li key={id}>
                <MonitorSmartphone size={16} aria-hidden />
                <span>
                  <bdi>{name}</bdi> {id === own && <Chip tone="set">{words.thisOne}</Chip>}
                  <small>
                    <bdi>{host}</bdi> · {fullDate(at)}
                  </small>
                </span>
                <IconButton
                  label={words.removeDevice(name)}
                  onPress={() =>
                    change(() =>
                      id === own
                        ? stopPush()
                        : call("DELETE /api/push/subscriptions/{id}", { params: { id } }).then(() => undefined),
                    )
                  }
                >
                  <X size={15} />
                </IconButton>
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}
