import { createStore } from "../kit/store";

/** Notifications of the desktop, if the browser has and allows them. */
export type DesktopState = NotificationPermission | "unsupported";

const read = (): DesktopState => ("Notification" in globalThis ? Notification.permission : "unsupported");

export const desktopState = createStore<DesktopState>(read());

// A refusal can be changed only in the browser's own settings.
void navigator.permissions
  ?.query({ name: "notifications" })
  .then((status) => status.addEventListener("change", () => desktopState.set(read())))
  .catch(() => undefined);

/** Asks the person, by the browser's own dialog. Call it on a press. */
export async function askForDesktop(): Promise<DesktopState> {
  if (read() === "default") await Notification.requestPermission();
  desktopState.set(read());
  return read();
}

/** Finds the worker that shows pushes. Without one, the page itself shows notifications. */
export const pushWorker = (): Promise<ServiceWorkerRegistration | undefined> =>
  navigator.serviceWorker?.getRegistration("/app/") ?? Promise.resolve(undefined);

/** A later notice of the same conversation takes its place. Pressing it opens the conversation, if it is of one. */
export async function showOnDesktop(
  { title, body }: { title: string; body: string },
  conversationId?: string,
): Promise<void> {
  if (read() !== "granted") return;
  const options = { body, silent: true, data: { conversation_id: conversationId }, tag: conversationId ?? "test" };
  const worker = await pushWorker();
  // On phones, pages may not show notifications themselves.
  if (worker) return worker.showNotification(title, options);
  new Notification(title, options).addEventListener("click", () => show(conversationId));
}

function show(conversationId: string | undefined): void {
  window.focus();
  // The router hears it.
  if (conversationId !== undefined) history.pushState(null, "", `/app/inbox/${conversationId}`);
}

/** Opens what was pressed in a notification of the worker. Returns a function that ends it. */
export function hearClicks(): () => void {
  const listener = ({ data }: MessageEvent): void => show((data as { conversation_id?: string }).conversation_id);
  navigator.serviceWorker?.addEventListener("message", listener);
  return () => navigator.serviceWorker?.removeEventListener("message", listener);
}
