import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { sqliteTable, text } from "drizzle-orm/sqlite-core";
import { expect, it } from "vitest";
import { Cost } from "../../src/kit/cost";
import { TenantDatabase } from "../../src/kit/database";
import { describeError } from "../../src/kit/log";

it("describes a failed query by the database's message, without what was bound", async () => {
  const missing = sqliteTable("no_such_table", { orgId: text("org_id").notNull(), email: text("email") });
  const db = new TenantDatabase(env.TENANT_DB_00, "some-org", new Cost(), "first-primary");
  const error: unknown = await db.first(missing, eq(missing.email, "ana@secret.test")).catch((cause: unknown) => cause);
  expect(describeError(error)).toContain("no such table: no_such_table");
  expect(describeError(error)).not.toContain("ana@secret.test");
});
