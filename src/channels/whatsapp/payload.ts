import { z } from "@hono/zod-openapi";
import { lazily, type OutputOf } from "../../kit/lazily";

/**
 * The shapes of WhatsApp deliveries, from Meta's Cloud API webhooks reference and from real deliveries. Loose: unknown
 * fields pass. An absent field may be missing, null or ""; ids and times are texts or numbers. A malformed optional
 * field is dropped, so that it never costs the message. Built at their first use.
 */

const MAX_SECONDS = 100_000_000_000;
const MAX_DATE_MS = 8_640_000_000_000_000;

function optional<Schema extends z.ZodType>(schema: Schema) {
  return z
    .preprocess((value) => (value === null || value === "" ? undefined : value), schema.optional())
    .catch(undefined);
}

const id = z.union([z.string().min(1), z.number().transform(String)]);
const words = z.string().min(1);
const record = z.looseObject({});
const degrees = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d{1,3}(?:\.\d{1,20})?$/)
    .transform(Number),
]);

/**
 * Converts Unix seconds, as text or number, to milliseconds. A value too large for seconds is already in milliseconds.
 */
const time = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,16}$/)
      .transform(Number),
  ])
  .transform((value) => Math.trunc(value < MAX_SECONDS ? value * 1000 : value))
  .refine((value) => value > 0 && value <= MAX_DATE_MS);

export const errorPayload = lazily(() =>
  z.looseObject({
    code: optional(id),
    title: optional(words),
    message: optional(words),
    details: optional(words),
    error_data: optional(z.looseObject({ details: optional(words) })),
  }),
);

export const contactPayload = lazily(() =>
  z.looseObject({
    wa_id: optional(id),
    user_id: optional(id),
    parent_user_id: optional(id),
    profile: optional(z.looseObject({ name: optional(words), username: optional(words) })),
  }),
);
export type ContactPayload = OutputOf<typeof contactPayload>;

export const valuePayload = lazily(() =>
  z.looseObject({
    metadata: optional(z.looseObject({ phone_number_id: optional(id), display_phone_number: optional(id) })),
  }),
);

export const messagePayload = lazily(() =>
  z.looseObject({
    id,
    timestamp: time,
    type: optional(words),
    from: optional(id),
    from_user_id: optional(id),
    from_parent_user_id: optional(id),
    to: optional(id),
    to_user_id: optional(id),
    to_parent_user_id: optional(id),
    group_id: optional(id),
    context: optional(
      z.looseObject({
        id: optional(id),
        forwarded: optional(z.boolean()),
        frequently_forwarded: optional(z.boolean()),
        referred_product: optional(record),
      }),
    ),
    referral: optional(record),
    errors: optional(z.array(record)),
    history_context: optional(z.looseObject({ status: optional(words) })),
  }),
);
export type MessagePayload = OutputOf<typeof messagePayload>;

export const callPayload = lazily(() =>
  z.looseObject({
    id,
    timestamp: time,
    event: optional(words),
    direction: optional(words),
    // Meta's examples have a list of the possible words.
    status: optional(words),
    from: optional(id),
    from_user_id: optional(id),
    from_parent_user_id: optional(id),
    to: optional(id),
    to_user_id: optional(id),
    to_parent_user_id: optional(id),
    start_time: optional(time),
    duration: optional(z.coerce.number().int().min(0).max(10_000_000)),
    call_recording: optional(z.looseObject({ audio: optional(record) })),
  }),
);

export const historyThreadPayload = lazily(() =>
  z.looseObject({
    id: optional(id),
    context: optional(
      z.looseObject({
        wa_id: optional(id),
        user_id: optional(id),
        parent_user_id: optional(id),
        username: optional(words),
      }),
    ),
  }),
);

export const textPayload = lazily(() => z.looseObject({ body: words }));

export const mediaPayload = lazily(() =>
  z.looseObject({
    id: optional(id),
    mime_type: optional(words),
    sha256: optional(words),
    caption: optional(words),
    filename: optional(words),
    voice: optional(z.boolean()),
    animated: optional(z.boolean()),
  }),
);

export const locationPayload = lazily(() =>
  z.looseObject({
    latitude: optional(degrees),
    longitude: optional(degrees),
    name: optional(words),
    address: optional(words),
    url: optional(words),
  }),
);

export const sharedContactPayload = lazily(() =>
  z.looseObject({
    name: optional(
      z.looseObject({ formatted_name: optional(words), first_name: optional(words), last_name: optional(words) }),
    ),
    org: optional(z.looseObject({ company: optional(words) })),
    phones: optional(z.array(z.looseObject({ phone: optional(id), wa_id: optional(id) }))),
    emails: optional(z.array(z.looseObject({ email: optional(words) }))),
  }),
);

export const interactivePayload = lazily(() =>
  z.looseObject({
    type: optional(words),
    button_reply: optional(z.looseObject({ id: optional(id), title: optional(words) })),
    list_reply: optional(z.looseObject({ id: optional(id), title: optional(words), description: optional(words) })),
    nfm_reply: optional(z.looseObject({ name: optional(words), body: optional(words), response_json: z.unknown() })),
    call_permission_reply: optional(z.looseObject({ response: optional(words), expiration_timestamp: optional(time) })),
    payment_method: optional(
      z.looseObject({
        payment_method: optional(words),
        last_four_digits: optional(id),
        reference_id: optional(id),
      }),
    ),
    // Only in messages of the business.
    body: optional(z.looseObject({ text: optional(words) })),
    action: optional(
      z.looseObject({
        parameters: optional(
          z.looseObject({
            reference_id: optional(id),
            currency: optional(words),
            total_amount: optional(record),
            order: optional(z.looseObject({ status: optional(words) })),
          }),
        ),
      }),
    ),
  }),
);

export const templatePayload = lazily(() =>
  z.looseObject({
    name: words,
    language: optional(z.union([words, z.looseObject({ code: words })])),
    components: optional(z.array(record)),
  }),
);

export const amountPayload = lazily(() => z.looseObject({ value: z.number(), offset: optional(z.number().min(1)) }));

export const paymentPayload = lazily(() =>
  z.looseObject({
    reference_id: optional(id),
    amount: optional(record),
    currency: optional(words),
    transaction: optional(
      z.looseObject({
        id: optional(id),
        status: optional(words),
        error: optional(z.looseObject({ code: optional(id), reason: optional(words) })),
      }),
    ),
  }),
);

export const buttonPayload = lazily(() => z.looseObject({ payload: optional(id), text: optional(words) }));

export const reactionPayload = lazily(() => z.looseObject({ message_id: id, emoji: optional(words) }));

export const orderPayload = lazily(() =>
  z.looseObject({
    catalog_id: optional(id),
    text: optional(words),
    product_items: optional(z.array(record)),
  }),
);

export const systemPayload = lazily(() =>
  z.looseObject({
    body: optional(words),
    type: optional(words),
    wa_id: optional(id),
    new_wa_id: optional(id),
    user_id: optional(id),
    previous_user_id: optional(id),
    parent_user_id: optional(id),
    previous_parent_user_id: optional(id),
  }),
);
export type SystemPayload = OutputOf<typeof systemPayload>;

const changedId = z.looseObject({ previous: optional(id), current: optional(id) });
export const userIdUpdatePayload = lazily(() =>
  z.looseObject({
    timestamp: time,
    wa_id: optional(id),
    detail: optional(words),
    user_id: changedId,
    parent_user_id: optional(changedId),
  }),
);

export const preferencePayload = lazily(() =>
  z.looseObject({
    timestamp: time,
    category: words,
    value: words,
    wa_id: optional(id),
    user_id: optional(id),
    parent_user_id: optional(id),
  }),
);

export const editPayload = lazily(() => z.looseObject({ original_message_id: id, message: record }));
export const revokePayload = lazily(() => z.looseObject({ original_message_id: id }));

export const statusPayload = lazily(() =>
  z.looseObject({
    id,
    status: words,
    timestamp: time,
    recipient_id: optional(id),
    recipient_user_id: optional(id),
    recipient_parent_user_id: optional(id),
    recipient_type: optional(words),
    biz_opaque_callback_data: optional(id),
    type: optional(words),
    payment: optional(record),
    pricing: optional(
      z.looseObject({
        billable: optional(z.boolean()),
        category: optional(words),
        type: optional(words),
        pricing_model: optional(words),
      }),
    ),
    conversation: optional(z.looseObject({ origin: optional(z.looseObject({ type: optional(words) })) })),
    errors: optional(z.array(record)),
  }),
);
