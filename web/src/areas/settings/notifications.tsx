import { useState } from "react";
import { Volume2 } from "lucide-react";
import { Button, IconButton } from "../../kit/button";
import { Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { playTone } from "../../kit/sound";
import { useStore } from "../../kit/store";
import { Switch } from "../../kit/switch";
import { useWords } from "../../kit/words";
import { type Calling, callings, choose, OCCASIONS, type Occasion, wantsDesktop } from "../../live/choices";
import { askForDesktop, desktopState, showOnDesktop } from "../../live/desktop";
import { PushBrowsers } from "./push-browsers";
import { settingsWords } from "./words";
import style from "./settings.module.css";

const CALLINGS: readonly Calling[] = ["off", "silent", "soft", "clear"];

/** Chooses what calls an agent who looks elsewhere, and lets it be tried. */
export function Notifications() {
  const { notifications: words } = useWords(settingsWords);
  const [said, setSaid] = useState("");
  const hear = async (calling: Calling): Promise<void> => {
    if (calling === "soft" || calling === "clear") setSaid((await playTone(calling)) ? words.heard : words.silenced);
  };
  return (
    <Screen title={words.title} subtitle={words.intro}>
      <Panel title={words.calls}>
        <div className={style.form}>
          {OCCASIONS.map((occasion) => (
            <Occasions key={occasion} occasion={occasion} onHear={(calling) => void hear(calling)} />
          ))}
          <p className={style.hint}>{words.callsHelp}</p>
          <p role="status" className={style.said}>
            {said}
          </p>
        </div>
      </Panel>
      <Panel title={words.desktop}>
        <div className={style.form}>
          <Desktop />
        </div>
      </Panel>
      <Panel title={words.push}>
        <div className={style.form}>
          <PushBrowsers />
        </div>
      </Panel>
    </Screen>
  );
}

function Occasions({ occasion, onHear }: { occasion: Occasion; onHear: (calling: Calling) => void }) {
  const { notifications: words } = useWords(settingsWords);
  const calling = useStore(callings[occasion]);
  const name = words.occasions[occasion];
  return (
    <div className={style.calling}>
      <Select
        label={name}
        value={calling}
        onChange={(next) => choose({ [`sound_${occasion}`]: next })}
        options={CALLINGS.map((id) => ({ id, name: words.callings[id] }))}
      />
      <IconButton
        label={words.hear(name)}
        isDisabled={calling === "off" || calling === "silent"}
        onPress={() => onHear(calling)}
      >
        <Volume2 size={16} />
      </IconButton>
    </div>
  );
}

/** The browser decides; its refusal is said in words, since only its own settings can undo it. */
function Desktop() {
  const { notifications: words } = useWords(settingsWords);
  const state = useStore(desktopState);
  const isWanted = useStore(wantsDesktop);
  const [wasAsked, setAsked] = useState(false);
  const turn = async (isOn: boolean): Promise<void> => {
    if (isOn) await askForDesktop();
    setAsked(isOn);
    choose({ desktop_notifications: isOn });
  };
  return (
    <>
      <div className={style.choice}>
        <Switch
          isSelected={isWanted && state === "granted"}
          isDisabled={state === "unsupported"}
          onChange={(isOn) => void turn(isOn)}
        >
          {words.showsDesktop}
        </Switch>
        <small>{words.desktopHelp}</small>
      </div>
      {state !== "granted" && (
        <p role="status" className={state === "denied" ? style.refused : style.hint}>
          {state === "default" && wasAsked ? words.dismissed : words.states[state]}
        </p>
      )}
      {state === "granted" && (
        <div>
          <Button onPress={() => void showOnDesktop({ title: words.testTitle, body: words.testText })}>
            {words.test}
          </Button>
        </div>
      )}
    </>
  );
}
