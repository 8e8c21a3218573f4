import type { ChannelFailure, ChannelUpdate, InboundMessage, NamedAccounts, Signer } from "../channel";
import { defined, isRecord } from "../json";
import { type MailAddress, splitToken } from "./address";
import { comparableSubject } from "./headers";
import type { Mail, MailDelivery, MailStatus } from "./mail";

/** Deliveries as the reader (read.ts) has normalised them. Pure. */

const isDelivery = (payload: unknown): payload is MailDelivery =>
  isRecord(payload) &&
  Array.isArray(payload.accounts) &&
  Array.isArray(payload.mails) &&
  Array.isArray(payload.statuses);

export function parse(payload: unknown): ChannelUpdate[] {
  if (!isDelivery(payload)) return [{ kind: "unknown", reason: "no_delivery", raw: payload }];
  const { accounts, token, mails, statuses, unknown } = payload;
  return [
    ...accounts.flatMap((account) => [
      ...mails.flatMap((mail) => [...mailUpdates(account, accounts, mail, token)]),
      ...statuses.map((status) => statusUpdate(account, status)),
    ]),
    ...(unknown
      ? [{ kind: "unknown" as const, ...(accounts[0] !== undefined && { account: accounts[0] }), ...unknown }]
      : []),
  ];
}

/** The account that the address of the webhook or of the mail names. */
export const signerOf = (payload: unknown): Signer | undefined =>
  isDelivery(payload) && payload.accounts[0] !== undefined ? { account: payload.accounts[0] } : undefined;

export const accountsOf = (payload: unknown): NamedAccounts => ({
  accounts: isDelivery(payload) ? payload.accounts : [],
  owners: [],
});

function mailUpdates(
  account: string,
  accounts: readonly string[],
  mail: Mail,
  token: string | undefined,
): ChannelUpdate[] {
  const { bounce, from } = mail;
  const isOurs = (address: string): boolean => accounts.includes(address);
  const others = unique([...mail.to, ...mail.cc].map(({ address }) => address)).filter(
    (address) => !isOurs(splitToken(address).address) && address !== from?.address,
  );
  const answers = unique((mail.replyTo.length > 0 ? mail.replyTo : from ? [from] : []).map(({ address }) => address));
  const references = unique([...mail.references.toReversed(), mail.id]).slice(-20);
  const subject = comparableSubject(mail.subject);
  const message: ChannelUpdate = {
    kind: "message",
    account,
    from: from ? { address: from.address, ...(from.name !== undefined && { name: from.name }) } : {},
    message: messageOf(mail, account),
    thread: {
      ...(token !== undefined && { token }),
      fingerprint: mail.fingerprint,
      references: mail.references,
      root: mail.root,
      ...(subject !== undefined && { subject }),
      others,
      answer: {
        subject: mail.subject,
        to: answers,
        others: others.filter((address) => !answers.includes(address)),
        references,
      },
    },
  };
  if (!bounce) return [message];
  const { code, title, gone } = bounce;
  const failure: ChannelFailure = {
    code,
    title,
    ...(gone !== undefined && { suppresses: { address: gone, reason: "bounce" } }),
  };
  return [message, { kind: "status", account, to: {}, externalId: bounce.of, status: "failed", at: mail.at, failure }];
}

function messageOf(mail: Mail, account: string): InboundMessage {
  const { from, to, cc, replyTo, subject, text, quoted, isTruncated } = mail;
  return {
    externalId: mail.id,
    at: mail.at,
    type: "email",
    content: defined({
      subject,
      text,
      quoted: quoted === "" ? undefined : quoted,
      from: from ?? null,
      to,
      cc: nonEmpty(cc),
      reply_to: nonEmpty(replyTo),
      truncated: isTruncated || undefined,
      automated: mail.isAutomated || undefined,
    }),
    parts: mail.parts,
    // Mail from the account's own address is a loop.
    ...((mail.isAutomated || from?.address === account) && { isAutomated: true }),
  };
}

const nonEmpty = (addresses: readonly MailAddress[]): readonly MailAddress[] | undefined =>
  addresses.length === 0 ? undefined : addresses;

const unique = (addresses: readonly string[]): string[] => [...new Set(addresses)];

function statusUpdate(
  account: string,
  { externalId, reference, messageIds, status, at, failure, suppresses }: MailStatus,
): ChannelUpdate {
  return {
    kind: "status",
    account,
    to: {},
    externalId,
    ...(reference !== undefined && { messageId: reference }),
    ...(messageIds.length > 0 && { aliases: messageIds }),
    status,
    at,
    ...(failure && { failure }),
    ...(suppresses && { suppresses }),
  };
}
