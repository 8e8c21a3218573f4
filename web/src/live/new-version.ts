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
