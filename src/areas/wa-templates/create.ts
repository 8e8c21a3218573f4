import { z } from "@hono/zod-openapi";
import { ChannelError, type NewTemplate } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { invalidFields } from "../../kit/problem";
import { channelRefused, channelUnavailable, whatsappAccountNotFound } from "../integrations/problems";
import { accountIdOf, calledFor, type TemplateAccount, withAccount } from "./accounts";
import { askedAt } from "./changes";
import { Components, type TemplateRow, toWaTemplate, WA_CATEGORIES, WaTemplate } from "./model";
import { EXISTS, waTemplateExists, waTemplateInvalid, waTemplateRefused } from "./problems";
import { uploadedSample } from "./samples";
import { noteAccount, templateIdOf, upsertTemplates } from "./store";

const MAX_COMPONENTS_CHARS = 100_000;

export const CreateWaTemplate = z
  .strictObject({
    name: z.string().min(1).max(512).openapi({ description: "Lowercase letters, numbers, and underscores only" }),
    components: Components.min(1)
      .max(10)
      .refine((list) => JSON.stringify(list).length <= MAX_COMPONENTS_CHARS, "must have at most 100 KB")
      .openapi({
        description:
          "Meta's template components. Each variable needs a sample in `example`. A header of format IMAGE, VIDEO or DOCUMENT needs one as `media_id`, the id of an upload, or as Meta's `header_handle`.",
      }),
    language: z.string().min(2).max(20).openapi({ description: "Language code", example: "en_US" }),
    category: z.enum(WA_CATEGORIES).openapi({ description: "Meta may decide on another one" }),
    integration_account_id: z
      .uuid()
      .optional()
      .openapi({ description: "The account whose WhatsApp Business Account gets it; by default the default account" }),
    parameter_format: z
      .enum(["POSITIONAL", "NAMED"])
      .optional()
      .openapi({ description: "By default NAMED if its variables have names" }),
    message_send_ttl_seconds: z
      .int()
      .optional()
      .openapi({ description: "How long Meta tries to deliver its messages" }),
  })
  .openapi("CreateWaTemplate");

export default operation({
  id: "createWaTemplate",
  summary: "Create a WhatsApp message template",
  description:
    "Submits the template to Meta for review. A template that Meta would refuse is refused here, by the field. The template can be sent once its status is APPROVED, which is usually within minutes.",
  body: CreateWaTemplate,
  examples: {
    "Utility with variables and a button": {
      name: "order_shipped",
      language: "en_US",
      category: "UTILITY",
      components: [
        {
          type: "BODY",
          text: "Hello {{1}}, your order {{2}} is on its way.",
          example: { body_text: [["Ani", "A-17"]] },
        },
        {
          type: "BUTTONS",
          buttons: [
            { type: "URL", text: "Track", url: "https://example.com/track/{{1}}", example: ["A-17"] },
            { type: "QUICK_REPLY", text: "Stop updates" },
          ],
        },
      ],
    },
    "Marketing with an image": {
      name: "summer_sale",
      language: "en_US",
      category: "MARKETING",
      components: [
        { type: "HEADER", format: "IMAGE", example: { media_id: "01a209f6-40db-7dc6-982c-79beb11de4c0" } },
        {
          type: "BODY",
          text: "Hi {{first_name}}, our sale has begun!",
          example: { body_text_named_params: [{ param_name: "first_name", example: "Ani" }] },
        },
        { type: "FOOTER", text: "Reply STOP to get no more offers" },
      ],
    },
    "Authentication code": {
      name: "login_code",
      language: "en_US",
      category: "AUTHENTICATION",
      components: [
        { type: "BODY", add_security_recommendation: true },
        { type: "FOOTER", code_expiration_minutes: 10 },
        { type: "BUTTONS", buttons: [{ type: "OTP", otp_type: "COPY_CODE", text: "Copy code" }] },
      ],
    },
  },
  response: WaTemplate,
  status: 201,
  idempotent: "stored",
  problems: [
    waTemplateInvalid,
    waTemplateExists,
    waTemplateRefused,
    whatsappAccountNotFound,
    channelRefused,
    channelUnavailable,
  ],
  handle: ({ ctx, body }) => createWaTemplate(ctx, body),
});

export async function createWaTemplate(ctx: Ctx, input: z.output<typeof CreateWaTemplate>): Promise<WaTemplate> {
  const { name, components, language, category, integration_account_id, parameter_format, ...more } = input;
  const isNamed = /\{\{\s*[a-z_]/i.test(JSON.stringify(components));
  const template: NewTemplate = {
    name,
    language: language.replace("-", "_"),
    category,
    components,
    parameterFormat: parameter_format ?? (isNamed ? "NAMED" : "POSITIONAL"),
    more,
  };
  const rules = await adapterOf("whatsapp")!.templates!();
  const errors = rules.checkNew(template);
  if (errors.length > 0) throw invalidFields(waTemplateInvalid, errors);
  const accountId = await accountIdOf(ctx, integration_account_id);
  return calledFor(
    withAccount(ctx, accountId, async (account) => {
      await requireNew(ctx, account, template);
      const withHandles = await rules.withSamples(components, (sample) =>
        uploadedSample(ctx, account.templates, sample),
      );
      const at = askedAt(ctx.now());
      const submitted = { ...template, components: withHandles };
      return keepCreated(ctx, account, submitted, await submit(ctx, account, submitted), at);
    }),
  );
}

async function requireNew(ctx: Ctx, { wabaId }: TemplateAccount, { name, language }: NewTemplate): Promise<void> {
  const known = await ctx.db.query(
    "SELECT 1 FROM wa_templates WHERE org_id = ?1 AND waba_id = ?2 AND name = ?3 AND language = ?4 AND status <> 'DELETED'",
    wabaId,
    name,
    language,
  );
  if (known.length > 0) throw waTemplateExists();
}

type Submitted = Awaited<ReturnType<TemplateAccount["templates"]["create"]>>;

/** The channel has the template without our knowledge, as after an answer that was lost: it is fetched, so that it appears. */
async function submit(ctx: Ctx, account: TemplateAccount, template: NewTemplate): Promise<Submitted> {
  try {
    return await account.templates.create(template);
  } catch (error) {
    if (error instanceof ChannelError && (error.failureClass === "ambiguous" || error.failure.code === EXISTS))
      await ctx.db.batch(noteAccount(ctx, knownPartly(ctx, account)));
    throw error;
  }
}

/** Synced soon: Meta completes some components itself. */
const knownPartly = (ctx: Ctx, { id, wabaId }: TemplateAccount) => ({
  id,
  waba_id: wabaId,
  synced_at: null,
  due_at: ctx.now(),
});

async function keepCreated(
  ctx: Ctx,
  account: TemplateAccount,
  { name, language, components, parameterFormat }: NewTemplate,
  { externalId, status, category }: Submitted,
  at: number,
): Promise<WaTemplate> {
  const now = ctx.now();
  const row: TemplateRow = {
    id: templateIdOf(ctx.orgId, account.wabaId, name, language),
    waba_id: account.wabaId,
    meta_template_id: externalId,
    name,
    language,
    category,
    status,
    status_reason: null,
    quality: null,
    parameter_format: parameterFormat,
    components: JSON.stringify(components),
    header_media_url: null,
    status_at: at,
    category_at: at,
    quality_at: at,
    flag: null,
    flag_at: at,
    components_at: at,
    created_at: now,
    updated_at: now,
  };
  const answer = toWaTemplate(row);
  await commit(ctx, {
    write: [...upsertTemplates(ctx, [row]), ...noteAccount(ctx, knownPartly(ctx, account))],
    events: [
      happened("wa_template.created", row.id, {
        name: [null, name],
        language: [null, language],
        category: [null, category],
        status: [null, status],
      }),
    ],
    answer,
    status: 201,
  });
  return answer;
}
