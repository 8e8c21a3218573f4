import { contactIdOf } from "../../domain/ids";
import type { Variables } from "../../domain/campaign";
import type { Ctx } from "../../domain/context";
import type { CampaignRow } from "./model";
import { campaignMessage, type CampaignMessage, type Rendered, rendererOf, type TemplateSource } from "./render";

interface Known {
  address: string;
  contactId: string | null;
  variables: Variables;
}

/** Returns the message that a campaign sends; undefined: it has nothing to send yet. */
export async function messageOf(ctx: Ctx, row: CampaignRow): Promise<CampaignMessage | undefined> {
  const [template] =
    row.template_id === null
      ? []
      : await ctx.db.query<TemplateSource>(
          "SELECT name, language, parameter_format, components, header_media_url FROM wa_templates WHERE org_id = ?1 AND id = ?2",
          row.template_id,
        );
  return campaignMessage(row.content, template);
}

/** The messages of these people, in their order; empty if the campaign has nothing to send yet. */
export async function renderedFor(ctx: Ctx, row: CampaignRow, people: readonly Known[]): Promise<Rendered[]> {
  const message = await messageOf(ctx, row);
  if (!message) return [];
  const idOf = ({ address, contactId }: Known): string => contactId ?? contactIdOf(ctx.orgId, row.channel, address);
  const [orgs, contacts] = await ctx.db.queryAll<[{ name: string }[], { id: string; name: string | null }[]]>([
    ctx.db.sql("SELECT name FROM orgs WHERE org_id = ?1"),
    ctx.db.sql(
      "SELECT k.id, k.name FROM contacts k WHERE +k.org_id = ?1 AND k.id IN (SELECT value FROM json_each(?2))",
      JSON.stringify(people.map(idOf)),
    ),
  ]);
  const names = new Map(contacts.map(({ id, name }) => [id, name]));
  const variables = JSON.parse(row.variables) as Variables;
  const render = await rendererOf(message, { variables, orgName: orgs[0]?.name ?? null });
  return people.map((person) =>
    render({
      address: person.address,
      variables: person.variables,
      name: names.get(idOf(person)) ?? null,
      unsubscribeUrl: null,
    }),
  );
}
