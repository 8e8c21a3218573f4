import { shortcutsOn } from "../../kit/actions";
import { Switch } from "../../kit/switch";
import { Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { useStore } from "../../kit/store";
import { theme, THEMES } from "../../kit/theme";
import { LOCALES, type Locale, locale, useWords } from "../../kit/words";
import { choose, entersSend, readsByAnswer } from "../../live/choices";
import { settingsWords } from "./words";
import style from "./settings.module.css";

const READ_WHENS = ["seen", "answered"] as const;

export function Preferences() {
  const { preferences: words } = useWords(settingsWords);
  const chosenTheme = useStore(theme);
  const language = useStore(locale);
  const hasShortcuts = useStore(shortcutsOn);
  const sendsByEnter = useStore(entersSend);
  const byAnswer = useStore(readsByAnswer);
  return (
    <Screen title={words.title} subtitle={words.intro}>
      <Panel title={words.look}>
        <div className={style.form}>
          <Select
            label={words.theme}
            value={chosenTheme}
            onChange={(id) => choose({ theme: id })}
            options={THEMES.map((id) => ({ id, name: words.themes[id] }))}
          />
          <Select
            label={words.language}
            value={language}
            onChange={(id) => choose({ language: id })}
            options={(Object.entries(LOCALES) as [Locale, string][]).map(([id, name]) => ({ id, name }))}
          />
        </div>
      </Panel>
      <Panel title={words.work}>
        <div className={style.form}>
          <Select
            label={words.readWhen}
            value={byAnswer ? "answered" : "seen"}
            onChange={(id) => choose({ read_when: id })}
            options={READ_WHENS.map((id) => ({ id, name: words.readWhens[id] }))}
          />
          <Choice text={words.shortcutsHelp}>
            <Switch isSelected={hasShortcuts} onChange={(isOn) => choose({ shortcuts: isOn })}>
              {words.shortcuts}
            </Switch>
          </Choice>
          <Choice text={words.enterSendsHelp}>
            <Switch isSelected={sendsByEnter} onChange={(isOn) => choose({ enter_sends: isOn })}>
              {words.enterSends}
            </Switch>
          </Choice>
        </div>
      </Panel>
    </Screen>
  );
}

const Choice = ({ text, children }: { text: string; children: React.ReactNode }) => (
  <div className={style.choice}>
    {children}
    <small>{text}</small>
  </div>
);
