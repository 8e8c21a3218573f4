import { z } from "@hono/zod-openapi";
import type { NewRecipient, Variables } from "../../domain/campaign";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { invalidRequest } from "../../kit/problem";
import type { Addressed } from "../../domain/addresses";
import { CampaignImport, toImport } from "./import-model";
import { CampaignPath, type CampaignRow, VariableValues } from "./model";
import { campaignNotDraft, campaignNotFound, tooManyRecipients } from "./problems";
import { loadDraft, objectOf, whoseOf } from "./store";

const MAX_AT_ONCE = 10_000;
const MAX_RECIPIENTS = 1_000_000;
const MAX_REASONS = 1000;

const Written = z.string().trim().min(1).max(320);

const AddRecipients = z
  .strictObject({
    contact_ids: z.array(z.uuid()).max(MAX_AT_ONCE).optional().openapi({ description: "Adds these contacts" }),
    tags: z
      .array(z.string().trim().min(1).max(50))
      .min(1)
      .max(20)
      .optional()
      .openapi({ description: "Adds all contacts of the campaign's channel that have one of these tags" }),
    phone_numbers: z.array(Written).max(MAX_AT_ONCE).optional().openapi({
      description: "Adds these numbers; those without a country code are of the organization's country",
    }),
    emails: z.array(Written).max(MAX_AT_ONCE).optional().openapi({ description: "For campaigns by email" }),
    variables: z.record(z.string().min(1).max(320), VariableValues).default({}).openapi({
      description:
        'Values of variables by recipient: a number or email address in any form, or a contact\'s id: {"628123456789": {"1": "Ani"}}',
    }),
  })
  .openapi("AddRecipientsPayload");

const AddedRecipients = z
  .object({
    added: z.int(),
    duplicates: z.int().openapi({ description: "Addresses that the campaign had already; the first stays as it is" }),
    refused: z.int(),
    reasons: z
      .array(z.object({ value: z.string(), reason: z.string() }))
      .openapi({ description: `Refused values with their reasons, at most ${MAX_REASONS}` }),
    total_recipients: z.int(),
    import: CampaignImport.nullable().openapi({ description: "The import of the contacts with the tags" }),
  })
  .openapi("AddedRecipients");

export default operation({
  id: "addCampaignRecipients",
  summary: "Add recipients to a campaign",
  description: `The union of what is named, one recipient for each address. At most ${MAX_AT_ONCE} contacts and numbers in a call; a file takes more. Contacts with tags are added in the background, which \`GET /api/campaigns/{id}/imports\` shows. A value that is no address is refused with the reason, and the rest is added.`,
  params: CampaignPath,
  body: AddRecipients,
  examples: {
    Numbers: {
      phone_numbers: ["+62 812-3456-7890", "081234567891"],
      variables: { "6281234567890": { "1": "Ani", "2": "A-17" } },
    },
    Tags: { tags: ["vip"] },
  },
  response: AddedRecipients,
  problems: [campaignNotFound, campaignNotDraft, tooManyRecipients, invalidRequest],
  handle: ({ ctx, params, body }) => addRecipients(ctx, params.id, body),
});

type Found = { recipient: NewRecipient } | { value: string; reason: string };

export async function addRecipients(
  ctx: Ctx,
  id: string,
  input: z.output<typeof AddRecipients>,
): Promise<z.infer<typeof AddedRecipients>> {
  const row = await loadDraft(ctx, id);
  requireSome(row, input);
  // Loaded here, since it weighs much and other operations do without it.
  const { normalAddress } = await import("../../domain/addresses");
  const addressOf = (written: string): Addressed => normalAddress(row.channel, written, ctx.org.country ?? null);
  const values = new ValuesByRecipient(input.variables, addressOf);
  const found = [
    ...(await contacts(ctx, row, input.contact_ids ?? [], values)),
    ...[...(input.phone_numbers ?? []), ...(input.emails ?? [])].map((written): Found => {
      const addressed = addressOf(written);
      return "reason" in addressed
        ? { value: written, reason: addressed.reason }
        : { recipient: { address: addressed.address, contactId: null, variables: values.of(addressed.address) } };
    }),
  ];
  const recipients = found.flatMap((one) => ("recipient" in one ? one.recipient : []));
  const refused = [
    ...found.flatMap((one) => ("reason" in one ? one : [])),
    ...values.unused().map((value) => ({ value, reason: "has variables, and is none of the recipients of this call" })),
  ];
  const [object, whose] = [objectOf(ctx, id), whoseOf(ctx, id)];
  const before = (await object.counts()).total;
  if (before + recipients.length > MAX_RECIPIENTS) throw tooManyRecipients();
  const done = recipients.length > 0 ? await object.add(whose, recipients) : NOTHING;
  // It was sent during the call.
  if (!done) throw campaignNotDraft();
  const { added, duplicates } = done;
  const started =
    input.tags === undefined
      ? null
      : await object.import(whose, {
          id: ctx.newId(),
          kind: "contacts",
          country: ctx.org.country ?? null,
          channel: row.channel,
          tags: input.tags,
        });
  if (added === 0 && started === undefined) throw campaignNotDraft();
  if (added > 0 || started)
    await commit(ctx, {
      write: [],
      events: [
        happened("campaign.recipients_changed", id, {
          added,
          ...(started && { import_id: started.id, kind: "contacts" }),
        }),
      ],
    });
  return {
    added,
    duplicates,
    refused: refused.length,
    reasons: refused.slice(0, MAX_REASONS),
    total_recipients: before + added,
    import: started ? toImport(started) : null,
  };
}

const NOTHING = { added: 0, duplicates: 0 };

/** Throws `invalid_request`. */
function requireSome({ channel }: CampaignRow, input: z.output<typeof AddRecipients>): void {
  const lists = ["contact_ids", "tags", "phone_numbers", "emails"] as const;
  const about = (field: string, message: string) => invalidRequest(undefined, { errors: [{ field, message }] });
  if (lists.every((list) => (input[list] ?? []).length === 0))
    throw about("body", `must name recipients by ${lists.join(", ")}`);
  if (lists.reduce((sum, list) => sum + (input[list] ?? []).length, 0) > MAX_AT_ONCE)
    throw about("body", `must name at most ${MAX_AT_ONCE} recipients`);
  const other = channel === "email" ? "phone_numbers" : "emails";
  if (input[other] !== undefined) throw about(other, `does not belong to a campaign by ${channel}`);
}

async function contacts(
  ctx: Ctx,
  { channel }: CampaignRow,
  asked: readonly string[],
  values: ValuesByRecipient,
): Promise<Found[]> {
  if (asked.length === 0) return [];
  const { recipientOfContact } = await import("./read-contacts");
  const ids = [...new Set(asked)];
  const rows = await ctx.db.query<{ id: string; phone_number: string | null; email: string | null }>(
    "SELECT k.id, k.phone_number, k.email FROM contacts k WHERE +k.org_id = ?1 AND k.id IN (SELECT value FROM json_each(?2))",
    JSON.stringify(ids),
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id): Found => {
    const contact = known.get(id);
    if (!contact) return { value: id, reason: "there is no such contact" };
    const found = recipientOfContact(channel, contact);
    return "reason" in found
      ? { value: id, reason: found.reason }
      : { recipient: { ...found, variables: values.of(found.address, id) } };
  });
}

/** The values that the call names for each recipient, by its address or its contact's id. */
class ValuesByRecipient {
  readonly #byKey = new Map<string, { written: string; values: Variables }>();
  readonly #unused: Set<string>;

  constructor(given: Readonly<Record<string, Variables>>, addressOf: (written: string) => Addressed) {
    for (const [written, values] of Object.entries(given)) {
      const addressed = UUID.test(written) ? { address: written.toLowerCase() } : addressOf(written);
      this.#byKey.set("address" in addressed ? addressed.address : written, { written, values });
    }
    this.#unused = new Set([...this.#byKey.values()].map(({ written }) => written));
  }

  of(address: string, contactId?: string): Variables {
    const named = [this.#byKey.get(contactId ?? ""), this.#byKey.get(address)].filter((one) => one !== undefined);
    for (const { written } of named) this.#unused.delete(written);
    return Object.assign({}, ...named.map(({ values }) => values)) as Variables;
  }

  unused(): string[] {
    return [...this.#unused];
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
