import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { CampaignCounts } from "../../durable-objects/campaign.counts";
import type { CampaignHost } from "../../durable-objects/campaign.host";
import { CampaignProgress } from "../../durable-objects/campaign.progress";
import { CampaignRecipients } from "../../durable-objects/campaign.recipients";
import { applyVersions, CAMPAIGN_VERSIONS } from "../../durable-objects/versions";
import { RECIPIENT_STATUSES, type RecipientReport } from "../../src/domain/campaign";
import { clock, DAY, HOUR } from "../../src/kit/clock";
import { uuidV5 } from "../../src/kit/id";
import { campaignServices } from "../../src/services";

// Reports wait for others that arrive with them.
vi.setConfig({ testTimeout: 60_000 });

const CAMPAIGN = "0b8f3a52-7a11-5f0e-9d3c-111111111111";
const addressOf = (n: number): string => `+62812000${n}`;
const idOf = (n: number): string => uuidV5(CAMPAIGN, addressOf(n));

/** Recipients in the storage of an empty object. */
const within = (work: (recipients: CampaignRecipients, storage: DurableObjectStorage) => Promise<void>) =>
  runInDurableObject(env.CONVERSATION.getByName(`recipients:${crypto.randomUUID()}`), async (_object, { storage }) => {
    applyVersions(storage.sql, CAMPAIGN_VERSIONS, 0);
    await work(new CampaignRecipients(storage), storage);
  });

const addAll = (recipients: CampaignRecipients, ns: readonly number[]) =>
  recipients.transaction(() =>
    recipients.add(
      CAMPAIGN,
      ns.map((n) => ({ address: addressOf(n), contactId: null, variables: {} })),
    ),
  );

const report = fc.record({
  n: fc.nat(6),
  status: fc.constantFrom("queued", "sent", "delivered", "read", "failed"),
  at: fc.nat(1000),
  replies: fc.boolean(),
});

it("counts what the rows say, whatever is reported and in whatever order", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.nat(6)), fc.array(report, { maxLength: 12 }), async (ns, reports) => {
      await within(async (recipients, storage) => {
        const { added, duplicates } = addAll(recipients, ns);
        expect([added, added + duplicates]).toEqual([new Set(ns).size, ns.length]);
        const reached = new Map<string, string>();
        for (const { n, status, at, replies } of reports) {
          const sent: RecipientReport = {
            recipientId: idOf(n),
            messageId: `m${n}`,
            externalId: null,
            attempt: 0,
            status: status as RecipientReport["status"],
            times: status === "queued" ? {} : { [status]: at },
            ...(replies && { repliedAt: at }),
          };
          // Twice, as a report may come again.
          await Promise.all([recipients.report([sent]), recipients.report([sent])]);
          const row = recipients.row(idOf(n));
          const before = reached.get(idOf(n));
          if (before === "read" || before === "delivered") expect(["delivered", "read"]).toContain(row?.status);
          if (row) reached.set(row.id, row.status);
        }
        const counts = recipients.counts();
        expect(counts).toEqual(new CampaignRecipients(storage).counts());
        expect(RECIPIENT_STATUSES.reduce((sum, status) => sum + counts[status], 0)).toBe(added);
        expect(counts.total).toBe(added);
      });
    }),
    { numRuns: 25 },
  ));

it("counts right also if a change is the first that a restarted object does", () =>
  within(async (before, storage) => {
    addAll(before, [1, 2]);
    const recipients = new CampaignRecipients(storage);
    recipients.settle([{ row: recipients.row(idOf(1))!, columns: { status: "queued" } }]);
    expect(recipients.counts()).toMatchObject({ total: 2, pending: 1, queued: 1 });
  }));

it("has the counts as before if a transaction fails", () =>
  within(async (recipients) => {
    addAll(recipients, [1, 2]);
    expect(() =>
      recipients.transaction(() => {
        recipients.change(recipients.row(idOf(1))!, { status: "skipped" });
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(recipients.counts()).toMatchObject({ pending: 2, skipped: 0, total: 2 });
  }));

it("tries again whom the failure allows, and hears no more of the message before", () =>
  within(async (recipients) => {
    addAll(recipients, [1, 2]);
    const failed = (n: number, code: string): RecipientReport => ({
      recipientId: idOf(n),
      messageId: `m${n}`,
      externalId: null,
      attempt: 0,
      status: "failed",
      times: { failed: 1 },
      failure: { code, title: "No" },
    });
    await recipients.report([failed(1, "131026"), failed(2, "131008")]);
    expect(recipients.retry({ final: ["131026"], daily: [] })).toBe(1);
    expect(recipients.counts()).toMatchObject({ pending: 1, failed: 1 });
    await recipients.report([failed(2, "131008")]);
    expect(recipients.row(idOf(2))).toMatchObject({ status: "pending", attempt: 1, error_code: null });
  }));

it("tries again what passes after a day once the day is over", () =>
  within(async (recipients) => {
    addAll(recipients, [1, 2]);
    const failed = (n: number, at: number): RecipientReport => ({
      recipientId: idOf(n),
      messageId: `m${n}`,
      externalId: null,
      attempt: 0,
      status: "failed",
      times: { failed: at },
      failure: { code: "131049", title: "No" },
    });
    await recipients.report([failed(1, clock.now() - DAY - 1), failed(2, clock.now() - HOUR)]);
    expect(recipients.retry({ final: ["131026"], daily: ["131049"] })).toBe(1);
    expect([1, 2].map((n) => recipients.row(idOf(n))!.status)).toEqual(["pending", "failed"]);
  }));

it("still has to save what is reported while a campaign ends", () =>
  within(async (recipients, storage) => {
    addAll(recipients, [1]);
    const whose = { orgId: crypto.randomUUID(), tenantDb: "TENANT_DB_00", campaignId: CAMPAIGN };
    const host: CampaignHost = {
      env,
      kv: storage.kv,
      whose,
      org: { id: whose.orgId, tenantDb: whose.tenantDb, country: null },
      freeze: () => {},
      wakeBy: () => {},
      alarmAt: () => {},
      waitUntil: () => {},
    };
    const saved = new CampaignCounts(env, campaignServices, () => recipients.counts());
    const progress = new CampaignProgress(host, recipients, saved);
    const ending = progress.end(null);
    progress.isDue = true;
    await ending;
    expect(progress.isDue).toBe(true);
  }));
