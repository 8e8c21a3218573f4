import type { People } from "../src/domain/campaign-api";
import { clock } from "../src/kit/clock";
import { uuidV5, uuidV7 } from "../src/kit/id";
import type { CampaignImports } from "./campaign.imports";
import type { CampaignRecipients } from "./campaign.recipients";
import type { RecipientRow } from "./campaign.row";

/** So many last digits name a number, however it is written. */
const TELLING_DIGITS = 8;

/**
 * Takes people out of a campaign: their rows keep status, times and cost, for the counts. Whoever had no message yet is
 * skipped. Answers how many rows have changed.
 */
export function forgetIn(
  sql: SqlStorage,
  recipients: CampaignRecipients,
  imports: CampaignImports,
  campaignId: string,
  { addresses, contactIds }: People,
): number {
  return recipients.transaction(() => {
    const rows = sql
      .exec<RecipientRow>(
        "SELECT * FROM recipients WHERE id IN (SELECT value FROM json_each(?)) OR contact_id IN (SELECT value FROM json_each(?))",
        JSON.stringify(addresses.map((address) => uuidV5(campaignId, address))),
        JSON.stringify(contactIds),
      )
      .toArray();
    for (const row of rows) {
      if (row.status === "pending" || row.status === "queued")
        recipients.change(row, { status: "skipped", due_at: null, error_code: "erased" });
      sql.exec(
        `UPDATE recipients SET id = ?, address = '', contact_id = NULL, variables = NULL, conversation_id = NULL,
           message_id = NULL, external_id = NULL, error_message = NULL WHERE n = ?`,
        uuidV7(clock.now()),
        row.n,
      );
    }
    imports.forget(namesOneOf(addresses, contactIds));
    return rows.length;
  });
}

function namesOneOf(addresses: readonly string[], contactIds: readonly string[]): (value: string) => boolean {
  const digitsOf = (text: string): string => text.replaceAll(/\D/g, "");
  const ends = addresses.filter((one) => one.startsWith("+")).map((one) => digitsOf(one).slice(-TELLING_DIGITS));
  const others = [...addresses.filter((one) => !one.startsWith("+")), ...contactIds];
  return (value) => {
    const [digits, lower] = [digitsOf(value), value.toLowerCase()];
    return ends.some((end) => digits.includes(end)) || others.some((other) => lower.includes(other));
  };
}
