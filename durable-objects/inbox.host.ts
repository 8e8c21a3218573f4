import type { InboxServices } from "../src/domain/services";
import type { TenantDatabase } from "../src/kit/database";
import type { LiveSockets } from "./sockets";

/** The inbox object as its parts use it. */
export interface InboxHost {
  readonly env: Env;
  readonly orgId: string;
  readonly storage: DurableObjectStorage;
  readonly sockets: LiveSockets;
  readonly services: InboxServices;
  waitUntil(work: Promise<unknown>): void;
  /** Makes sure that the object is awake by then. */
  wakeBy(at: number): Promise<void>;
  databaseOf(tenantDb: string): TenantDatabase;
}
