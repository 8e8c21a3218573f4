import fc from "fast-check";
import { expect } from "vitest";
import { eventually, graph, phone } from "../harness";
import { csvOf } from "../walks/cases";
import { type Ask, type Fixture, next, NOBODY, ownOnly, type Tenant } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** A draft with recipients. */
    campaignId: string;
    campaignImportId: string;
    campaignRecipientId: string;
    /** Will be sent in almost a year. */
    scheduledCampaignId: string;
    /** A draft that can be sent. */
    readyCampaignId: string;
    /** Can be sent with no variables. */
    plainTemplateId: string;
  }
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const CSV = { "content-type": "text/csv" };

/** A campaign that waits for its day. */
async function scheduled({ org, plainTemplateId }: Tenant): Promise<string> {
  const { body } = await org.call("POST", "/api/campaigns", { name: "later", template_id: plainTemplateId });
  await org.call("POST", `/api/campaigns/${body.id}/recipients`, { phone_numbers: [`+${phone()}`] });
  await org.call("POST", `/api/campaigns/${body.id}/send`, { scheduled_at: inDays(360) });
  return body.id;
}

/** A campaign that failed for its only recipient, in a way that can be tried again. */
async function failed({ org, plainTemplateId }: Tenant): Promise<string> {
  const to = phone();
  graph.faults.set({ recipients: [{ to, code: 131008, as: "answer" }] });
  const { body } = await org.call("POST", "/api/campaigns", { name: "failed", template_id: plainTemplateId });
  await org.call("POST", `/api/campaigns/${body.id}/recipients`, { phone_numbers: [`+${to}`] });
  await org.call("POST", `/api/campaigns/${body.id}/send`, {});
  await eventually(async () => {
    expect((await org.call("GET", `/api/campaigns/${body.id}`)).body).toMatchObject({ status: "completed" });
  });
  return body.id;
}

export const campaigns: Fixture = {
  make: async ({ org, marker }) => {
    const { body: templates } = await org.call("GET", "/api/wa-templates?name=hello&language=en");
    const plainTemplateId: string = templates.data[0].id;
    const drafted = async (name: string): Promise<string> => {
      const made = await org.call("POST", "/api/campaigns", { name, template_id: plainTemplateId });
      expect(made.status, JSON.stringify(made.body)).toBe(201);
      await org.call("POST", `/api/campaigns/${made.body.id}/recipients`, {
        phone_numbers: [`+${phone()}`],
        variables: {},
      });
      return made.body.id;
    };
    const campaignId = await drafted(`Sale ${marker}`);
    const file = `phone,note\n+${phone()},${marker}\n12,${marker}\n`;
    const upload = await org.call("POST", `/api/campaigns/${campaignId}/recipients/csv`, file, CSV);
    const campaignImportId: string = upload.body.id;
    await eventually(async () => {
      const { body } = await org.call("GET", `/api/campaigns/${campaignId}/imports`);
      expect(body[0].status).toBe("done");
    });
    const { body: recipients } = await org.call("GET", `/api/campaigns/${campaignId}/recipients`);
    const scheduledCampaignId = await drafted(`Later ${marker}`);
    await org.call("POST", `/api/campaigns/${scheduledCampaignId}/send`, { scheduled_at: inDays(360) });
    return {
      campaignId,
      campaignImportId,
      campaignRecipientId: recipients.data[0].id,
      scheduledCampaignId,
      readyCampaignId: await drafted(`Ready ${marker}`),
      plainTemplateId,
    };
  },
  recipes: {
    listCampaigns: {
      asks: (): Ask[] => [{}, { query: { status: "draft", channel: "whatsapp", q: "sale" } }],
      stranger: ownOnly,
    },
    createCampaign: {
      asks: (t) => [
        { body: { name: "mine", template_id: t.plainTemplateId } },
        { body: { name: "mine", channel: "email", content: { subject: "News", text: "Hello {{name|there}}" } } },
      ],
      stranger: ({ status }) => expect([201, 422]).toContain(status),
      mixed: (_, v) => [
        [{ body: { name: "mine", template_id: v.plainTemplateId } }, 422],
        [{ body: { name: "mine", integration_account_id: v.accountId } }, 422],
      ],
    },
    getCampaign: { asks: (t) => [{ params: { id: t.campaignId } }], stranger: 404 },
    updateCampaign: {
      asks: (t) => [{ params: { id: t.campaignId }, body: { name: `renamed ${next()}` } }],
      stranger: 404,
      mixed: (own, v) => [
        [{ params: { id: own.campaignId }, body: { template_id: v.plainTemplateId } }, 422],
        [{ params: { id: own.campaignId }, body: { integration_account_id: v.accountId } }, 422],
      ],
    },
    estimateCampaign: { asks: (t) => [{ params: { id: t.campaignId } }], stranger: 404 },
    listCampaignRecipients: {
      asks: (t) => [
        { params: { id: t.campaignId } },
        { params: { id: t.campaignId }, query: { page: "2", per_page: "1", status: "pending" } },
      ],
      stranger: 404,
    },
    addCampaignRecipients: {
      asks: (t) => [
        {
          params: { id: t.campaignId },
          body: { phone_numbers: ["+6281234567890"], contact_ids: [t.contactId], tags: ["vip"] },
        },
      ],
      stranger: 404,
      mixed: (own, v) => [
        [
          { params: { id: own.campaignId }, body: { contact_ids: [v.contactId] } },
          ({ status, body }) => expect([status, body.added, body.refused]).toEqual([200, 0, 1]),
        ],
      ],
    },
    uploadCampaignRecipients: {
      asks: (t) => [{ params: { id: t.campaignId }, body: "phone,1\n+6281234567891,Ani\n", headers: CSV }],
      stranger: 404,
    },
    exportCampaignRecipients: {
      asks: (t) => [{ params: { id: t.campaignId } }, { params: { id: t.campaignId }, query: { status: "failed" } }],
      stranger: 404,
    },
    listCampaignImports: { asks: (t) => [{ params: { id: t.campaignId } }], stranger: 404 },
    listRefusedRecipients: {
      asks: (t) => [{ params: { id: t.campaignId, import_id: t.campaignImportId } }],
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.campaignId, import_id: v.campaignImportId } }, 404]],
    },
    exportRefusedRecipients: {
      asks: (t) => [{ params: { id: t.campaignId, import_id: t.campaignImportId } }],
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.campaignId, import_id: v.campaignImportId } }, 404]],
    },
    previewCampaign: {
      asks: (t) => [
        { params: { id: t.campaignId }, body: {} },
        { params: { id: t.campaignId }, body: { recipient_id: t.campaignRecipientId, variables: { note: "mine" } } },
      ],
      stranger: 404,
      readKey: 200,
      mixed: (own, v) => [[{ params: { id: own.campaignId }, body: { recipient_id: v.campaignRecipientId } }, 404]],
    },
    testCampaign: {
      asks: (t) => [{ params: { id: t.campaignId }, body: { to: `+${t.customer}` } }],
      stranger: 404,
    },
    duplicateCampaign: { asks: (t) => [{ params: { id: t.campaignId }, body: {} }], stranger: 404 },
    sendCampaign: {
      asks: (t) => [{ params: { id: t.readyCampaignId }, body: { scheduled_at: inDays(300) } }],
      stranger: 404,
    },
    pauseCampaign: { asks: (t) => [{ params: { id: t.scheduledCampaignId } }], stranger: 404 },
    resumeCampaign: { asks: (t) => [{ params: { id: t.scheduledCampaignId } }], stranger: 404 },
    // Nobody has failed yet.
    retryCampaign: { asks: (t) => [{ params: { id: t.scheduledCampaignId } }], stranger: 404 },
    cancelCampaign: { asks: (t) => [{ params: { id: t.scheduledCampaignId } }], stranger: 404 },
    clearCampaignRecipients: { asks: (t) => [{ params: { id: t.campaignId } }], stranger: 404 },
    deleteCampaign: { asks: (t) => [{ params: { id: t.campaignId } }], stranger: 404 },
  },
  taken: ["retryCampaign"],
  races: {
    updateCampaign: async (org) => {
      const made = await org.call("POST", "/api/campaigns", {
        name: "raced",
        channel: "email",
        content: { subject: "News", text: "Hello" },
      });
      return { path: `/api/campaigns/${made.body.id}`, body: { name: `raced ${next()}` }, gone: "campaign_not_found" };
    },
  },
  pool: async (t) => {
    const [toPause, paused] = [await scheduled(t), await scheduled(t)];
    await t.org.call("POST", `/api/campaigns/${paused}/pause`, {});
    return {
      "id retryCampaign": [await failed(t)],
      "id Campaigns": [t.campaignId, NOBODY],
      "id sendCampaign": [t.readyCampaignId],
      "id pauseCampaign": [toPause],
      "id resumeCampaign": [paused],
      "id cancelCampaign": [t.scheduledCampaignId],
      import_id: [t.campaignImportId, NOBODY],
      recipient_id: [t.campaignRecipientId, NOBODY],
      contact_ids: [t.contactId, NOBODY],
      template_id: [t.plainTemplateId],
    };
  },
  together: (t) => ({
    uploadCampaignRecipients: csvOf("phone,1"),
    createCampaign: fc.nat().map((n) => ({ name: `fuzz ${n}`, template_id: t.plainTemplateId })),
    updateCampaign: fc.nat().map((n) => ({ name: `fuzz ${n}` })),
    addCampaignRecipients: fc.nat(9_999_999).map((n) => ({ phone_numbers: [`+62812${String(n).padStart(7, "0")}`] })),
    previewCampaign: fc.constant({}),
    testCampaign: fc.constant({ to: "+6281234567890" }),
    sendCampaign: fc.integer({ min: 1, max: 365 }).map((days) => ({ scheduled_at: inDays(days) })),
  }),
};
