import { isRecord, textOf } from "../../json";
import { foldAddress, headerAddress } from "../address";
import type { MailStatus, ParsedAttachment, ParsedMail } from "../mail";
import { parseMime } from "../mime";

/** Postmark: inbound mails and events are JSON. It does not sign, so the address has a secret. */

export const isPostmarkMail = (payload: Record<string, unknown>): boolean =>
  isRecord(payload.FromFull) || (Array.isArray(payload.Headers) && textOf(payload.MessageID) !== undefined);

export async function readPostmark(
  payload: Record<string, unknown>,
): Promise<{ recipients: string[]; mail: ParsedMail }> {
  const recipient = textOf(payload.OriginalRecipient);
  const recipients = recipient === undefined ? people(payload.ToFull).map(({ address }) => address) : [recipient];
  const raw = textOf(payload.RawEmail);
  if (raw !== undefined) return { recipients, mail: await parseMime(Buffer.from(raw)) };
  const listed = recordsIn(payload.Headers).flatMap(({ Name: name, Value: value }) => {
    const key = textOf(name)?.toLowerCase();
    return key === undefined ? [] : [[key, textOf(value) ?? ""] as const];
  });
  const given = (
    [
      ["from", people([payload.FromFull]).map(headerAddress).join(", ")],
      ["to", people(payload.ToFull).map(headerAddress).join(", ")],
      ["cc", people(payload.CcFull).map(headerAddress).join(", ")],
      ["reply-to", textOf(payload.ReplyTo)],
      ["subject", textOf(payload.Subject)],
      ["date", textOf(payload.Date)],
    ] as const
  ).flatMap(([name, value]) =>
    value === undefined || value === "" || listed.some(([key]) => key === name) ? [] : [[name, value] as const],
  );
  const mail: ParsedMail = {
    headers: [...listed, ...given],
    text: textOf(payload.TextBody),
    html: textOf(payload.HtmlBody),
    attachments: recordsIn(payload.Attachments).map(attachmentOf),
  };
  return { recipients, mail };
}

const recordsIn = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);

function people(value: unknown): { address: string; name?: string }[] {
  return recordsIn(value).flatMap(({ Email: email, Name: name }) => {
    const address = textOf(email);
    const shown = textOf(name);
    return address === undefined ? [] : [{ address, ...(shown !== undefined && { name: shown }) }];
  });
}

function attachmentOf({ Name, ContentType, ContentID, Content }: Record<string, unknown>): ParsedAttachment {
  const contentId = textOf(ContentID);
  return {
    fileName: textOf(Name),
    mimeType: (textOf(ContentType) ?? "application/octet-stream").split(";")[0]!.trim().toLowerCase(),
    ...(contentId !== undefined && { contentId }),
    isInline: contentId !== undefined,
    content: Buffer.from(textOf(Content) ?? "", "base64"),
  };
}

/** Bounces that are no end of the mail: it is delivered later, or was delivered. */
const NO_FAILURES = new Set([
  "Transient",
  "AutoResponder",
  "AddressChange",
  "Subscribe",
  "Unsubscribe",
  "OpenRelayTest",
  "ChallengeVerification",
]);

/** The mailbox does not exist. */
const GONE = new Set(["HardBounce", "BadEmailAddress"]);

/** `undefined`: it is no event of Postmark; empty: one that changes no status. */
export function postmarkEvents(payload: Record<string, unknown>): MailStatus[] | undefined {
  const kind = textOf(payload.RecordType);
  const id = textOf(payload.MessageID);
  if (kind === undefined || id === undefined) return undefined;
  const reference = isRecord(payload.Metadata) ? textOf(payload.Metadata.message) : undefined;
  const common = { externalId: id, messageIds: [], ...(reference !== undefined && { reference }) };
  if (kind === "Delivery") return [{ ...common, status: "delivered", at: timeOf(payload.DeliveredAt) }];
  if (kind === "Open") return [{ ...common, status: "read", at: timeOf(payload.ReceivedAt) }];
  const address = foldAddress(textOf(payload.Email) ?? "");
  // Only what has arrived is complained about.
  if (kind === "SpamComplaint")
    return [
      {
        ...common,
        status: "delivered",
        at: timeOf(payload.BouncedAt),
        suppresses: { address, reason: "complaint" },
      },
    ];
  const type = textOf(payload.Type) ?? "bounced";
  if (kind !== "Bounce" || NO_FAILURES.has(type)) return [];
  const words = textOf(payload.Description) ?? textOf(payload.Details) ?? "It could not be delivered";
  const detail = textOf(payload.Details);
  return [
    {
      ...common,
      status: "failed",
      at: timeOf(payload.BouncedAt),
      failure: {
        code: type,
        title: `${textOf(payload.Email) ?? ""}: ${words}`.slice(0, 500),
        ...(detail !== undefined && { detail: detail.slice(0, 1000) }),
        ...(GONE.has(type) && { suppresses: { address, reason: "bounce" as const } }),
      },
    },
  ];
}

const timeOf = (value: unknown): number => Date.parse(textOf(value) ?? "");
