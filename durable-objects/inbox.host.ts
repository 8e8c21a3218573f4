import type { InboxServices } from "../src/domain/services";
import type { TenantDatabase } from "../src/kit/database";
import type { LiveSockets } from "./sockets";

/** The interface of the inbox object to its parts. */
export interface InboxHost {
  readonly env: Env;
  readonly orgId: string;
  readonly storage: DurableObjectStorage;
  readonly sockets: LiveSockets;
  readonly services: InboxServices;
  waitUntil(work: Promise<unknown>): void;
  /** Moves the alarm to `at` (milliseconds) unless it is due earlier. */
  wakeBy(at: number): Promise<void>;
  databaseOf(tenantDb: string): TenantDatabase;
}
