import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { CHANNELS } from "../../channels/channel";
import type { StoredReports } from "./reports";

export const integrationAccounts = sqliteTable("integration_accounts", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  channel: text("channel", { enum: CHANNELS }).notNull(),
  accountKey: text("account_key").notNull(),
  displayName: text("display_name").notNull(),
  isActive: integer("is_active", { mode: "boolean" }).notNull(),
  isDefault: integer("is_default", { mode: "boolean" }).notNull(),
  divisionId: text("division_id"),
  /** The secret fields are encrypted. */
  config: text("config", { mode: "json" }).$type<Record<string, string>>().notNull(),
  verifyToken: text("verify_token").notNull(),
  health: text("health", { enum: ["connected", "degraded", "needs_reauth", "disconnected"] }).notNull(),
  healthDetail: text("health_detail"),
  displayNumber: text("display_number"),
  qualityRating: text("quality_rating"),
  messagingLimit: text("messaging_limit"),
  verifiedName: text("verified_name"),
  restrictedUntil: integer("restricted_until"),
  reports: text("reports", { mode: "json" }).$type<StoredReports>().notNull(),
  renewAt: integer("renew_at"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});
export type AccountRow = typeof integrationAccounts.$inferSelect;
