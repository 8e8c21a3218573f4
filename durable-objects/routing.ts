import { DurableObject } from "cloudflare:workers";
import { tenantD1 } from "../src/config";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { Cost } from "../src/kit/cost";
import { TenantDatabase } from "../src/kit/database";
import { logError } from "../src/kit/log";
import { SYSTEM } from "../src/domain/event";
import type { CommandCaller, Implements, RoutedOrg, RoutingApi } from "../src/domain/object-apis";
import { allocate, type Grant, notKept, type Queue, type Reopened, takeTurn, type Turns } from "../src/domain/routing";
import { conversationOf } from "../src/objects";
import { routingServices } from "../src/services";

/** Conversations assigned concurrently, after which D1 is read again. */
const BATCH_SIZE = 50;
/** The least number of rows read of a queue, whatever the number of queues. */
const MIN_PAGE_SIZE = 10;
/** Conversations assigned in one invocation, since its calls are limited. An alarm continues. */
const MAX_PER_RUN = 500;
const RETRY_MS = 5 * SECOND;
const MAX_RETRY_MS = 5 * MINUTE;

const CALLER: CommandCaller = { actor: SYSTEM, sees: { all: true, agentId: null, divisionIds: [] } };

/** `taken`: the conversation has left the queue. `unsure`: it may have been assigned, but D1 does not show it yet. */
type Outcome = "given" | "taken" | "unsure";

/**
 * One organization's allocation: assigns conversations that wait in its divisions' queues to agents. One object serves
 * all divisions, because an agent's capacity covers all of them. It stores only the turns: each round reads queues and
 * capacities from D1, and the conversation decides. A run is therefore idempotent and may stop anywhere
 * (docs/adr/0011).
 */
export class RoutingObject extends DurableObject<Env> implements Implements<RoutingApi> {
  #running = false;
  #again = false;
  #failures = 0;

  wake(org: RoutedOrg): void {
    this.#again = true;
    if (!this.#running) this.ctx.waitUntil(this.#run(org));
  }

  override async alarm(): Promise<void> {
    const org = this.ctx.storage.kv.get<RoutedOrg>("org");
    if (!org || this.#running) return;
    this.#again = true;
    await this.#run(org);
  }

  /** Runs until no call has come during the last run. */
  async #run(org: RoutedOrg): Promise<void> {
    this.#running = true;
    try {
      while (this.#again) {
        this.#again = false;
        const isDone = await this.#runOnce(org);
        this.#failures = 0;
        if (!isDone) return this.#resumeAt(org, clock.now());
      }
    } catch (error) {
      logError("routing_delayed", error, { org_id: org.id });
      this.#resumeAt(org, clock.now() + Math.min(RETRY_MS * 2 ** this.#failures++, MAX_RETRY_MS));
    } finally {
      this.#running = false;
    }
  }

  #resumeAt(org: RoutedOrg, at: number): void {
    this.ctx.storage.kv.put("org", org);
    void this.ctx.storage.setAlarm(at);
  }

  /**
   * Returns false if conversations are left. Throws at the end if an outcome is unsure, so that the run is repeated.
   */
  async #runOnce(org: RoutedOrg): Promise<boolean> {
    const passed = new Set<string>();
    const held = new Map<string, number>();
    const isDone = await this.#runRounds(org, passed, held);
    if (held.size > 0) throw new Error(`unsure of what ${held.size} agents have`);
    return isDone;
  }

  /** `passed`: conversations that are skipped. `held`: capacity by agent that unsure outcomes may have used. */
  async #runRounds(org: RoutedOrg, passed: Set<string>, held: Map<string, number>): Promise<boolean> {
    for (let tried = 0; tried < MAX_PER_RUN;) {
      // A new database session per round, so that the load includes the assignments of the previous round.
      const db = new TenantDatabase(tenantD1(this.env, org.tenantDb), org.id, new Cost(), "first-primary");
      const work = await routingServices.openWork(db, passed, BATCH_SIZE);
      if (work.reopened.length > 0) {
        await this.#decide(org, db, work.reopened, passed, held);
        tried += work.reopened.length;
        continue;
      }
      const open = work.queues.map((queue) => withoutHeld(queue, held));
      if (open.length === 0) return true;
      const round = await routingServices.oldestWaiting(
        db,
        open,
        Math.max(MIN_PAGE_SIZE, Math.ceil(BATCH_SIZE / open.length)),
        passed,
        clock.now(),
      );
      const queues = round.queues.map((queue) => withoutHeld(queue, held));
      const turns = this.#turnsOf(queues.map((queue) => queue.divisionId));
      const grants = allocate(queues, round.waiting.slice(0, BATCH_SIZE), turns);
      if (grants.length === 0) return true;
      const outcomes = await Promise.all(grants.map((grant) => this.#assign(org, grant)));
      const made = grants.filter((_, i) => outcomes[i] === "given");
      for (const { divisionId, agentId } of made) takeTurn(turns, divisionId, agentId);
      for (const divisionId of new Set(made.map((grant) => grant.divisionId)))
        this.ctx.storage.kv.put(`turns:${divisionId}`, turns.get(divisionId));
      for (const [i, { conversationId, agentId }] of grants.entries()) {
        if (outcomes[i] !== "given") passed.add(conversationId);
        if (outcomes[i] === "unsure") held.set(agentId, (held.get(agentId) ?? 0) + 1);
      }
      tried += grants.length;
    }
    return false;
  }

  #turnsOf(divisionIds: readonly string[]): Turns {
    return new Map(
      divisionIds.map((divisionId) => [
        divisionId,
        this.ctx.storage.kv.get<Record<string, number>>(`turns:${divisionId}`) ?? {},
      ]),
    );
  }

  /** Takes from their last agents the reopened conversations that these do not keep. They then wait like others. */
  async #decide(
    org: RoutedOrg,
    db: TenantDatabase,
    reopened: readonly Reopened[],
    passed: Set<string>,
    held: Map<string, number>,
  ): Promise<void> {
    const undecided = new Set<Reopened>();
    await Promise.all(
      notKept(reopened).map(async (one) => {
        const { conversationId, agentId, cycle, departure } = one;
        try {
          await conversationOf({ env: this.env, org }, conversationId).command(
            { kind: "release", agentId, cycle, ...(departure && { reason: departure.reason }) },
            { ...CALLER, actor: departure?.by ?? SYSTEM },
          );
        } catch (error) {
          logError("allocation_failed", error, { conversation_id: conversationId });
          undecided.add(one);
          passed.add(conversationId);
          // D1 counts it as the agent's: it holds no further capacity, but the run is repeated.
          held.set(agentId, held.get(agentId) ?? 0);
        }
      }),
    );
    await routingServices.forgetReopened(
      db,
      reopened.filter((one) => !undecided.has(one)),
    );
  }

  async #assign(org: RoutedOrg, { conversationId, divisionId, agentId }: Grant): Promise<Outcome> {
    try {
      const result = await conversationOf({ env: this.env, org }, conversationId).command(
        { kind: "allocate", agentId, divisionId },
        CALLER,
      );
      if (!result.ok || result.conversation.assigned_agent_id !== agentId) return "taken";
      return result.projected === null ? "unsure" : "given";
    } catch (error) {
      logError("allocation_failed", error, { conversation_id: conversationId });
      return "unsure";
    }
  }
}

function withoutHeld(queue: Queue, held: ReadonlyMap<string, number>): Queue {
  const candidates = queue.candidates.map(({ agentId, load, room }) => {
    const n = held.get(agentId) ?? 0;
    return { agentId, load: load + n, room: Math.max(0, room - n) };
  });
  return { ...queue, candidates };
}
