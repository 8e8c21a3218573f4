import type { BulkRefusal } from "../channel";

/** Meta: Cloud API error codes that concern the account, and not one person. */
const REFUSALS = new Map<string, BulkRefusal>(
  Object.entries({
    "131048": {
      reason: "spam_limit",
      advice:
        "WhatsApp limits the number because people blocked or reported its messages, or its limit of people a day is used up. Look at its quality in WhatsApp Manager, wait for a day, and write only to people who expect it.",
    },
    "131031": {
      reason: "account_locked",
      advice: "WhatsApp has locked the business account. Its Account Quality page in Meta Business says why.",
    },
    "368": {
      reason: "account_restricted",
      advice:
        "WhatsApp has blocked the account for a while for a violation of its rules. Its Account Quality page says until when.",
    },
    "131042": {
      reason: "payment_required",
      advice: "WhatsApp cannot charge the business. Add or renew the payment method in Meta Business, then resume.",
    },
  }),
);

export const bulkRefusal = (code: string): BulkRefusal | undefined => REFUSALS.get(code);
