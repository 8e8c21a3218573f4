import { DurableObject } from "cloudflare:workers";
import { tenantD1 } from "../src/config";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { Cost } from "../src/kit/cost";
import { TenantDatabase } from "../src/kit/database";
import { logError } from "../src/kit/log";
import type { Implements, RoutedOrg, RoutingApi } from "../src/domain/object-apis";
import { allocate, type Grant, type Queue, takeTurn, type Turns } from "../src/domain/routing";
import { conversationOf } from "../src/objects";
import { routingServices } from "../src/services";

/** Conversations given at the same time, after which D1 is read again. */
const BATCH_SIZE = 50;
/** A queue is read at least this deep, whatever the number of queues. */
const MIN_PAGE_SIZE = 10;
/** Conversations given in one invocation, since its calls are limited; an alarm goes on. */
const MAX_PER_RUN = 500;
const RETRY_MS = 5 * SECOND;
const MAX_RETRY_MS = 5 * MINUTE;

/** `taken`: the conversation does not wait there any more. `unsure`: it may have been given, but D1 does not have that yet. */
type Outcome = "given" | "taken" | "unsure";

/**
 * One organization's allocation: gives conversations that wait in the queues of its divisions to agents. There is one object, because an
 * agent's capacity covers all divisions. It keeps only whose turn it is: queues and capacities are read from D1 for every round, and the
 * conversation decides. So it may be called at any time, any number of times, and stopped anywhere (docs/adr/0011).
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

  /** A call during a run makes it run once more. */
  async #run(org: RoutedOrg): Promise<void> {
    this.#running = true;
    try {
      while (this.#again) {
        this.#again = false;
        const isDone = await this.#drain(org);
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

  /** False: there is more to give. Throws at the end if some outcome is unsure. */
  async #drain(org: RoutedOrg): Promise<boolean> {
    const passed = new Set<string>();
    const held = new Map<string, number>();
    const isDone = await this.#giveInRounds(org, passed, held);
    if (held.size > 0) throw new Error(`unsure of what was given to ${held.size} agents`);
    return isDone;
  }

  /** `passed`: conversations not to be asked again. `held`: capacity by agent that unsure outcomes may have taken. */
  async #giveInRounds(org: RoutedOrg, passed: Set<string>, held: Map<string, number>): Promise<boolean> {
    for (let given = 0; given < MAX_PER_RUN;) {
      // A database session of its own for every round: the load includes what the round before has given.
      const db = new TenantDatabase(tenantD1(this.env, org.tenantDb), org.id, new Cost(), "first-primary");
      const open = (await routingServices.openQueues(db)).map((queue) => without(queue, held));
      if (open.length === 0) return true;
      const round = await routingServices.oldestWaiting(
        db,
        open,
        Math.max(MIN_PAGE_SIZE, Math.ceil(BATCH_SIZE / open.length)),
        passed,
        clock.now(),
      );
      const queues = round.queues.map((queue) => without(queue, held));
      const turns = this.#turnsOf(queues.map((queue) => queue.divisionId));
      const grants = allocate(queues, round.waiting.slice(0, BATCH_SIZE), turns);
      if (grants.length === 0) return true;
      const outcomes = await Promise.all(grants.map((grant) => this.#give(org, grant)));
      const made = grants.filter((_, i) => outcomes[i] === "given");
      for (const { divisionId, agentId } of made) takeTurn(turns, divisionId, agentId);
      for (const divisionId of new Set(made.map((grant) => grant.divisionId)))
        this.ctx.storage.kv.put(`turns:${divisionId}`, turns.get(divisionId));
      for (const [i, { conversationId, agentId }] of grants.entries()) {
        if (outcomes[i] !== "given") passed.add(conversationId);
        if (outcomes[i] === "unsure") held.set(agentId, (held.get(agentId) ?? 0) + 1);
      }
      given += grants.length;
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

  async #give(org: RoutedOrg, { conversationId, divisionId, agentId }: Grant): Promise<Outcome> {
    try {
      const result = await conversationOf({ env: this.env, org }, conversationId).command(
        { kind: "allocate", agentId, divisionId },
        { actor: { kind: "system", id: null }, sees: { all: true, agentId: null, divisionIds: [] } },
      );
      if (!result.ok || result.conversation.assigned_agent_id !== agentId) return "taken";
      return result.projected === null ? "unsure" : "given";
    } catch (error) {
      logError("allocation_failed", error, { conversation_id: conversationId });
      return "unsure";
    }
  }
}

function without(queue: Queue, held: ReadonlyMap<string, number>): Queue {
  const candidates = queue.candidates.map(({ agentId, load, room }) => {
    const n = held.get(agentId) ?? 0;
    return { agentId, load: load + n, room: Math.max(0, room - n) };
  });
  return { ...queue, candidates };
}
