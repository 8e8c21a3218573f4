import { useState } from "react";
import { Dialog, Popover } from "react-aria-components";
import { Keyboard, LogOut } from "lucide-react";
import type { Profile } from "../api/api.gen";
import { logout } from "../api/session";
import { shortcutsOn } from "../kit/actions";
import { Avatar } from "../kit/avatar";
import { Button } from "../kit/button";
import { commonWords } from "../kit/common-words";
import type { Beside } from "../kit/late-bubble";
import { Select } from "../kit/select";
import { useStore } from "../kit/store";
import { Switch } from "../kit/switch";
import { theme, THEMES } from "../kit/theme";
import { LOCALES, type Locale, locale, useWords } from "../kit/words";
import { choose } from "../live/choices";
import { forgetDevice, unsentCount } from "../live/device";
import menu from "../kit/menu.module.css";
import { useSetOnline } from "./my-actions";
import style from "./my-menu.module.css";

interface MyPanelProps {
  profile: Profile;
  onShortcuts: () => void;
  beside: Beside;
}

/** The agent's own corner: presence, appearance, language, the way out. */
export default function MyPanel({ profile, onShortcuts, beside }: MyPanelProps) {
  const { me: words } = useWords(commonWords);
  const setOnline = useSetOnline(profile.id);
  const toShortcuts = (): void => {
    beside.onOpenChange(false);
    onShortcuts();
  };
  return (
    <Popover {...beside} className={menu.popover!} placement="right bottom" offset={8}>
      <Dialog className={style.panel} aria-label={profile.full_name}>
        <header className={style.head}>
          <Avatar name={profile.full_name} of={profile.id} size={36} />
          <div>
            <b>{profile.full_name}</b>
            <small>{profile.organization.name}</small>
          </div>
        </header>
        <Switch isSelected={profile.is_online} onChange={setOnline}>
          {profile.is_online ? words.online : words.offline}
        </Switch>
        <ThemeSelect />
        <LanguageSelect />
        <ShortcutsSwitch />
        <div className={style.foot}>
          <Button kind="plain" onPress={toShortcuts}>
            <Keyboard size={15} /> {words.shortcuts}
          </Button>
          <Leave />
        </div>
      </Dialog>
    </Popover>
  );
}

function ThemeSelect() {
  const { me: words } = useWords(commonWords);
  const chosen = useStore(theme);
  return (
    <Select
      label={words.theme}
      value={chosen}
      onChange={(id) => choose({ theme: id })}
      options={THEMES.map((id) => ({ id, name: words.themes[id] }))}
    />
  );
}

function LanguageSelect() {
  const { me: words } = useWords(commonWords);
  const chosen = useStore(locale);
  const options = (Object.entries(LOCALES) as [Locale, string][]).map(([id, name]) => ({ id, name }));
  return <Select label={words.language} value={chosen} onChange={(id) => choose({ language: id })} options={options} />;
}

function ShortcutsSwitch() {
  const { me: words } = useWords(commonWords);
  const isOn = useStore(shortcutsOn);
  return (
    <Switch isSelected={isOn} onChange={(shortcuts) => choose({ shortcuts })}>
      {words.shortcutsOn}
    </Switch>
  );
}

/** Logging out empties what waits on this device, so it asks if anything does. */
function Leave() {
  const { me: words } = useWords(commonWords);
  const [isAsking, setAsking] = useState(false);
  const leave = (): void => {
    if (unsentCount() > 0 && !isAsking) return setAsking(true);
    forgetDevice();
    // The next person at this browser must not be told of the agent's customers. Ending that takes a session.
    void import("../live/push")
      .then(({ ownPush, stopPush }) => (ownPush() === undefined ? undefined : stopPush()))
      .catch(() => undefined)
      .finally(() => void logout());
  };
  return (
    <>
      {isAsking && <p className={style.warning}>{words.logoutUnsent(unsentCount())}</p>}
      <Button kind="plain" onPress={leave}>
        <LogOut size={15} /> {words.logout}
      </Button>
    </>
  );
}
