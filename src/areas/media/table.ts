import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const uploads = sqliteTable("uploads", {
  id: text("id").primaryKey(),
  orgId: text("org_id").notNull(),
  r2Key: text("r2_key").notNull(),
  r2UploadId: text("r2_upload_id"),
  state: text("state", { enum: ["uploading", "stored"] }).notNull(),
  isPublic: integer("is_public", { mode: "boolean" }).notNull(),
  mimeType: text("mime_type").notNull(),
  fileName: text("file_name").notNull(),
  fileSize: integer("file_size"),
  sha256: text("sha256"),
  uploadedBy: text("uploaded_by"),
  createdAt: integer("created_at").notNull(),
});
