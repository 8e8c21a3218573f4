import type { LimitViolation, ParameterFormat, TemplateForm, TemplateRules } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Variables } from "../../domain/campaign";
import type { NewMessage } from "../../domain/message/state";
import { isVariable, replaceNames, type Values } from "../../domain/variables";
import { htmlMail, insertPreheader, line, type MailContent, plainMail, UNSUBSCRIBE } from "./mail";

/** The message of a campaign to one recipient. Pure, once the channel's rules are loaded. */

export type CampaignMessage = TemplateMessage | ({ kind: "email" } & MailContent);

export interface TemplateMessage {
  kind: "template";
  name: string;
  language: string;
  form: TemplateForm;
  /** The file of the header, where a recipient has none of its own. */
  headerUrl: string | null;
}

/** The columns of the rows of `campaigns` and `wa_templates` that say what is sent. */
export interface TemplateSource {
  name: string;
  language: string;
  parameter_format: ParameterFormat;
  /** JSON. */
  components: string;
  header_media_url: string | null;
}

/** `content`: the campaign's column, for a mail. Undefined: the campaign has neither. */
export function campaignMessage(
  content: string | null,
  template: TemplateSource | null | undefined,
): CampaignMessage | undefined {
  if (content !== null) return { kind: "email", ...(JSON.parse(content) as MailContent) };
  if (!template) return undefined;
  const { name, language, parameter_format: parameterFormat, components, header_media_url: headerUrl } = template;
  return {
    kind: "template",
    name,
    language,
    form: { parameterFormat, components: JSON.parse(components) as unknown[] },
    headerUrl,
  };
}

/** Values that all recipients share. */
export interface Shared {
  /** The campaign's variables, for recipients that have none of their own. */
  variables: Variables;
  orgName: string | null;
}

export interface Addressee {
  address: string;
  variables: Variables;
  /** The contact's name; null: not known. */
  name: string | null;
  /** For a mail: the link by which this recipient unsubscribes; null: there is none. */
  unsubscribeUrl: string | null;
}

export type Rendered =
  | { message: NewMessage }
  | { failure: { code: "missing_variable" | "message_not_allowed"; message: string; variables: readonly string[] } };

export type Renderer = (to: Addressee) => Rendered;

/** Makes the messages of a campaign. Reads the template once, so a call costs little. */
export async function rendererOf(campaign: CampaignMessage, shared: Shared): Promise<Renderer> {
  if (campaign.kind === "email") return (to) => renderMail(campaign, shared, to);
  const rules = await templateRules();
  const needed = rules.variables(campaign.form, campaign.headerUrl).filter(({ isRequired }) => isRequired);
  const names = needed.map(({ name }) => name);
  return (to) => renderTemplate(campaign, rules, names, shared, to);
}

const templateRules = (): Promise<TemplateRules> => adapterOf("whatsapp")!.templates!();

function renderTemplate(
  { form, name, language, headerUrl }: TemplateMessage,
  rules: TemplateRules,
  needed: readonly string[],
  shared: Shared,
  to: Addressee,
): Rendered {
  const missing = new Missing();
  const lookup = lookupOf(shared, to, "phone", missing);
  const valueOf = (key: string): string | undefined => parameter(lookup(key));
  for (const key of needed) if (valueOf(key) === undefined) missing.names.add(key);
  if (missing.names.size > 0) return missing.failure();
  const components = rules.componentsFrom(form, valueOf);
  const content = { name, language, ...(components.length > 0 && { components }) };
  const filled = rules.fillIn(form, content, headerUrl);
  if ("violations" in filled) return notAllowed(filled.violations);
  const violations = adapterOf("whatsapp")!.check({ type: "template", content: filled.content });
  if (violations.length > 0) return notAllowed(violations);
  return { message: { type: "template", content: filled.content, replyTo: null } };
}

/** The channel refuses line breaks, tabs and more than four spaces in a row. */
const parameter = (value: string | undefined): string | undefined =>
  value
    ?.replaceAll(/[\n\r\t\v\f\u0085\u2028\u2029]+/g, " ")
    .replaceAll(/ {5,}/g, "    ")
    .trim() || undefined;

function renderMail(mail: MailContent, shared: Shared, to: Addressee): Rendered {
  const missing = new Missing();
  const lookup = lookupOf(shared, to, "email", missing);
  const valueOf = (name: string, fallback: string | undefined): string => {
    if (name === UNSUBSCRIBE) return to.unsubscribeUrl ?? "";
    const value = lookup(name) ?? fallback;
    if (value === undefined) missing.names.add(name);
    return value ?? "";
  };
  const fill = (text: string): string => replaceNames(text, valueOf);
  const fillHtml = (html: string): string => replaceNames(html, (name, fallback) => escaped(valueOf(name, fallback)));
  const subject = line(fill(mail.subject));
  const preheader = line(fill(mail.preheader ?? ""));
  const html =
    mail.html === null ? null : insertPreheader(fillHtml(htmlMail(mail.html, to.unsubscribeUrl)), escaped(preheader));
  const text = mail.text === null ? null : fill(plainMail(mail.text, to.unsubscribeUrl));
  if (missing.names.size > 0) return missing.failure();
  if (subject === "") return notAllowed([{ field: "content.subject", message: "Must not be empty" }]);
  const content = {
    subject,
    ...(html !== null && { html }),
    ...(text !== null && { text }),
    ...(to.unsubscribeUrl !== null && { unsubscribe_url: to.unsubscribeUrl }),
  };
  const violations = adapterOf("email")!.check({ type: "email", content });
  return violations.length > 0 ? notAllowed(violations) : { message: { type: "email", content, replyTo: null } };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (each) => ENTITIES[each]!);

/** The variables that a recipient has no value for. */
class Missing {
  readonly names = new Set<string>();

  failure(): Rendered {
    const variables = [...this.names].slice(0, 20);
    const shown = variables.map((name) => `{{${name}}}`).join(", ");
    const isContact = variables.some(isVariable);
    return {
      failure: {
        code: "missing_variable",
        message: `There is no value for ${shown}${isContact ? "; a fallback helps, as in {{contact.name|there}}" : ""}`,
        variables,
      },
    };
  }
}

const notAllowed = (violations: readonly LimitViolation[]): Rendered => ({
  failure: {
    code: "message_not_allowed",
    message: violations
      .map(({ field, message }) => `${field}: ${message}`)
      .join("; ")
      .slice(0, 1000),
    variables: [],
  },
});

const ownOf = (variables: Variables, name: string): string | undefined =>
  Object.hasOwn(variables, name) ? variables[name] : undefined;

/**
 * The value of a name for a recipient: its own wins over the campaign's. A value may name what is known of the contact,
 * and the campaign's may name the recipient's own values. Filled-in text is never read for names again. An empty
 * value is none.
 */
function lookupOf(
  { variables, orgName }: Shared,
  to: Addressee,
  addressIs: "phone" | "email",
  missing: Missing,
): (name: string) => string | undefined {
  const known: Values = {
    "contact.name": to.name,
    "contact.phone": addressIs === "phone" ? to.address : null,
    "agent.name": null,
    "org.name": orgName,
  };
  /** `own`: null for a value that is the recipient's own. Undefined: a name in it has no value. */
  const fill = (text: string, own: Variables | null): string | undefined => {
    let isWhole = true;
    const filled = replaceNames(text, (name, fallback) => {
      if (own === null && !isVariable(name)) return undefined;
      const value = (isVariable(name) ? known[name] : ownOf(own!, name)) || fallback;
      if (value !== undefined) return value;
      missing.names.add(name);
      isWhole = false;
      return "";
    });
    return isWhole ? filled.toWellFormed() || undefined : undefined;
  };
  return (name) => {
    if (isVariable(name)) return known[name] || undefined;
    const own = ownOf(to.variables, name);
    if (own !== undefined && own !== "") return fill(own, null);
    const shared = ownOf(variables, name);
    return shared === undefined ? undefined : fill(shared, to.variables);
  };
}

/** A value that each recipient needs, for people who prepare a campaign. */
export interface CampaignVariable {
  name: string;
  /** Where it is: `header`, `body`, `button`, `limited_time_offer`, or `subject`, `preheader`, `html`, `text` of a mail. */
  component: string;
  card: number | null;
  button: number | null;
  kind: string;
  /** The text or address that has it. */
  text: string | null;
  sample: string | null;
  is_required: boolean;
}

/** The values that a campaign's message takes, in its order, without those of a mail that are known by themselves. */
export async function variablesOf(campaign: CampaignMessage): Promise<CampaignVariable[]> {
  if (campaign.kind === "email") return mailVariables(campaign);
  const rules = await templateRules();
  return rules
    .variables(campaign.form, campaign.headerUrl)
    .map(({ isRequired, ...variable }) => ({ ...variable, is_required: isRequired }));
}

function mailVariables(mail: MailContent): CampaignVariable[] {
  const found = (["subject", "preheader", "html", "text"] as const).flatMap((component) => {
    const names = new Map<string, boolean>();
    replaceNames(mail[component] ?? "", (name, fallback) => {
      if (!isVariable(name) && name !== UNSUBSCRIBE) names.set(name, (names.get(name) ?? false) || !fallback);
      return undefined;
    });
    return [...names].map(([name, isRequired]) => ({ name, component, isRequired }));
  });
  return found.map(({ name, component, isRequired }) => ({
    name,
    component,
    card: null,
    button: null,
    kind: "text",
    text: null,
    sample: null,
    is_required: isRequired,
  }));
}
