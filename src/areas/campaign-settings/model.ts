import { z } from "@hono/zod-openapi";
import { isWord, MAX_WORD } from "../../domain/consent";
import { PRICED_CATEGORIES } from "./prices";

const Start = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 09:00");
const End = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be a time such as 20:00");
export const SendingHours = z
  .strictObject({ start: Start, end: End })
  .refine(({ start, end }) => start < end, { path: ["end"], message: "must be later than start" })
  .openapi({ description: "Local times of the recipient" });

const FrequencyCap = z.strictObject({
  max: z.int().min(1).max(100).openapi({ description: "The most messages of campaigns that a contact gets" }),
  days: z.int().min(1).max(90).openapi({ description: "within this many days" }),
});

const Words = z.array(z.string().trim().min(1).max(MAX_WORD).refine(isWord, "must have a letter or a digit")).max(100);

const Amount = z.number().min(0).max(1000);
const Rate = z
  .strictObject({
    effective_from: z.iso.date().openapi({ description: "The first day, in UTC, on which the prices hold" }),
    countries: z
      .array(z.string().regex(/^([A-Z]{2}|\*)$/, 'must be two capital letters, or "*"'))
      .min(1)
      .max(250)
      .openapi({ description: 'Country codes of recipients, or `["*"]` for all that no other rate names' }),
    ...(Object.fromEntries(PRICED_CATEGORIES.map((category) => [category, Amount.optional()])) as Record<
      (typeof PRICED_CATEGORIES)[number],
      z.ZodOptional<typeof Amount>
    >),
  })
  .openapi({ description: "Prices of one message by category, in the currency" });

const Prices = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "must be an ISO 4217 code"),
  rates: z.array(Rate).min(1).max(500),
});

const fields = {
  sending_hours: SendingHours.nullable().openapi({
    description: "When campaigns without hours of their own may write to a recipient; null: at any time",
  }),
  frequency_cap: FrequencyCap.nullable().openapi({
    description: "Recipients who have had that many are skipped; null: any number",
  }),
  opt_out_words: Words.nullable().openapi({
    description:
      "A message that is one of these words, whatever its case, accents and punctuation, ends marketing for its contact; null: `default_opt_out_words`",
  }),
  opt_in_words: Words.nullable().openapi({
    description: "A message that is one of these words allows it again; null: `default_opt_in_words`",
  }),
  opt_out_reply: z.string().trim().min(1).max(1000).nullable().openapi({
    description: "The text that answers an opt-out; null: nothing does",
  }),
  prices: Prices.nullable().openapi({
    description: "The organization's prices of messages; null: the deployment's price table",
  }),
};

export const CampaignSettings = z
  .object({
    ...fields,
    default_opt_out_words: z.array(z.string()).openapi({ description: "By the organization's country" }),
    default_opt_in_words: z.array(z.string()),
    updated_at: z.iso.datetime().nullable().openapi({ description: "Null: never changed" }),
  })
  .openapi("CampaignSettings");
export type CampaignSettings = z.infer<typeof CampaignSettings>;

export const UpdateCampaignSettings = z
  .strictObject(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.optional()])) as {
      [Name in keyof typeof fields]: z.ZodOptional<(typeof fields)[Name]>;
    },
  )
  .openapi("UpdateCampaignSettings");
export type UpdateCampaignSettings = z.infer<typeof UpdateCampaignSettings>;
