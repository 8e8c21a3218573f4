import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { CampaignRecipients } from "../../durable-objects/campaign.recipients";
import { applyVersions, CAMPAIGN_VERSIONS } from "../../durable-objects/versions";
import { RECIPIENT_STATUSES, type RecipientReport } from "../../src/domain/campaign";
import { uuidV5 } from "../../src/kit/id";

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
    expect(recipients.retry(["131026"])).toBe(1);
    expect(recipients.counts()).toMatchObject({ pending: 1, failed: 1 });
    await recipients.report([failed(2, "131008")]);
    expect(recipients.row(idOf(2))).toMatchObject({ status: "pending", attempt: 1, error_code: null });
  }));
