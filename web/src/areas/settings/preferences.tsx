import { call } from "../../api/call";
import type { UpdatePreferences } from "../../api/api.gen";
import { toastProblem } from "../../api/problems";
import { shortcutsOn } from "../../kit/actions";
import { Switch } from "../../kit/switch";
import { Panel, Screen } from "../../kit/screen";
import { Select } from "../../kit/select";
import { useStore } from "../../kit/store";
import { theme, THEMES } from "../../kit/theme";
import { LOCALES, type Locale, locale, setLocale, useWords } from "../../kit/words";
import { entersSend, readsByAnswer } from "../../live/choices";
import { settingsWords } from "./words";
import style from "./settings.module.css";

const READ_WHENS = ["seen", "answered"] as const;

/** Acts at once on this device; the server keeps it for others. */
const keepChoice = (body: UpdatePreferences): void => void call("PATCH /api/preferences", { body }).catch(toastProblem);

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
            onChange={(id) => (theme.set(id), keepChoice({ theme: id }))}
            options={THEMES.map((id) => ({ id, name: words.themes[id] }))}
          />
          <Select
            label={words.language}
            value={language}
            onChange={(id) => (void setLocale(id), keepChoice({ language: id }))}
            options={(Object.entries(LOCALES) as [Locale, string][]).map(([id, name]) => ({ id, name }))}
          />
        </div>
      </Panel>
      <Panel title={words.work}>
        <div className={style.form}>
          <Select
            label={words.readWhen}
            value={byAnswer ? "answered" : "seen"}
            onChange={(id) => (readsByAnswer.set(id === "answered"), keepChoice({ read_when: id }))}
            options={READ_WHENS.map((id) => ({ id, name: words.readWhens[id] }))}
          />
          <Choice text={words.shortcutsHelp}>
            <Switch
              isSelected={hasShortcuts}
              onChange={(isOn) => (shortcutsOn.set(isOn), keepChoice({ shortcuts: isOn }))}
            >
              {words.shortcuts}
            </Switch>
          </Choice>
          <Choice text={words.enterSendsHelp}>
            <Switch isSelected={sendsByEnter} onChange={entersSend.set}>
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
