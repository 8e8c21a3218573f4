import type { Message, NoteResponse, SendMessageRequest } from "../api/api.gen";
import { ApiProblem, call, isTemporary } from "../api/call";
import { keep, readKept } from "../kit/storage";
import { createStore } from "../kit/store";

/**
 * A message or note that the server has not confirmed. It waits on this device with its Idempotency-Key, so that a
 * lost answer, a reload or a second tab never sends twice. It leaves in order, one conversation at a time.
 */
export interface Outgoing {
  key: string;
  conversationId: string;
  kind: "reply" | "note";
  /** Only replies have it. */
  message?: SendMessageRequest;
  /** Only notes have it. */
  note?: string;
  /** Milliseconds since 1970. */
  at: number;
  /** `refused`: a person decides what becomes of it. */
  state: "waiting" | "sending" | "refused";
  problem?: { code: string; text: string; fields: Record<string, string> };
}

interface Delivered {
  onMessage(message: Message): void;
  onNote(note: NoteResponse): void;
  explain(error: unknown): NonNullable<Outgoing["problem"]>;
}

export const outbox = createStore<readonly Outgoing[]>([]);
let keptAs = "";
let delivered: Delivered | undefined;
const busy = new Set<string>();

/** Begins with what an earlier tab left. Returns a function that stops. */
export function startOutbox(agentId: string, handlers: Delivered): () => void {
  keptAs = `outbox:${agentId}`;
  delivered = handlers;
  read();
  const onStorage = (event: StorageEvent): void => void (event.key === keptAs && read());
  addEventListener("storage", onStorage);
  addEventListener("online", sendAll);
  sendAll();
  return () => {
    removeEventListener("storage", onStorage);
    removeEventListener("online", sendAll);
    delivered = undefined;
  };
}

/** An interrupted send is one that waits: its key makes it the same. */
function read(): void {
  const kept = readKept<Outgoing[]>(keptAs, []);
  outbox.set(
    kept.map((one) => (one.state === "sending" && !busy.has(one.conversationId) ? { ...one, state: "waiting" } : one)),
  );
}

function change(next: (all: readonly Outgoing[]) => readonly Outgoing[]): void {
  // Another tab may have written meanwhile.
  const all = next(readKept<Outgoing[]>(keptAs, [...outbox.get()]));
  keep(keptAs, all);
  outbox.set(all);
}

const patch = (key: string, fields: Partial<Outgoing>): void =>
  change((all) => all.map((one) => (one.key === key ? { ...one, ...fields } : one)));

export function send(item: Pick<Outgoing, "conversationId" | "kind" | "message" | "note">): void {
  change((all) => [...all, { ...item, key: crypto.randomUUID(), at: Date.now(), state: "waiting" }]);
  void sendNext(item.conversationId);
}

/** Takes back what has not left: its text returns to the composer, or it is dropped. */
export const takeBack = (key: string): void => change((all) => all.filter((one) => one.key !== key));

export function retry(key: string): void {
  const item = outbox.get().find((one) => one.key === key);
  if (!item) return;
  // The API answers a key that it knows as it did before: a new try is a new key.
  change((all) =>
    all.map((one) => (one.key === key ? { ...withoutProblem(one), key: crypto.randomUUID(), state: "waiting" } : one)),
  );
  void sendNext(item.conversationId);
}

const withoutProblem = ({ problem: _problem, ...item }: Outgoing): Outgoing => item;

export function forgetOutbox(): void {
  if (keptAs !== "") keep(keptAs, []);
  outbox.set([]);
}

/** Called when the line is back. */
export function sendAll(): void {
  for (const id of new Set(outbox.get().map(({ conversationId }) => conversationId))) void sendNext(id);
}

async function sendNext(conversationId: string): Promise<void> {
  if (busy.has(conversationId)) return;
  busy.add(conversationId);
  try {
    // One of several tabs sends; the others wait, and then find nothing left.
    await navigator.locks.request(`${keptAs}:${conversationId}`, () => sendWaiting(conversationId));
  } finally {
    busy.delete(conversationId);
  }
}

async function sendWaiting(conversationId: string): Promise<void> {
  for (let tries = 0; ;) {
    const item = readKept<Outgoing[]>(keptAs, []).find(
      (one) => one.conversationId === conversationId && one.state !== "refused",
    );
    if (!item || !delivered) return;
    patch(item.key, { state: "sending" });
    try {
      await deliver(item);
      takeBack(item.key);
      tries = 0;
    } catch (error) {
      const isOver = error instanceof ApiProblem && error.status === 401;
      if (!isTemporary(error) && !isOver) {
        patch(item.key, { state: "refused", problem: delivered.explain(error) });
        continue;
      }
      patch(item.key, { state: "waiting" });
      if (isOver) return;
      await pause(tries++, error);
    }
  }
}

async function deliver({ key, conversationId, message, note }: Outgoing): Promise<void> {
  const params = { id: conversationId };
  if (message)
    delivered?.onMessage(await call("POST /api/conversations/{id}/messages", { params, body: message, key }));
  else if (note !== undefined)
    delivered?.onNote(
      (await call("POST /api/conversations/{id}/notes", { params, body: { content: note }, key })) as NoteResponse,
    );
}

/** Until the server says, the line is back, or the time has come. */
function pause(tries: number, error: unknown): Promise<void> {
  const said = error instanceof ApiProblem ? error.retryAfterSeconds : undefined;
  const ms = said === undefined ? Math.min(30_000, 1000 * 2 ** tries) : said * 1000;
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const now = (): void => {
      clearTimeout(timer);
      resolve();
    };
    addEventListener("online", now, { once: true });
  });
}
