import fc from "fast-check";
import { expect } from "vitest";
import { addTemplate } from "../../simulators/graph/templates.ts";
import { graph } from "../harness";
import { type Ask, created, emptyPage, type Fixture, next, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    waTemplateId: string;
  }
}

const newTemplate = (more: object = {}) => ({
  name: `made_${Date.now()}_${next()}`,
  language: "en_US",
  category: "MARKETING",
  components: [{ type: "BODY", text: "Hello!" }],
  ...more,
});

export const waTemplates: Fixture = {
  make: async ({ org, marker, phoneNumberId }) => {
    const wabaId = phoneNumberId.slice(0, 14);
    // The templates that the messages' fixture sends exist and can be sent.
    for (const name of ["hello", `t_${marker.toLowerCase().replaceAll(/\W/g, "_")}`])
      addTemplate(graph.state, {
        wabaId,
        name,
        language: "en",
        category: "MARKETING",
        components:
          name === "hello"
            ? [{ type: "BODY", text: "Hello!" }]
            : [
                { type: "HEADER", format: "IMAGE" },
                { type: "BODY", text: `Hello ${marker}!` },
              ],
      });
    await org.call("POST", "/api/wa-templates/sync", {});
    const { body } = await org.call("GET", "/api/wa-templates?q=t_");
    return { waTemplateId: body.data[0].id };
  },
  recipes: {
    listWaTemplates: {
      asks: (): Ask[] => [{}, { query: { status: "approved", category: "MARKETING", language: "en", q: "t_" } }],
      stranger: ownOnly,
      mixed: (_, v) => [[{ query: { integration_account_id: v.accountId } }, emptyPage]],
    },
    createWaTemplate: {
      asks: () => [{ body: newTemplate() }],
      stranger: created,
      mixed: (_, v) => [
        [{ body: newTemplate({ integration_account_id: v.accountId }) }, 404],
        [
          {
            body: newTemplate({
              components: [
                { type: "HEADER", format: "IMAGE", example: { media_id: v.mediaId } },
                { type: "BODY", text: "Hello!" },
              ],
            }),
          },
          422,
        ],
      ],
    },
    syncWaTemplates: {
      asks: (t) => [{ body: {} }, { body: { integration_account_id: t.accountId } }],
      stranger: ({ status }) => expect([200, 404]).toContain(status),
      mixed: (_, v) => [[{ body: { integration_account_id: v.accountId } }, 404]],
    },
    getWaTemplate: { asks: (t) => [{ params: { id: t.waTemplateId } }], stranger: 404 },
    deleteWaTemplate: { asks: (t) => [{ params: { id: t.waTemplateId } }], stranger: 404 },
    updateWaTemplateHeaderMedia: {
      asks: (t) => [
        { params: { id: t.waTemplateId }, body: { header_media_url: "https://example.com/mine-now.png" } },
        { params: { id: t.waTemplateId }, body: { header_media_url: null } },
      ],
      stranger: 404,
      mixed: (own, v) => [
        [{ params: { id: own.waTemplateId }, body: { media_id: v.mediaId } }, 422],
        [{ params: { id: v.waTemplateId }, body: { header_media_url: "https://example.com/a.png" } }, 404],
      ],
    },
  },
  pool: (t) => ({ "id WA Templates": [t.waTemplateId, NOBODY], integration_account_id: [t.accountId, NOBODY] }),
  together: () => ({
    createWaTemplate: fc.nat().map((n) => newTemplate({ name: `fuzz_${n}_${next()}` })),
    updateWaTemplateHeaderMedia: fc
      .webUrl({ validSchemes: ["https"] })
      .map((url) => ({ header_media_url: url.slice(0, 2000) })),
  }),
};
