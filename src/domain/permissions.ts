/** All permissions, as `category.action`. A role is a set of them, and an operation names the one it needs. */
const CATALOGUE = {
  "conversations.view": "See conversations assigned to the caller, unassigned, or in the caller's divisions",
  "conversations.view_all": "See every conversation",
  "conversations.assign": "Assign and unassign conversations",
  "conversations.takeover": "Take a conversation over",
  "conversations.transfer": "Transfer conversations",
  "conversations.update": "Change status, tags and read state",
  "conversations.expire": "Run the expiry of stale conversations",
  "messages.send": "Send messages",
  "messages.search": "Search messages",
  "scheduled_messages.manage": "Schedule and cancel messages",
  "contacts.view": "See contacts",
  "contacts.update": "Create, change and merge contacts",
  "privacy.manage": "Export and erase everything that is known of a contact",
  "notes.view": "Read internal notes",
  "notes.manage": "Write internal notes, and change and delete the caller's own notes",
  "notes.moderate": "Change and delete colleagues' notes",
  "quick_replies.view": "Use quick replies",
  "quick_replies.manage": "Change quick replies",
  "media.upload": "Upload files",
  "csat.view": "See survey results",
  "csat.manage": "Send surveys",
  "agents.view": "See agents and roles",
  "agents.manage": "Create, change and delete agents and roles",
  "divisions.view": "See divisions",
  "divisions.manage": "Change divisions and their members",
  "sla.view": "See SLA policies and breaches",
  "sla.manage": "Change SLA policies",
  "analytics.view": "See analytics",
  "activity_logs.view": "See who did what",
  "integrations.view": "See connected channel accounts",
  "integrations.manage": "Connect and change channel accounts",
  "templates.view": "See message templates",
  "templates.manage": "Create and change message templates",
  "campaigns.view": "See campaigns",
  "campaigns.manage": "Create and send campaigns",
  "automation.view": "See automation rules and runs",
  "automation.manage": "Change automation rules",
  "ai_agents.view": "See AI agents",
  "settings.view": "See settings",
  "settings.manage": "Change settings and AI agents",
  "developer.access": "Use API keys and outgoing webhooks",
  "billing.view": "See the subscription and invoices",
  "billing.manage": "Change the subscription and payment methods",
} as const;

export type Permission = keyof typeof CATALOGUE;
export const PERMISSIONS = Object.keys(CATALOGUE) as Permission[];
export const permissionDescription = (code: Permission): string => CATALOGUE[code];
/** A role's permissions, from its row's JSON; codes that are not in the catalogue are dropped. */
export const parsePermissions = (json: string): Permission[] => (JSON.parse(json) as string[]).filter(isPermission);
export const isPermission = (code: string): code is Permission => Object.hasOwn(CATALOGUE, code);

const NOT_FOR_SUPERVISORS: readonly Permission[] = [
  "billing.view",
  "billing.manage",
  "integrations.manage",
  "agents.manage",
];

/** The roles every organization starts with; they cannot be renamed or deleted. */
export const SYSTEM_ROLES: Record<
  "admin" | "supervisor" | "agent",
  { description: string; permissions: readonly Permission[] }
> = {
  admin: { description: "All permissions", permissions: PERMISSIONS },
  supervisor: {
    description: "Everything except billing, channel accounts and agents",
    permissions: PERMISSIONS.filter((code) => !NOT_FOR_SUPERVISORS.includes(code)),
  },
  agent: {
    description: "Answers customers",
    permissions: [
      "conversations.view",
      "conversations.assign",
      "conversations.takeover",
      "conversations.transfer",
      "conversations.update",
      "messages.send",
      "messages.search",
      "scheduled_messages.manage",
      "contacts.view",
      "contacts.update",
      "notes.view",
      "notes.manage",
      "quick_replies.view",
      "media.upload",
      "csat.manage",
      "agents.view",
      "divisions.view",
      "integrations.view",
      "settings.view",
      "templates.view",
    ],
  },
};
