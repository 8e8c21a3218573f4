/** Shows what the server pushes while no page of the console is open. It keeps nothing, and answers no request. */

/** As `subscribeToPush` of the API describes it. */
interface Pushed {
  conversation_id: string;
  title: string;
  body: string;
}
interface Page {
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}
interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
  data: { json(): Pushed };
  notification: Notification & { data: { conversation_id?: string } };
}
/** The types of pages and of workers exclude each other. */
interface WorkerScope {
  registration: { showNotification(title: string, options: NotificationOptions): Promise<void> };
  clients: {
    matchAll(options: { type: "window"; includeUncontrolled: true }): Promise<Page[]>;
    openWindow(path: string): Promise<unknown>;
  };
  addEventListener(type: "push" | "notificationclick", listener: (event: WorkerEvent) => void): void;
}
const scope = globalThis as unknown as WorkerScope;

scope.addEventListener("push", (event) => {
  const { title, body, conversation_id } = event.data.json();
  event.waitUntil(
    scope.registration.showNotification(title, { body, tag: conversation_id, data: { conversation_id } }),
  );
});

scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

async function open(asked: { conversation_id?: string }): Promise<void> {
  const [page] = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (!page) return void (await scope.clients.openWindow(`/app/inbox/${asked.conversation_id ?? ""}`));
  page.postMessage(asked);
  await page.focus();
}
