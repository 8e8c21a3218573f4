import { useSyncExternalStore } from "react";
import type { LiveEntityFrame, LiveFrame, LiveRemovedFrame, Profile } from "../api/api.gen";
import { ApiProblem, call, isTemporary, serverNow } from "../api/call";
import { createStore, useStore } from "../kit/store";
import { type LiveCounts, startCounts } from "./counts";
import { connect, type Connection, noteInboxOpen } from "./connection";
import { createList, type InboxList, type ListEntry } from "./list";
import type { Conversation, ViewFilter } from "./matches";
import { askVersion } from "./new-version";
import { createRows, type Rows } from "./rows";
import type { Frame } from "./socket";

/** The live inbox of this tab: one socket, all known conversations, and the list that is shown. */

export interface ShownList {
  /** The view that has these entries; an asked one follows. */
  filter: ViewFilter | undefined;
  entries: readonly ListEntry[];
  isReady: boolean;
  failure: unknown;
}

const PAGE = 100;
/** The index behind the lists may be a second behind the stream. */
const LAG_MS = 2000;
const EMPTY: ShownList = { filter: undefined, entries: [], isReady: false, failure: undefined };

let rows: Rows = createRows();
let list: InboxList | undefined;
let connection: Connection | undefined;
let counts: LiveCounts | undefined;
const shown = createStore<ShownList>(EMPTY);

type AnyFrame = LiveFrame | LiveRemovedFrame | LiveEntityFrame;
const frameListeners = new Set<(frame: AnyFrame) => void>();
const beginListeners = new Set<() => void>();
const rowListeners = new Map<string, Set<() => void>>();
const dirty = new Set<string>();
let isScheduled = false;

/** Hears every frame of the inbox, in order. */
export function onFrames(listener: (frame: AnyFrame) => void): () => void {
  frameListeners.add(listener);
  return () => frameListeners.delete(listener);
}

/** Called when the stream has begun anew: loaded rows may be old. */
export function onStreamBegin(listener: () => void): () => void {
  beginListeners.add(listener);
  return () => beginListeners.delete(listener);
}

export function startInbox({ id }: Profile): () => void {
  rows = createRows();
  list = createList(rows, id, { sort: "newest" }, undefined, (one) => open.has(one));
  counts = startCounts(id);
  let isFirst = true;
  connection = connect("/api/live", {
    onFrame: (frame) => hear(frame as AnyFrame),
    onBegin() {
      if (!isFirst) {
        for (const listener of beginListeners) listener();
        for (const one of open) void loadAnew(one);
      }
      isFirst = false;
      counts?.begin();
      if (list?.isReady()) counts?.listShown();
      list?.restart(Date.now());
      load(0);
      setTimeout(() => void Promise.all([loadAgain(), askVersion()]), LAG_MS);
    },
    onResumed: () => void askVersion(),
    onOpen: noteInboxOpen,
  });
  noteInboxOpen(false);
  return () => {
    connection?.stop();
    connection = undefined;
    counts?.stop();
    counts = undefined;
    list = undefined;
    shown.set(EMPTY);
  };
}

function hear(frame: AnyFrame | Frame): void {
  const now = Date.now();
  if ("conversation_id" in frame) counts?.hear(frame, rows.get(frame.conversation_id));
  else if ("entity_id" in frame) counts?.hear(frame, undefined);
  if (frame.type === "conversation.removed") {
    const { conversation_id: id } = frame as LiveRemovedFrame;
    if (rows.remove(id, now)) touch(id);
  } else if ("conversation" in frame) {
    const { conversation } = frame;
    if (list?.isUnsure(conversation)) searchAgain();
    if (rows.put(conversation, now)) touch(conversation.id);
  }
  for (const listener of frameListeners) listener(frame as AnyFrame);
}

/** An answer to an own change, or of a single conversation. */
export function putConversation(row: Conversation): void {
  counts?.know(rows.get(row.id), row);
  if (rows.put(row, Date.now())) touch(row.id);
}

export const getConversation = (id: string): Conversation | undefined => rows.get(id);

/** Fetches a conversation that is in no list. Throws what the API says. */
export async function loadConversation(id: string): Promise<void> {
  putConversation(await call("GET /api/conversations/{id}", { params: { id } }));
}

const open = new Set<string>();

/** Keeps a conversation known as long as it is on the screen, whatever the list shows. Returns a function that ends it. */
export function keepOpen(id: string): () => void {
  open.add(id);
  return () => void open.delete(id);
}

/** Its row may be old, or out of sight by now. */
async function loadAnew(id: string): Promise<void> {
  await loadConversation(id).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 404 && rows.remove(id, Date.now())) touch(id);
  });
}

/** Shows another view; the same one again changes nothing. */
export function showView(filter: ViewFilter): void {
  if (!list || (JSON.stringify(list.view().filter) === JSON.stringify(filter) && shown.get().isReady)) return;
  list.show(filter);
  counts?.viewChosen();
  publish();
  load(0);
}

/** The entries around this index are looked at: missing ones are loaded. */
export function needEntry(index: number): void {
  load(index);
}

const loading = new Set<string>();

function load(index: number): void {
  const asked = list?.missingAt(index);
  if (!asked || !list) return;
  const { filter } = list.view();
  const key = `${asked.view} ${asked.cursor ?? ""}`;
  if (loading.has(key)) return;
  loading.add(key);
  void fetchPage(filter, asked, index, 0).finally(() => loading.delete(key));
}

async function fetchPage(
  filter: ViewFilter,
  asked: { cursor: string | undefined; view: number },
  index: number,
  tries: number,
): Promise<void> {
  const askedOf = list;
  const askedAt = Date.now();
  try {
    const query = { ...filter, limit: PAGE, ...(asked.cursor !== undefined && { cursor: asked.cursor }) };
    const page = await call("GET /api/conversations", { query });
    if (list !== askedOf || !list) return;
    list.receive(asked, page, askedAt);
    list.trim(index, Date.now());
    for (const { id } of page.data) dirty.add(id);
    publish();
    schedule();
  } catch (error) {
    if (list !== askedOf) return;
    if (!isTemporary(error)) return publish(error);
    await new Promise((resolve) => setTimeout(resolve, Math.min(15_000, 1000 * 2 ** tries)));
    if (list === askedOf && list?.missingAt(index)?.view === asked.view)
      await fetchPage(filter, asked, index, tries + 1);
  }
}

/** The first page once more: rows in it are newer or the same, so that nothing is lost. */
async function loadAgain(): Promise<void> {
  const askedOf = list;
  if (!askedOf?.isReady()) return;
  const { filter } = askedOf.view();
  const askedAt = Date.now();
  const page = await call("GET /api/conversations", { query: { ...filter, limit: PAGE } }).catch(() => undefined);
  if (!page || list !== askedOf) return;
  for (const id of rows.putPage(page.data, askedAt)) touch(id);
}

let searching: ReturnType<typeof setTimeout> | undefined;
function searchAgain(): void {
  clearTimeout(searching);
  searching = setTimeout(() => {
    list?.restart(Date.now());
    load(0);
  }, LAG_MS);
}

function touch(id: string): void {
  dirty.add(id);
  schedule();
}

/** Draws at most once a frame; a tab in the background has none. */
function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  if (document.visibilityState === "visible") requestAnimationFrame(flush);
  else setTimeout(flush, 50);
}

function flush(): void {
  isScheduled = false;
  list?.changed();
  publish(shown.get().failure);
  const ids = [...dirty];
  dirty.clear();
  for (const id of ids) for (const listener of rowListeners.get(id) ?? []) listener();
}

function publish(failure?: unknown): void {
  if (!list) return;
  const { entries, isReady } = shown.get();
  if (entries === list.entries() && isReady === list.isReady() && failure === shown.get().failure) return;
  shown.set({ filter: list.view().filter, entries: list.entries(), isReady: list.isReady(), failure });
  if (list.isReady()) counts?.listShown();
}

/** Whether the first page of the view has come. */
export const useIsListShown = (): boolean => useSyncExternalStore(shown.subscribe, () => shown.get().isReady);

export const useList = (): ShownList => useStore(shown);

export function useConversation(id: string | undefined): Conversation | undefined {
  return useSyncExternalStore(
    (listener) => (id === undefined ? () => undefined : subscribeRow(id, listener)),
    () => (id === undefined ? undefined : rows.get(id)),
  );
}

function subscribeRow(id: string, listener: () => void): () => void {
  const listeners = rowListeners.get(id) ?? new Set();
  rowListeners.set(id, listeners.add(listener));
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) rowListeners.delete(id);
  };
}

/** By the server's clock, in milliseconds since 1970, of a time in the API's form. */
export const msUntil = (time: string): number => Date.parse(time) - serverNow();
