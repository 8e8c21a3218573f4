import { isServed } from "../kit/soon";
import { createStore } from "../kit/store";

/** Whether the server has a newer console than this tab. A deploy ends sockets: the question is asked when one reconnects. */
export const newVersion = createStore(false);

let own: string | undefined;

export async function askVersion(): Promise<void> {
  const response = await fetch("/app/", { method: "HEAD", cache: "no-store" }).catch(() => undefined);
  const etag = response?.headers.get("etag") ?? undefined;
  if (!response?.ok || etag === undefined) return;
  own ??= etag;
  if (etag !== own) newVersion.set(true);
}

const GUARD = "reloaded-for-chunk";

/** A file of this version is gone: one reload brings the new one. Drafts are kept on the device. */
export function reloadForLostFiles(): void {
  window.addEventListener("vite:preloadError", () => void reloadIfServed());
  // It has come up: a later deploy may reload once more.
  setTimeout(() => sessionStorage.removeItem(GUARD), 30_000);
}

/** Without a network a reload would leave nothing to look at. */
async function reloadIfServed(): Promise<void> {
  if (sessionStorage.getItem(GUARD) !== null || !(await isServed())) return;
  sessionStorage.setItem(GUARD, "1");
  location.reload();
}
