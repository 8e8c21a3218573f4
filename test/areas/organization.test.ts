import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { organization } from "../harness";
import { expectProblem } from "../problem";

it("is renamed everywhere by who manages settings, and keeps its slug", async () => {
  const org = await organization();
  const before = (await org.call("GET", "/api/settings/organization")).body;
  const answer = await org.call("PATCH", "/api/settings/organization", { name: "  Toko Baru  " });
  expect([answer.status, answer.body]).toEqual([200, { ...before, name: "Toko Baru" }]);
  expect((await org.call("GET", "/api/auth/me")).body.organization).toMatchObject({
    name: "Toko Baru",
    slug: before.slug,
  });
  const row = await env.CONTROL_DB.prepare("SELECT name FROM organizations WHERE id = ?").bind(org.id).first();
  expect(row).toEqual({ name: "Toko Baru" });
  const { body: log } = await org.call("GET", "/api/activity-logs");
  expect(log.data[0]).toMatchObject({ action: "organization.update", changes: { name: [before.name, "Toko Baru"] } });
  const agent = await org.agent();
  expectProblem(await agent.call("PATCH", "/api/settings/organization", { name: "Mine" }), 403);
  expect((await org.call("PATCH", "/api/settings/organization", { name: " " })).status).toBe(422);
});
