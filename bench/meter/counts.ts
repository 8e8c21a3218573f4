/** The counts of bench/meter/worker.ts. */
export interface Counts {
  /** Requests of the Worker. */
  requests: number;
  queueRuns: QueueRun[];
  /** Sent to any queue. */
  queueMessages: number;
  /** Calls and alarms, by object. */
  objectRequests: Record<string, number>;
  alarmRuns: Record<string, number>;
  alarmsSet: Record<string, number>;
  /** To D1, by place; a batch is one. */
  roundTrips: Record<string, number>;
  statements: Statement[];
  /** By operation. */
  r2: Record<string, number>;
}

export interface QueueRun {
  queue: string;
  messages: number;
  /** To D1. */
  roundTrips: number;
}

/** All runs of one statement at one place. */
export interface Statement {
  /** The code that ran it: a request, a consumer, an object. */
  place: string;
  /** D1, or the object. */
  store: string;
  sql: string;
  runs: number;
  rowsRead: number;
  rowsWritten: number;
}

export interface Pending {
  /** The meter's clock, in milliseconds. */
  now: number;
  /** Calls, messages, timers and alarms that are under way or due. */
  running: number;
  /** The times of timers and alarms that wait. */
  due: number[];
}
