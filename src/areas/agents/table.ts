import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const agents = sqliteTable("agents", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  email: text("email").notNull(),
  fullName: text("full_name").notNull(),
  roleId: text("role_id").notNull(),
  status: text("status", { enum: ["active", "suspended", "deleted"] }).notNull(),
  isOnlineByHand: integer("is_online_by_hand", { mode: "boolean" }).notNull(),
  isConnected: integer("is_connected", { mode: "boolean" }).notNull(),
  capacity: integer("capacity"),
  createdAt: integer("created_at").notNull(),
  updatedAt: integer("updated_at").notNull(),
});
