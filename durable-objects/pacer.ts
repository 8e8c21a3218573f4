import { DurableObject } from "cloudflare:workers";
import type { Implements, PacerApi } from "../src/domain/object-apis";
import { TokenBucket } from "../src/domain/pace";
import { clock } from "../src/kit/clock";

/**
 * The pace of one sending number, for all campaigns and for automation. It stores nothing: after a restart the bucket is
 * empty, which delays messages and never sends too many (docs/adr/0024).
 */
export class PacerObject extends DurableObject<Env> implements Implements<PacerApi> {
  readonly #bucket = new TokenBucket(clock.now());

  take(who: string, want: number, perSecond: number): { granted: number; againInMs: number } {
    return this.#bucket.take(who, want, perSecond, clock.now());
  }

  slowDown(): void {
    this.#bucket.slowDown(clock.now());
  }

  pace(): { perSecond: number; isSlowed: boolean } {
    return this.#bucket.pace(clock.now());
  }
}
