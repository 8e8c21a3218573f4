import type { Profile } from "../../api/api.gen";
import { locale } from "../../kit/words";
import { hearClicks } from "../desktop";
import { startCalling } from "./calling";
import { startUnreadCount } from "./unread-count";
import { noticeWords } from "./words";

/** Tells an agent who looks elsewhere: by sounds, on the desktop, in the title of the tab. Returns a function that ends it. */
export async function startNotices(profile: Profile): Promise<() => void> {
  await noticeWords.load(locale.get());
  const stops = [startCalling(profile.id), startUnreadCount(profile.id), hearClicks()];
  return () => {
    for (const stop of stops) stop();
  };
}
