import type { CampaignWhose } from "../src/domain/campaign";
import type { OrgRef } from "../src/kit/context";

/** The interface of a campaign's object to its parts. */
export interface CampaignHost {
  readonly env: Env;
  readonly kv: SyncKvStorage;
  readonly whose: CampaignWhose;
  readonly org: OrgRef;
  /** The campaign is no draft any more: nobody is added or removed. */
  freeze(): void;
  /** Moves the alarm to `at` (milliseconds) unless it is due earlier. */
  wakeBy(at: number): void;
  /** Sets the alarm to `at`, whenever it is due. */
  alarmAt(at: number): void;
  waitUntil(work: Promise<unknown>): void;
}
