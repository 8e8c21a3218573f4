/**
 * The entry of a measured Worker: the product, with each use of the platform counted at its bindings. `/__meter` reads
 * the counts (bench/meter/meter.ts). Methods are replaced on the platform's own instances, since those refuse to be
 * called through a proxy.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { DurableObject } from "cloudflare:workers";
import product, * as classes from "../../src/index";
import type { Counts, Pending } from "./counts";

/** The objects by their binding. */
const NAMES = {
  CAMPAIGN: "campaign",
  CONVERSATION: "conversation",
  ENDPOINT: "endpoint",
  INBOX: "inbox",
  PACER: "pacer",
  ROUTING: "routing",
} as const;
type Binding = keyof typeof NAMES;

/** Timers of at least this many milliseconds follow the meter's clock. */
const LONG_TIMER_MS = 100;
const POLL_MS = 10;

const emptyCounts = (): Counts => ({
  requests: 0,
  queueRuns: [],
  queueMessages: 0,
  objectRequests: {},
  alarmRuns: {},
  alarmsSet: {},
  roundTrips: {},
  statements: [],
  r2: {},
});
let counts = emptyCounts();
const statements = new Map<string, Counts["statements"][number]>();

const add = (to: Record<string, number>, name: string, n = 1): void => void (to[name] = (to[name] ?? 0) + n);

/** Where the code runs: a request, a queue's consumer, an object. */
const place = new AsyncLocalStorage<string>();
const placeNow = (): string => place.getStore() ?? "start";

function countStatement(store: string, sql: string, rowsRead: number, rowsWritten: number): void {
  const key = `${placeNow()}|${store}|${sql}`;
  let known = statements.get(key);
  if (!known) {
    known = { place: placeNow(), store, sql, runs: 0, rowsRead: 0, rowsWritten: 0 };
    statements.set(key, known);
    counts.statements.push(known);
  }
  known.runs++;
  known.rowsRead += rowsRead;
  known.rowsWritten += rowsWritten;
}

// ── Pending work ───────────────────────────────────────────────────────────────────────────────────────────────────────

let calls = 0;
let queued = 0;
const timers = new Set<{ due: number; isLong: boolean; clear: () => void }>();
const alarms = new Map<string, { binding: Binding; id: string; due: number; setIn: number }>();
/** Counts resets: an alarm that was set before the last one is not waited for. */
let epoch = 0;

/** Calls `work`, and counts it as pending until its promise, if it returns one, is settled. */
function during<T>(work: () => T): T {
  calls++;
  let result: T;
  try {
    result = work();
  } catch (error) {
    calls--;
    throw error;
  }
  if (!(result instanceof Promise)) {
    calls--;
    return result;
  }
  return result.finally(() => calls--) as T;
}

// ── Time ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The clock's speed is 1 / `slowness`, so that a slow machine does not change what is gathered into one batch. */
let slowness = 1;
const realNow = Date.now.bind(Date);
/** The clock showed `shown` at the real time `real`. */
let origin = { shown: 0, real: 0 };
Date.now = () => Math.floor(origin.shown + (realNow() - origin.real) / slowness);
const setClock = (shown: number): void => void (origin = { shown, real: realNow() });
const toReal = (due: number): number => realNow() + (due - Date.now()) * slowness;

const realSetTimeout = globalThis.setTimeout as unknown as (run: () => void, ms: number) => number;
const realClearTimeout = globalThis.clearTimeout as unknown as (handle: unknown) => void;

Object.assign(globalThis, {
  setTimeout(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) {
    let handle: unknown;
    const isLong = ms >= LONG_TIMER_MS && slowness > 1;
    const timer = {
      due: Date.now() + ms,
      isLong,
      clear: () => {
        realClearTimeout(handle);
        timers.delete(timer);
      },
    };
    const step = (): void => {
      if (isLong && Date.now() < timer.due) {
        handle = realSetTimeout(step, POLL_MS);
        return;
      }
      timers.delete(timer);
      run(...args);
    };
    timers.add(timer);
    handle = realSetTimeout(step, isLong ? POLL_MS : ms);
    return timer;
  },
  clearTimeout(timer: unknown) {
    if (timer !== null && typeof timer === "object" && "clear" in timer) (timer.clear as () => void)();
    else realClearTimeout(timer);
  },
});

// ── Bindings ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Method = (...args: never[]) => unknown;

/** Replaces a method of one instance. The replacement gets the original, bound to the instance. */
function replace<T extends object, K extends keyof T>(target: T, name: K, make: (original: T[K]) => unknown): void {
  const original = (target[name] as Method).bind(target) as T[K];
  Object.defineProperty(target, name, { value: make(original), configurable: true });
}

const metered = new WeakSet<object>();
const isNew = (target: object): boolean => !metered.has(target) && metered.add(target).has(target);

type Result = { meta?: { rows_read?: number; rows_written?: number } };
type Send = (endpoint: string, sql: string | string[], ...rest: unknown[]) => Promise<Result | Result[]>;

/** Counts below D1's methods, where also `first` and `raw` have their rows. A batch is one round trip. */
function meterD1(database: D1Database): void {
  const session = Object.getPrototypeOf(database.withSession()) as { _sendOrThrow?: Send };
  const send = session._sendOrThrow;
  if (!send) throw new Error("D1 of this workerd has no _sendOrThrow: adapt bench/meter/worker.ts");
  if (!isNew(session)) return;
  session._sendOrThrow = async function (this: unknown, endpoint, sql, ...rest) {
    const result = await during(() => send.call(this, endpoint, sql, ...rest));
    add(counts.roundTrips, placeNow());
    const results = [result].flat();
    [sql].flat().forEach((text, i) => {
      countStatement("D1", text, results[i]?.meta?.rows_read ?? 0, results[i]?.meta?.rows_written ?? 0);
    });
    return result;
  };
}

function meterQueue(queue: Queue): void {
  const count = (messages: number): void => {
    counts.queueMessages += messages;
    queued += messages;
  };
  replace(queue, "send", (send) => (...args: Parameters<typeof send>) => {
    count(1);
    return send(...args);
  });
  replace(queue, "sendBatch", (sendBatch) => (batch: MessageSendRequest[], ...rest: []) => {
    count(batch.length);
    return sendBatch(batch, ...rest);
  });
}

function meterBucket(bucket: R2Bucket): void {
  for (const name of ["put", "get", "head", "list", "delete"] as const)
    replace(bucket, name, (original) => (...args: never[]) => {
      add(counts.r2, name);
      return (original as Method)(...args);
    });
}

// By the class's name, since a Worker's binding seems to have any method.
const METERS: Record<string, (binding: never) => void> = {
  D1Database: meterD1,
  WorkerQueue: meterQueue,
  R2Bucket: meterBucket,
};

function meterEnv(env: Env): Env {
  if (!isNew(env)) return env;
  const bindings = Map.groupBy(Object.values(env) as object[], (binding) => binding.constructor.name);
  for (const [name, meter] of Object.entries(METERS)) {
    const found = bindings.get(name);
    if (!found) throw new Error(`no binding is a ${name}: adapt bench/meter/worker.ts to this workerd`);
    for (const binding of found) meter(binding as never);
  }
  return env;
}

function meterContext<T extends { waitUntil(work: Promise<unknown>): void }>(ctx: T): T {
  replace(ctx, "waitUntil", (waitUntil) => (work: Promise<unknown>) => waitUntil(during(() => Promise.resolve(work))));
  return ctx;
}

// ── Objects ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Lets the platform run an object's alarm at once. */
const wakes = new WeakMap<DurableObjectState, () => Promise<void>>();

function meterStorage(ctx: DurableObjectState, binding: Binding): void {
  const { storage } = ctx;
  const [name, key] = [NAMES[binding], `${binding}:${ctx.id.toString()}`];
  replace(storage.sql, "exec", (exec) => (sql: string, ...values: unknown[]) => {
    // A cursor counts the rows of the last statement only.
    const all = sql.split(/;\s*(?=\S)/);
    const cursors = all.map((one) => [one, exec(one, ...values)] as const);
    // The product reads a cursor before it awaits anything; until then its rows are not counted.
    queueMicrotask(() => {
      for (const [one, { rowsRead, rowsWritten }] of cursors) countStatement(name, one, rowsRead, rowsWritten);
    });
    return cursors.at(-1)![1];
  });
  for (const method of ["put", "delete"] as const)
    replace(storage.kv, method, (original) => (...args: never[]) => {
      countStatement(name, `${method} of a key`, 0, 1);
      return (original as Method)(...args);
    });
  replace(storage, "setAlarm", (setAlarm) => {
    wakes.set(ctx, () => setAlarm(realNow()));
    return (at: number | Date) => {
      const due = Number(at);
      add(counts.alarmsSet, name);
      alarms.set(key, { binding, id: ctx.id.toString(), due, setIn: epoch });
      return setAlarm(toReal(due));
    };
  });
  replace(storage, "getAlarm", (getAlarm) => async () => alarms.get(key)?.due ?? getAlarm());
  for (const method of ["deleteAlarm", "deleteAll"] as const)
    replace(storage, method, (original) => () => {
      alarms.delete(key);
      return original();
    });
}

// oxlint-disable-next-line typescript/no-explicit-any -- as TypeScript requires of a mixin
type ObjectClass = new (...args: any[]) => DurableObject<Env>;

/** The class whose requests, alarms and storage are counted. A request is counted where it arrives. */
function meteredClass<C extends ObjectClass>(Class: C, binding: Binding): C {
  const name = NAMES[binding];
  class Metered extends Class {
    // oxlint-disable-next-line typescript/no-explicit-any -- as above
    constructor(...args: any[]) {
      const [ctx, env] = args as [DurableObjectState, Env];
      meterStorage(meterContext(ctx), binding);
      super(ctx, meterEnv(env));
    }

    async meterWake(): Promise<void> {
      await wakes.get(this.ctx)!();
    }
  }
  for (const method of Object.getOwnPropertyNames(Class.prototype)) {
    if (method === "constructor") continue;
    const original = (Class.prototype as Record<string, Method>)[method]!;
    Object.defineProperty(Metered.prototype, method, {
      value(this: DurableObject<Env> & { ctx: DurableObjectState }, ...args: never[]): unknown {
        if (method === "alarm") {
          alarms.delete(`${binding}:${this.ctx.id.toString()}`);
          add(counts.alarmRuns, name);
        }
        if (!method.startsWith("webSocket")) add(counts.objectRequests, name);
        return place.run(name, () => during(() => original.apply(this, args)));
      },
    });
  }
  return Metered;
}

export const ConversationObject = meteredClass(classes.ConversationObject, "CONVERSATION");
export const InboxObject = meteredClass(classes.InboxObject, "INBOX");
export const RoutingObject = meteredClass(classes.RoutingObject, "ROUTING");
export const EndpointObject = meteredClass(classes.EndpointObject, "ENDPOINT");
export const CampaignObject = meteredClass(classes.CampaignObject, "CAMPAIGN");
export const PacerObject = meteredClass(classes.PacerObject, "PACER");

// ── The entry ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export default {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/__meter/")) return answer(pathname.slice("/__meter/".length), request, env);
    counts.requests++;
    return place.run("request", () =>
      during(async () => product.fetch(request as never, meterEnv(env), meterContext(ctx))),
    );
  },
  queue(batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void> {
    const consumer = `consumer of ${batch.queue}`;
    const before = counts.roundTrips[consumer] ?? 0;
    return place.run(consumer, () =>
      during(async () => {
        try {
          await product.queue(batch, meterEnv(env), meterContext(ctx));
        } finally {
          queued -= batch.messages.length;
          const roundTrips = (counts.roundTrips[consumer] ?? 0) - before;
          counts.queueRuns.push({ queue: batch.queue, messages: batch.messages.length, roundTrips });
        }
      }),
    );
  },
  scheduled(controller: ScheduledController, env: Env, ctx: ExecutionContext): Promise<void> {
    return place.run("cron", () => during(async () => product.scheduled(controller, meterEnv(env), meterContext(ctx))));
  },
};

async function answer(what: string, request: Request, env: Env): Promise<Response> {
  switch (what) {
    case "counts":
      return Response.json(counts);
    case "reset":
      counts = emptyCounts();
      statements.clear();
      epoch++;
      return new Response(null);
    case "slow":
      setClock(Date.now());
      slowness = Number(await request.text());
      return new Response(null);
    case "pending":
      return Response.json(pending());
    case "skip": {
      const to = Number(await request.text());
      setClock(Math.max(Date.now(), to));
      const due = [...alarms.values()].filter((alarm) => alarm.due <= to && alarm.setIn === epoch);
      await Promise.all(
        due.map(({ binding, id }) => {
          const namespace = env[binding] as unknown as DurableObjectNamespace;
          return (namespace.get(namespace.idFromString(id)) as unknown as { meterWake(): Promise<void> }).meterWake();
        }),
      );
      return new Response(null);
    }
    default:
      return new Response(null, { status: 404 });
  }
}

function pending(): Pending {
  const now = Date.now();
  const waiting = [
    ...[...timers].filter(({ isLong }) => isLong),
    ...[...alarms.values()].filter(({ setIn }) => setIn === epoch),
  ].map(({ due }) => due);
  const due = waiting.filter((at) => at > now);
  const short = [...timers].filter(({ isLong }) => !isLong);
  return { now, running: calls + queued + short.length + waiting.length - due.length, due };
}
