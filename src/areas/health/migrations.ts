/** The migrations that this code needs; `npm run check` compares them with the files. */
export const MIGRATIONS: Readonly<Record<"control" | "tenant", readonly string[]>> = {
  control: ["0001_organizations.sql", "0002_deliveries.sql", "0003_sweeps.sql"],
  tenant: [
    "0001_organization.sql",
    "0002_accounts.sql",
    "0003_contacts.sql",
    "0004_conversations.sql",
    "0005_search.sql",
    "0006_time.sql",
    "0007_messages.sql",
    "0008_surveys.sql",
    "0009_analytics.sql",
    "0010_outbox.sql",
    "0011_wa_templates.sql",
    "0012_webhooks.sql",
    "0013_campaigns.sql",
    "0014_workspace.sql",
  ],
};
