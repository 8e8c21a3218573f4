import { describe, expect, it } from "vitest";
import { organization } from "../harness";

const codes = (body: any[]): string[] => body.map((permission) => permission.code);

describe("roles", () => {
  it("come with the organization, and cannot be deleted or renamed", async () => {
    const org = await organization();
    const { body } = await org.call("GET", "/api/roles");
    expect(body.map((role: any) => [role.name, role.is_system])).toEqual([
      ["admin", true],
      ["agent", true],
      ["supervisor", true],
    ]);
    const all = codes((await org.call("GET", "/api/permissions")).body);
    expect(all).toEqual(all.toSorted());
    expect(all.length).toBeGreaterThanOrEqual(38);
    expect(body[0].permissions.toSorted()).toEqual(all);
    for (const role of body) {
      expect((await org.call("DELETE", `/api/roles/${role.id}`)).body.code).toBe("role_is_system");
      expect((await org.call("PATCH", `/api/roles/${role.id}`, { name: "boss" })).body.code).toBe("role_is_system");
    }
    expect((await org.call("PATCH", `/api/roles/${body[0].id}`, { permissions: [] })).body.code).toBe("role_is_system");
  });

  it("are made, changed and deleted, and take effect on the next request", async () => {
    const org = await organization();
    const made = await org.call("POST", "/api/roles", {
      name: " Night Shift ",
      permissions: ["contacts.view", "contacts.view"],
      description: "At night",
    });
    expect(made).toMatchObject({
      status: 201,
      body: { name: "night shift", is_system: false, permissions: ["contacts.view"] },
    });
    const agent = await org.agent("night shift");
    expect((await agent.call("GET", "/api/contacts")).status).toBe(200);
    expect((await agent.call("GET", "/api/agents")).status).toBe(403);
    await org.call("PATCH", `/api/roles/${made.body.id}`, { permissions: ["agents.view"] });
    expect((await agent.call("GET", "/api/contacts")).status).toBe(403);
    expect((await agent.call("GET", "/api/agents")).status).toBe(200);
    expect((await org.call("DELETE", `/api/roles/${made.body.id}`)).body.code).toBe("role_in_use");
    await org.call("DELETE", `/api/agents/${agent.agentId}`);
    expect((await org.call("DELETE", `/api/roles/${made.body.id}`)).body).toEqual({
      message: "role deleted",
      role_id: made.body.id,
    });
    expect((await org.call("GET", `/api/roles/${made.body.id}`)).status).toBe(404);
  });

  it("let an agent see where to transfer, and what accounts and hours are called, and change none of it", async () => {
    const org = await organization();
    const { id } = await org.connect();
    await org.call("POST", "/api/divisions", { name: "Sales" });
    const agent = await org.agent();
    expect((await agent.call("GET", "/api/divisions")).body).toMatchObject([{ name: "Sales" }]);
    const { verify_token: token } = (await org.call("GET", `/api/integrations/accounts/${id}`)).body;
    const [account] = (await agent.call("GET", "/api/integrations/accounts")).body;
    expect(account).toMatchObject({ display_name: "Shop", verify_token: expect.stringContaining("••••") });
    expect(JSON.stringify(account)).not.toContain(token);
    expect((await agent.call("GET", "/api/working-hours")).status).toBe(200);
    for (const [method, path] of [
      ["POST", "/api/divisions"],
      ["PATCH", `/api/integrations/accounts/${id}`],
      ["PUT", "/api/working-hours"],
    ] as const)
      expect((await agent.call(method, path, {})).body.code).toBe("forbidden");
  });

  it("have names of their own and known permissions", async () => {
    const org = await organization();
    for (const name of ["admin", "Supervisor", "AGENT"])
      expect((await org.call("POST", "/api/roles", { name, permissions: [] })).body.code).toBe("role_name_taken");
    const unknown = await org.call("POST", "/api/roles", { name: "x", permissions: ["world.rule"] });
    expect(unknown).toMatchObject({
      status: 422,
      body: { errors: [{ field: "permissions.0", message: "the permission does not exist" }] },
    });
  });

  it("cannot be used to rise above oneself", async () => {
    const org = await organization();
    await org.call("POST", "/api/roles", { name: "hr", permissions: ["agents.view", "agents.manage"] });
    const hr = await org.agent("hr");
    expect((await hr.call("POST", "/api/roles", { name: "god", permissions: ["billing.manage"] })).body.code).toBe(
      "role_beyond_caller",
    );
    expect((await hr.call("PATCH", `/api/agents/${hr.agentId}`, { role: "admin" })).status).toBe(403);
    const other = { email: "x@example.test", password: "secret-1", full_name: "X", role: "admin" };
    expect((await hr.call("POST", "/api/agents", other)).body.code).toBe("role_beyond_caller");
    const own = (await hr.call("GET", "/api/roles")).body.find((role: any) => role.name === "hr");
    expect(
      (
        await hr.call("PATCH", `/api/roles/${own.id}`, {
          permissions: ["agents.view", "agents.manage", "settings.manage"],
        })
      ).body.code,
    ).toBe("role_beyond_caller");
  });

  it("cannot be taken from those who have more than oneself", async () => {
    const org = await organization();
    await org.call("POST", "/api/roles", { name: "hr", permissions: ["agents.view", "agents.manage"] });
    const { body: lead } = await org.call("POST", "/api/roles", {
      name: "lead",
      permissions: ["agents.view", "settings.manage"],
    });
    const { body: below } = await org.call("POST", "/api/roles", { name: "below", permissions: ["agents.view"] });
    const hr = await org.agent("hr");
    const roles: any[] = (await hr.call("GET", "/api/roles")).body;
    const supervisor = roles.find((role) => role.name === "supervisor");
    for (const { id } of [lead, supervisor])
      for (const body of [{ permissions: [] }, { description: "Nothing" }])
        expect((await hr.call("PATCH", `/api/roles/${id}`, body)).body.code).toBe("role_beyond_caller");
    expect((await hr.call("DELETE", `/api/roles/${lead.id}`)).body.code).toBe("role_beyond_caller");
    expect((await hr.call("GET", "/api/roles")).body).toEqual(roles);
    expect((await hr.call("PATCH", `/api/roles/${below.id}`, { permissions: [] })).status).toBe(200);
    expect((await hr.call("DELETE", `/api/roles/${below.id}`)).status).toBe(200);
    const { body: log } = await org.call("GET", `/api/activity-logs?entity_type=role&entity_id=${below.id}`);
    expect(log.data[0]).toMatchObject({
      action: "role.delete",
      changes: { name: ["below", null], permissions: [[], null] },
    });
  });
});
