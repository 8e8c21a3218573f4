import type { AccountHealth, HealthEntity } from "../channel";
import { isRecord, textOf } from "../json";
import { type GraphEndpoint, graphCall } from "../meta/graph";
import { digitsOf } from "./account-event";
import type { WhatsappConfig } from "./config";

/** Meta: Cloud API, phone numbers and messaging health status. */

const FIELDS = [
  "display_phone_number",
  "verified_name",
  "quality_rating",
  "code_verification_status",
  "name_status",
  "status",
  "throughput",
  "account_mode",
  "whatsapp_business_manager_messaging_limit",
  "messaging_limit_tier",
  "health_status",
].join(",");

const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const textOrNull = (value: unknown): string | null => textOf(value) ?? null;

export async function accountHealth(
  endpoint: GraphEndpoint,
  { access_token, phone_number_id }: WhatsappConfig,
): Promise<AccountHealth> {
  const number = await graphCall(endpoint, access_token, "GET", `${phone_number_id}?fields=${FIELDS}`);
  const status = isRecord(number.health_status) ? number.health_status : {};
  return {
    canSend: textOrNull(status.can_send_message),
    entities: listOf(status.entities).map(entityOf),
    name: textOrNull(number.verified_name),
    displayNumber: digitsOf(number.display_phone_number) ?? null,
    qualityRating: textOrNull(number.quality_rating),
    // The number's own limit is deprecated in favour of the portfolio's; either may be missing.
    messagingLimit: textOf(number.whatsapp_business_manager_messaging_limit) ?? textOrNull(number.messaging_limit_tier),
    throughput: isRecord(number.throughput) ? textOrNull(number.throughput.level) : null,
    status: textOrNull(number.status),
    nameStatus: textOrNull(number.name_status),
    verificationStatus: textOrNull(number.code_verification_status),
    accountMode: textOrNull(number.account_mode),
  };
}

const entityOf = (entity: Record<string, unknown>): HealthEntity => ({
  type: textOf(entity.entity_type) ?? "UNKNOWN",
  id: textOrNull(entity.id),
  canSend: textOrNull(entity.can_send_message),
  notes: (Array.isArray(entity.additional_info) ? entity.additional_info : []).flatMap((note) => textOf(note) ?? []),
  errors: listOf(entity.errors).map((error) => ({
    code: textOrNull(error.error_code),
    description: textOrNull(error.error_description),
    solution: textOrNull(error.possible_solution),
  })),
});

/** A number that the business also uses in its app is held to 20. */
const WITH_APP = 20;
const STANDARD = 80;
const HIGH = 1000;

/** Meta: Cloud API, throughput. */
export async function sendsPerSecond(
  endpoint: GraphEndpoint,
  { access_token, phone_number_id }: WhatsappConfig,
): Promise<number> {
  const path = `${phone_number_id}?fields=throughput,is_on_biz_app`;
  const number = await graphCall(endpoint, access_token, "GET", path);
  if (number.is_on_biz_app === true) return WITH_APP;
  return isRecord(number.throughput) && number.throughput.level === "HIGH" ? HIGH : STANDARD;
}
