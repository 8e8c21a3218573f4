import { call } from "../api/call";
import { session } from "../api/session";
import { forgetKept, keep, readKept } from "../kit/storage";
import { pushWorker } from "./desktop";

/** Web Push: notifications of this browser while no page of the console is open. */

export const takesPush = (): boolean => "serviceWorker" in navigator && "PushManager" in globalThis;

/** The id of this browser's subscription, if it has one of this agent. */
export const ownPush = (): string | undefined => readKept<string | undefined>(keptAs(), undefined);
const keptAs = (): string => `push:${session.get().profile?.id}`;

interface ScriptAddresses {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(text: string): string };
}
const ADDRESS = "/app/push-worker.js";
/** The page's policy allows one address that becomes code, by this name, once. */
const address: string =
  (globalThis as { trustedTypes?: ScriptAddresses }).trustedTypes
    ?.createPolicy("push-worker", { createScriptURL: () => ADDRESS })
    .createScriptURL(ADDRESS) ?? ADDRESS;

/** Throws if the browser's push service cannot be reached, or what the API says. */
export async function startPush(deviceName: string): Promise<void> {
  const { public_key: applicationServerKey } = await call("GET /api/push/key");
  const worker = await navigator.serviceWorker.register(address, { scope: "/app/", updateViaCache: "none" });
  const options = { userVisibleOnly: true, applicationServerKey };
  const subscription = await whenActive(worker).then(() => worker.pushManager.subscribe(options));
  const { endpoint, keys } = subscription.toJSON();
  const body = { endpoint: endpoint!, keys: { p256dh: keys!["p256dh"]!, auth: keys!["auth"]! } };
  const { id } = await call("POST /api/push/subscriptions", { body: { ...body, device_name: deviceName } });
  keep(keptAs(), id);
}

/** A worker that is being installed takes no subscription. */
function whenActive({ active, installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  const coming = installing ?? waiting;
  if (active || !coming) return Promise.resolve();
  return new Promise((resolve) =>
    coming.addEventListener("statechange", () => coming.state === "activated" && resolve()),
  );
}

/** Ends the subscription of this browser. Throws what the API says. */
export async function stopPush(): Promise<void> {
  const id = ownPush();
  forgetKept(keptAs());
  const worker = await pushWorker();
  await (await worker?.pushManager.getSubscription().catch(() => undefined))?.unsubscribe();
  if (id !== undefined) await call("DELETE /api/push/subscriptions/{id}", { params: { id } });
}
