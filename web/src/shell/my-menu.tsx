import { Suspense } from "react";
import { Button } from "react-aria-components";
import type { Profile } from "../api/api.gen";
import { Avatar } from "../kit/avatar";
import { commonWords } from "../kit/common-words";
import { useLateBubble } from "../kit/late-bubble";
import { soon } from "../kit/soon";
import { useWords } from "../kit/words";
import shell from "./shell.module.css";
import style from "./my-menu.module.css";

const MyPanel = soon(() => import("./my-panel"));

export function MyMenu({ profile, onShortcuts }: { profile: Profile; onShortcuts: () => void }) {
  const { me: words } = useWords(commonWords);
  const { button, beside } = useLateBubble();
  return (
    <>
      <Button {...button} className={shell.entry!} aria-label={words.menu(profile.full_name)}>
        <Avatar name={profile.full_name} of={profile.id} size={30} />
        <i className={`${style.dot} ${profile.is_online ? style.online : ""}`} />
      </Button>
      <Suspense fallback={null}>
        {beside && <MyPanel profile={profile} onShortcuts={onShortcuts} beside={beside} />}
      </Suspense>
    </>
  );
}
