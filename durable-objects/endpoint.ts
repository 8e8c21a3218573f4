import { DurableObject } from "cloudflare:workers";
import type { EndpointApi, Implements, WebhookRef } from "../src/domain/object-apis";
import type { EndpointQueue } from "../src/domain/services";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { endpointServices } from "../src/services";

const RETRY_MS = 5 * SECOND;
const MAX_RETRY_MS = 5 * MINUTE;

/**
 * The endpoint of one webhook: sends its deliveries, which are rows in D1. An object for each, so that none waits for
 * another. An alarm wakes it for retries; it stores whose it is while an alarm is set (docs/webhooks.md).
 */
export class EndpointObject extends DurableObject<Env> implements Implements<EndpointApi> {
  #queue: EndpointQueue | undefined;
  #failures = 0;

  wake(webhook: WebhookRef): void {
    this.ctx.waitUntil(this.#run(webhook));
  }

  override async alarm(): Promise<void> {
    const webhook = this.ctx.storage.kv.get<WebhookRef>("webhook");
    if (webhook) await this.#run(webhook);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.deleteAll();
  }

  async #run(webhook: WebhookRef): Promise<void> {
    this.#queue ??= endpointServices.queueOf(this.env, webhook);
    try {
      const nextAt = await this.#queue.run();
      this.#failures = 0;
      if (nextAt !== undefined) this.#resumeAt(webhook, nextAt);
    } catch (error) {
      logError("webhook_delayed", error, { org_id: webhook.orgId, webhook_id: webhook.webhookId });
      this.#resumeAt(webhook, clock.now() + Math.min(RETRY_MS * 2 ** this.#failures++, MAX_RETRY_MS));
    }
  }

  #resumeAt(webhook: WebhookRef, at: number): void {
    if (this.ctx.storage.kv.get("webhook") === undefined) this.ctx.storage.kv.put("webhook", webhook);
    void this.ctx.storage.setAlarm(at);
  }
}
