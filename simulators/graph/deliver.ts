/** Posts webhooks and retries them until the app answers 200. Meta: webhooks, delivery and retries. */
import type { GraphState, WebhookDelivery } from "./state.ts";
import type { FaultControl } from "./faults.ts";
import type { Platform } from "./messaging-state.ts";
import type { BatchSplit, Change } from "./webhook.ts";
import { callbackUrl, payloadOf, signatureOf } from "./webhook.ts";

export interface RetryOptions {
  firstDelayMs: number;
  maxDelayMs: number;
  maxAttempts: number;
}

interface DeliveryOptions {
  webhookUrl: string;
  appSecret: string;
  /** Signs the webhooks of Instagram. */
  instagramAppSecret: string;
  post: (request: Request) => Promise<Response>;
  now: () => number;
  retry: RetryOptions;
  postTimeoutMs: number;
  maxConcurrentPosts: number;
  /** False: only `settle` posts, in its caller's context and without waiting. */
  background: boolean;
}

export interface Delivery {
  /** Queues a payload of Messenger or Instagram, which has an address of its own. */
  queueBody(body: string, options: { account: string; platform: Platform; delayMs: number }): void;
  queue(changes: Change[], options?: { delayMs?: number; split?: BatchSplit }): void;
  /** Resolves when no webhook is pending, retries included. */
  settle(): Promise<void>;
  /** Drops pending webhooks. */
  stop(): void;
}

interface Job {
  delivery: WebhookDelivery;
  dueAt: number;
  secret: string;
  posting: boolean;
  timer?: ReturnType<typeof setTimeout>;
}

export function createDelivery(options: DeliveryOptions, state: GraphState, faults: FaultControl): Delivery {
  const pending = new Set<Job>();
  let ready: Job[] = [];
  let posting = 0;
  let lastId = 0;
  let idle: (() => void)[] = [];

  function schedule(job: Job, delayMs: number): void {
    job.dueAt = options.now() + delayMs;
    if (!options.background) return;
    job.timer = setTimeout(() => {
      ready.push(job);
      pump();
    }, delayMs);
  }

  function pump(): void {
    while (posting < options.maxConcurrentPosts) {
      const job = ready.shift();
      if (!job) return;
      posting += 1;
      void attempt(job).finally(() => {
        posting -= 1;
        pump();
      });
    }
  }

  async function attempt(job: Job): Promise<void> {
    const { delivery } = job;
    const at = options.now();
    job.posting = true;
    try {
      const request = new Request(delivery.url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "User-Agent": "facebookexternalua",
          "X-Hub-Signature-256": await signatureOf(delivery.body, job.secret),
        },
        body: delivery.body,
        signal: AbortSignal.timeout(options.postTimeoutMs),
      });
      const response = await options.post(request);
      await response.body?.cancel();
      delivery.attempts.push({ at, status: response.status });
      if (response.status === 200) delivery.outcome = "delivered";
    } catch (error) {
      delivery.attempts.push({ at, status: null, error: error instanceof Error ? error.message : String(error) });
    }
    job.posting = false;
    // `stop` was called during the post, so a retry would belong to the former state.
    if (!pending.has(job)) return;
    const { firstDelayMs, maxDelayMs, maxAttempts } = options.retry;
    if (delivery.outcome === "pending" && delivery.attempts.length < maxAttempts) {
      schedule(job, Math.min(maxDelayMs, firstDelayMs * 2 ** (delivery.attempts.length - 1)));
      return;
    }
    if (delivery.outcome === "pending") delivery.outcome = "given_up";
    pending.delete(job);
    if (pending.size === 0) wakeSettlers();
  }

  function wakeSettlers(): void {
    const settlers = idle;
    idle = [];
    for (const resolve of settlers) resolve();
  }

  function enqueue(url: string | undefined, body: string, delayMs: number, secret = options.appSecret): void {
    lastId += 1;
    const queuedAt = options.now();
    const delivery: WebhookDelivery = {
      id: lastId,
      url: url ?? options.webhookUrl,
      body,
      attempts: [],
      outcome: "pending",
      queuedAt,
    };
    state.deliveries.push(delivery);
    if (url === undefined) {
      delivery.outcome = "not_subscribed";
      return;
    }
    const job: Job = { delivery, dueAt: 0, secret, posting: false };
    pending.add(job);
    schedule(job, delayMs);
  }

  return {
    queueBody(body, { account, platform, delayMs }) {
      const isSubscribed = state.subscriptions.get(account)?.subscribed !== false;
      const url = isSubscribed ? `${options.webhookUrl}/${platform}` : undefined;
      const secret = platform === "instagram" ? options.instagramAppSecret : options.appSecret;
      enqueue(url, body, delayMs, secret);
      if (faults.current.duplicateWebhooks) enqueue(url, body, delayMs, secret);
    },
    queue(changes, { delayMs = 0, split = "none" } = {}) {
      const byUrl = new Map<string | undefined, Change[]>();
      for (const change of changes) {
        const url = callbackUrl(state, change, options.webhookUrl);
        byUrl.set(url, [...(byUrl.get(url) ?? []), change]);
      }
      for (const [url, group] of byUrl) {
        const body = payloadOf(group, split, options.now());
        enqueue(url, body, delayMs);
        if (faults.current.duplicateWebhooks) enqueue(url, body, delayMs);
      }
    },
    async settle() {
      if (options.background) {
        if (pending.size > 0) await new Promise<void>((resolve) => idle.push(resolve));
        return;
      }
      while (pending.size > 0) {
        let next: Job | undefined;
        for (const job of pending) if (!job.posting && (!next || job.dueAt < next.dueAt)) next = job;
        // If there is none, another `settle` is posting the rest.
        if (next) await attempt(next);
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    stop() {
      for (const { timer } of pending) if (timer !== undefined) clearTimeout(timer);
      pending.clear();
      ready = [];
      wakeSettlers();
    },
  };
}
