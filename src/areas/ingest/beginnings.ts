import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { type Decision, threadOf } from "../../domain/identity";
import { contactIdOf, conversationIdOf } from "../../domain/ids";
import type { Beginning } from "../../domain/object-apis";
import { nameOfAddress } from "../../kit/phone-number";
import type { Sender } from "../integrations/sender";
import { Aliases } from "./thread";

/** Somebody who is written to. */
export interface Addressee {
  /** E.164 with its plus, or an email address in lower case. */
  address: string;
  /** As whom the sender knows the person; the channel's profile replaces it. */
  name?: string | null;
  /** The key of the new thread, where threads are subjects. Repeating it repeats the conversation. */
  thread: string;
}

/**
 * The conversations of these people with an account, whether or not they have begun: the alias table says whose thread
 * a number has, as it does for a delivery (docs/adr/0003). One query for all whose number is still their own.
 */
export async function beginningsOf(
  ctx: Ctx,
  { id: accountId, channel, externalId, divisionId }: Pick<Sender, "id" | "channel" | "externalId" | "divisionId">,
  people: readonly Addressee[],
): Promise<Beginning[]> {
  const { orgId, org } = ctx;
  const aliases = new Aliases(ctx, { orgId, tenantDb: org.tenantDb }, channel);
  const isBySubject = adapterOf(channel)?.capabilities.threads === "subject";
  const at = ctx.now();
  await aliases.read([...new Set(people.map(({ address }) => nameOfAddress(address)))]);
  const beginnings: Beginning[] = [];
  for (const { address, name = null, thread } of people) {
    const number = nameOfAddress(address);
    const contactKey = isBySubject
      ? address
      : await aliases.decide([number], (rows) =>
          withoutOwn(threadOf(rows, { names: { number, ids: [] }, at }), number),
        );
    const threadKey = isBySubject ? thread : contactKey;
    beginnings.push({
      identity: {
        id: conversationIdOf(orgId, accountId, threadKey),
        orgId,
        tenantDb: org.tenantDb,
        channel,
        accountId,
        accountExternalId: externalId,
        contactId: contactIdOf(orgId, channel, contactKey),
        threadKey,
      },
      org,
      party: { address, ...(name !== null && { name }) },
      givenName: await aliases.givenName(contactKey),
      divisionId,
    });
  }
  return beginnings;
}

/**
 * That a number keys its own thread needs no row: without one it is found just so, and when the person answers, the
 * delivery adds what the channel says.
 */
const withoutOwn = (decision: Decision, number: string): Decision =>
  decision.threadKey === number ? { ...decision, add: [] } : decision;
