import type { CampaignStatus, CampaignWhose, RecipientCounts } from "../src/domain/campaign";
import type { CampaignServices } from "../src/domain/services";

/** Writes the counts to the campaign's row: one write at a time, and the newest counts at last. */
export class CampaignCounts {
  readonly #env: Env;
  readonly #services: CampaignServices;
  readonly #counts: () => RecipientCounts;
  #writing: Promise<CampaignStatus | undefined> | undefined;
  #next: Promise<CampaignStatus | undefined> | undefined;

  constructor(env: Env, services: CampaignServices, counts: () => RecipientCounts) {
    this.#env = env;
    this.#services = services;
    this.#counts = counts;
  }

  /**
   * The row has the present counts, or newer ones, when it returns. Calls during a write share the next one. Answers the
   * row's status.
   */
  save(whose: CampaignWhose): Promise<CampaignStatus | undefined> {
    if (this.#next) return this.#next;
    if (!this.#writing) return (this.#writing = this.#write(whose));
    this.#next = this.#writing
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return (this.#writing = this.#write(whose));
      });
    return this.#next;
  }

  async #write(whose: CampaignWhose): Promise<CampaignStatus | undefined> {
    try {
      return await this.#services.saveCounts(this.#env, whose, this.#counts());
    } finally {
      this.#writing = undefined;
    }
  }
}
