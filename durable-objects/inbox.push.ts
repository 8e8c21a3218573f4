import type { VisibilityScope } from "../src/domain/context";
import type { LiveFrame } from "../src/domain/live-frames";
import type { PushesLeft, PushItem } from "../src/domain/services";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { inParallel } from "../src/kit/parallel";
import { oneAtATime } from "./conversation.host";
import type { InboxHost } from "./inbox.host";

/** Agents with browsers that take pushes, with the name of the tenant's database. */
const AGENT = "push:agent:";
/** Waiting pushes, by agent and conversation; a newer message replaces an older one. */
const WAITING = "push:waiting:";
/** Pauses before the next attempt. After the last one it is given up. */
const PAUSES_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE];
/** A push service that does not answer holds up no other agent's. */
const AT_ONCE = 4;
/** Later, nobody wants to be told. */
const MAX_PAUSE_MS = 30 * MINUTE;

interface Waiting {
  item: PushItem;
  attempts: number;
  nextAt: number;
}

/**
 * Tells the browsers of agents who have no socket open. It costs nothing while no agent has a browser that takes pushes:
 * what waits is a key-value pair, written with the frames.
 */
export class InboxPush {
  readonly #host: InboxHost;
  #agents: Map<string, string> | undefined;
  readonly run = oneAtATime(
    () => this.#runDue(),
    (error) => {
      logError("push_delayed", error, { org_id: this.#host.orgId });
      this.#host.waitUntil(this.#host.wakeBy(clock.now() + MINUTE));
    },
  );

  constructor(host: InboxHost) {
    this.#host = host;
  }

  #known(): Map<string, string> {
    this.#agents ??= new Map(
      [...this.#host.storage.kv.list<string>({ prefix: AGENT })].map(([key, tenantDb]) => [
        key.slice(AGENT.length),
        tenantDb,
      ]),
    );
    return this.#agents;
  }

  add(agentId: string, tenantDb: string): void {
    if (this.#known().get(agentId) === tenantDb) return;
    this.#host.storage.kv.put(AGENT + agentId, tenantDb);
    this.#known().set(agentId, tenantDb);
  }

  /** Keeps what the frame has to tell. Call it in the transaction that stores the frame. Returns whether it keeps anything. */
  keep(frame: LiveFrame, scope: VisibilityScope): boolean {
    if (this.#known().size === 0) return false;
    let keeps = false;
    for (const { agentId, right, body } of audienceOf(frame)) {
      if (!this.#known().has(agentId) || this.#host.sockets.hasAgent(agentId)) continue;
      const { type, at, conversation_id, conversation } = frame;
      // A push service takes 4 KB.
      const title = (conversation.contact_name ?? conversation.contact_phone ?? "").slice(0, 200);
      const item: PushItem = { agentId, right, scope, message: { type, at, conversation_id, title, body } };
      const waiting: Waiting = { item, attempts: 0, nextAt: clock.now() };
      this.#host.storage.kv.put(`${WAITING}${agentId}:${conversation_id}`, waiting);
      keeps = true;
    }
    return keeps;
  }

  /** Drops what waits about these conversations. */
  forget(conversationIds: ReadonlySet<string>): void {
    const { kv } = this.#host.storage;
    for (const [key, { item }] of Array.from(kv.list<Waiting>({ prefix: WAITING })))
      if (conversationIds.has(item.message.conversation_id)) kv.delete(key);
  }

  async #runDue(): Promise<void> {
    const due = Array.from(this.#host.storage.kv.list<Waiting>({ prefix: WAITING })).filter(
      ([, { nextAt }]) => nextAt <= clock.now(),
    );
    await inParallel(due, AT_ONCE, ([key, waiting]) => this.#tell(key, waiting));
    const next = this.nextAt();
    if (next !== undefined) await this.#host.wakeBy(next);
  }

  /** When the next attempt is due, in milliseconds; undefined: nothing waits. */
  nextAt(): number | undefined {
    const times = [...this.#host.storage.kv.list<Waiting>({ prefix: WAITING })].map(([, { nextAt }]) => nextAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async #tell(key: string, { item, attempts, nextAt }: Waiting): Promise<void> {
    const { storage, sockets, env, orgId, services } = this.#host;
    const tenantDb = this.#known().get(item.agentId);
    // The agent has come back meanwhile, and sees it there.
    if (tenantDb === undefined || sockets.hasAgent(item.agentId)) return void storage.kv.delete(key);
    const left = await services.notifyAgent(env, { id: orgId, tenantDb }, item).catch((error: unknown): PushesLeft => {
      logError("push_delayed", error, { org_id: orgId, agent_id: item.agentId });
      return { retryAfterMs: 0, hasNone: false };
    });
    // A newer message has taken its place.
    if (storage.kv.get<Waiting>(key)?.nextAt !== nextAt) return;
    const pause = PAUSES_MS[attempts];
    if (left.subscriptionIds?.length !== 0 && pause !== undefined) {
      const at = clock.now() + Math.min(Math.max(pause, left.retryAfterMs), MAX_PAUSE_MS);
      storage.kv.put<Waiting>(key, {
        item: { ...item, ...(left.subscriptionIds && { only: left.subscriptionIds }) },
        attempts: attempts + 1,
        nextAt: at,
      });
      return;
    }
    storage.kv.delete(key);
    if (!left.hasNone) return;
    storage.kv.delete(AGENT + item.agentId);
    this.#known().delete(item.agentId);
  }
}

interface Told {
  agentId: string;
  right: PushItem["right"];
  body: string;
}

/** Finds the agents who are told of a frame while no page is open, and the words for each. */
function audienceOf({ type, conversation, data }: LiveFrame): Told[] {
  const agentId = conversation.assigned_agent_id;
  const body = conversation.last_message ?? "";
  if (type === "message.received" || type === "conversation.assigned")
    return agentId === null ? [] : [{ agentId, right: "conversations.view", body }];
  if (type !== "note.mentioned") return [];
  const { agent_ids: ids, note } = data as { agent_ids: string[]; note: { content: string } };
  return ids.map((id) => ({ agentId: id, right: "notes.view", body: note.content.slice(0, 120) }));
}
