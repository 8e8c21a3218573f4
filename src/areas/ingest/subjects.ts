import type { ChannelUpdate, ThreadReference } from "../../channels/channel";
import { tenantD1 } from "../../config";
import { conversationIdOf } from "../../domain/ids";
import { conversationOfToken, ownMessage } from "../../domain/thread-token";
import { DAY } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { TenantDatabase } from "../../kit/database";
import { inTime } from "../../kit/in-time";
import { logError } from "../../kit/log";
import type { Route } from "../integrations/routes";
import { BUSY_AFTER_MS, type Group } from "./groups";
import { keepNames, type MailName } from "./effect";
import { referenceOf } from "./thread";

/** The conversations of updates on a channel whose threads are subjects (docs/adr/0022). */

/** How long a subject names the thread in which its sender last used it. */
const SUBJECT_MS = 7 * DAY;
/** The nearest messages and the first name the thread, where a chain is longer. */
const MAX_REFERENCES = 20;
const MAX_OTHERS = 4;
/** The names of one query. */
const MAX_NAMES = 1000;

type Mail = Extract<ChannelUpdate, { kind: "message" }> & { thread: ThreadReference };
const isMail = (update: ChannelUpdate): update is Mail => update.kind === "message" && update.thread !== undefined;

type Status = Extract<ChannelUpdate, { kind: "status" }>;
const isStatus = (update: ChannelUpdate): update is Status => update.kind === "status";

/** Groups updates by conversation, in their order. `left`: those whose thread could not be found out now. */
export async function groupBySubject(
  ctx: PublicCtx,
  route: Route,
  updates: readonly ChannelUpdate[],
): Promise<{ groups: Group[]; left: ChannelUpdate[] }> {
  const db = new TenantDatabase(tenantD1(ctx.env, route.tenantDb), route.orgId, ctx.cost, "first-primary");
  const groups = new Map<string, Group>();
  const left: ChannelUpdate[] = [];
  const inGoodTime = <T>(work: Promise<T>): Promise<T> =>
    inTime(work, BUSY_AFTER_MS, new Error("a thread was not found in time"));
  const receipts = inGoodTime(locateReceipts(ctx, db, route, updates.filter(isStatus)));
  // The loop meets its failure.
  receipts.catch(() => undefined);
  for (const received of updates) {
    try {
      const found = isMail(received)
        ? await inGoodTime(locateMail(ctx, db, route, received))
        : isStatus(received) && (await receipts).get(received);
      if (!found) continue;
      const { update, conversationId } = found;
      const threadKey = isMail(received) ? received.thread.root : "";
      const group = groups.get(conversationId) ?? {
        threadKey,
        ...(isMail(received) && { contactKey: received.from.address ?? threadKey }),
        conversationId,
        updates: [],
        received: [],
        isLocated: true,
      };
      group.updates.push(update);
      group.received.push(received);
      groups.set(conversationId, group);
    } catch (error) {
      logError("thread_unknown", error, { update: received.kind });
      left.push(received);
    }
  }
  return { groups: [...groups.values()], left };
}

interface Found {
  update: ChannelUpdate;
  conversationId: string;
}

const KNOWN = "SELECT conversation_id FROM mail_names WHERE org_id = ?1 AND account_id = ?2 AND name =";

/**
 * The conversation of a mail: the one that its own id has (a mail that answers it came first, or it is delivered
 * again), else that of our token, else that of the nearest message that it continues, else the one in which its sender
 * has used its subject in the last days, else a new one. In one transaction, so that concurrent mails of a thread agree;
 * the messages that it continues get the same conversation, so that they may arrive later.
 */
async function locateMail(ctx: PublicCtx, db: TenantDatabase, route: Route, update: Mail): Promise<Found> {
  const { thread, message, from } = update;
  const { accountId, orgId } = route;
  const named =
    (thread.token && conversationOfToken(ctx.config, accountId, thread.token)) ||
    thread.references.map((reference) => ownMessage(ctx.config, accountId, reference)?.conversationId).find(Boolean);
  const references = nearest(thread);
  // An answer that names unknown messages may be of anybody in the thread, a new mail only of its sender. All of them
  // are looked up and kept, so that of two mails whichever comes later finds the other.
  const isAnswer = thread.references.length > 0;
  const people = [from.address ?? "", ...(isAnswer ? thread.others.slice(0, MAX_OTHERS) : [])];
  const subjects = thread.subject === undefined ? [] : people.map((person) => subjectName(person, thread.subject!));
  const own = message.externalId;
  const isSame =
    "NOT EXISTS (SELECT 1 FROM mail_names WHERE org_id = ?1 AND account_id = ?2 AND name = ?4 AND fingerprint <> ?5)";
  const [, , , found] = await db.batch([
    db.sql(
      `INSERT OR IGNORE INTO mail_names (org_id, account_id, name, conversation_id, at, fingerprint)
       SELECT ?1, ?2, n.value, f.id, ?3, iif(n.value = ?4, ?5, NULL) FROM (SELECT coalesce(
         (${KNOWN} ?4),
         ?6,
         (SELECT m.conversation_id FROM json_each(?7) r CROSS JOIN mail_names m ON m.org_id = ?1 AND m.account_id = ?2 AND m.name = r.value ORDER BY r.key LIMIT 1),
         (SELECT m.conversation_id FROM json_each(?8) s CROSS JOIN mail_names m ON m.org_id = ?1 AND m.account_id = ?2 AND m.name = s.value WHERE abs(m.at - ?3) <= ${SUBJECT_MS} ORDER BY s.key LIMIT 1),
         ?9) AS id) f CROSS JOIN json_each(?10) n WHERE ${isSame}`,
      accountId,
      message.at,
      own,
      thread.fingerprint,
      named ?? null,
      JSON.stringify(references),
      JSON.stringify(subjects),
      conversationIdOf(orgId, accountId, thread.root),
      JSON.stringify([own, ...references.filter((reference) => !ownMessage(ctx.config, accountId, reference))]),
    ),
    // An answer has named it before.
    db.sql(
      "UPDATE mail_names SET fingerprint = ?4 WHERE org_id = ?1 AND account_id = ?2 AND name = ?3 AND fingerprint IS NULL",
      accountId,
      own,
      thread.fingerprint,
    ),
    db.sql(
      `INSERT INTO mail_names (org_id, account_id, name, conversation_id, at)
       SELECT ?1, ?2, s.value, (${KNOWN} ?4), ?3 FROM json_each(?6) s WHERE ${isSame}
       ON CONFLICT DO UPDATE SET conversation_id = excluded.conversation_id, at = excluded.at WHERE excluded.at > at`,
      accountId,
      message.at,
      own,
      thread.fingerprint,
      JSON.stringify(subjects),
    ),
    db.sql(
      "SELECT conversation_id, fingerprint FROM mail_names WHERE org_id = ?1 AND account_id = ?2 AND name = ?3",
      accountId,
      own,
    ),
  ]);
  const row = found!.results[0] as { conversation_id: string; fingerprint: string };
  if (row.fingerprint === thread.fingerprint) return { update, conversationId: row.conversation_id };
  // Another mail has this id: some programs give many one. A name with its fingerprint is its own.
  const externalId = `${own}#${thread.fingerprint}`;
  const root = thread.root === own ? externalId : thread.root;
  return locateMail(ctx, db, route, { ...update, message: { ...message, externalId }, thread: { ...thread, root } });
}

function nearest({ references, root }: ThreadReference): string[] {
  const near = references.slice(0, MAX_REFERENCES);
  return references.length > MAX_REFERENCES ? [...near, root] : near;
}

/** No id of a message has a line break. */
const subjectName = (address: string, subject: string): string => `${address}\n${subject}`;

/**
 * The conversations of receipts, without those of messages that are not ours: a provider may report thousands of these.
 * The ids that receipts give our messages are kept before the delivery is answered, so that no answer comes too early.
 */
async function locateReceipts(
  ctx: PublicCtx,
  db: TenantDatabase,
  { accountId }: Route,
  updates: readonly Status[],
): Promise<Map<Status, Found>> {
  const namesOf = ({ externalId, aliases = [] }: Status): string[] => [externalId, ...aliases];
  const ours = new Map<Status, { conversationId: string; messageId: string } | undefined>(
    updates.map((update) => [
      update,
      referenceOf(update) ??
        namesOf(update)
          .map((name) => ownMessage(ctx.config, accountId, name))
          .find(Boolean),
    ]),
  );
  const asked = updates.filter((update) => !ours.get(update)).flatMap(namesOf);
  const named = await messagesNamed(db, accountId, [...new Set(asked)]);
  const located = new Map<Status, Found>();
  const names: MailName[] = [];
  for (const update of updates) {
    const own =
      ours.get(update) ??
      namesOf(update)
        .map((name) => named.get(name))
        .find(Boolean);
    if (!own) continue;
    const { conversationId, messageId } = own;
    located.set(update, { update: { ...update, messageId }, conversationId });
    const row = { account_id: accountId, conversation_id: conversationId, message_id: messageId, at: update.at };
    names.push(...(update.aliases ?? []).filter((name) => !named.has(name)).map((name) => ({ ...row, name })));
  }
  for (let at = 0; at < names.length; at += MAX_NAMES) await keepNames(db, names.slice(at, at + MAX_NAMES)).run();
  return located;
}

/** Our messages among these, by the ids that their provider gave them. */
async function messagesNamed(
  db: TenantDatabase,
  accountId: string,
  names: readonly string[],
): Promise<Map<string, { conversationId: string; messageId: string }>> {
  const found = new Map<string, { conversationId: string; messageId: string }>();
  for (let at = 0; at < names.length; at += MAX_NAMES) {
    const rows = await db.query<{ name: string; conversationId: string; messageId: string }>(
      `SELECT m.name, m.conversation_id AS conversationId, m.message_id AS messageId FROM json_each(?3) n
       CROSS JOIN mail_names m ON m.org_id = ?1 AND m.account_id = ?2 AND m.name = n.value WHERE m.message_id IS NOT NULL`,
      accountId,
      JSON.stringify(names.slice(at, at + MAX_NAMES)),
    );
    for (const { name, ...message } of rows) found.set(name, message);
  }
  return found;
}
