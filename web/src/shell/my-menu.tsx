import { Suspense, useState } from "react";
import { Button, DialogTrigger, Popover } from "react-aria-components";
import type { Profile } from "../api/api.gen";
import { Avatar } from "../kit/avatar";
import { commonWords } from "../kit/common-words";
import { soon } from "../kit/soon";
import { useWords } from "../kit/words";
import menu from "../kit/menu.module.css";
import shell from "./shell.module.css";
import style from "./my-menu.module.css";

const MyPanel = soon(() => import("./my-panel"));

export function MyMenu({ profile, onShortcuts }: { profile: Profile; onShortcuts: () => void }) {
  const { me: words } = useWords(commonWords);
  const [isOpen, setOpen] = useState(false);
  const toShortcuts = (): void => {
    setOpen(false);
    onShortcuts();
  };
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className={shell.entry} aria-label={words.menu(profile.full_name)}>
        <Avatar name={profile.full_name} of={profile.id} size={30} />
        <i className={`${style.dot} ${profile.is_online ? style.online : ""}`} />
      </Button>
      <Popover className={menu.popover} placement="right bottom" offset={8}>
        <Suspense fallback={null}>
          <MyPanel profile={profile} onShortcuts={toShortcuts} />
        </Suspense>
      </Popover>
    </DialogTrigger>
  );
}
