import { beforeAll, describe, expect, it } from "vitest";
import { type Org, organization } from "../harness";
import { expectProblem } from "../problem";

let org: Org;
beforeAll(async () => {
  org = await organization();
});

describe("the timezone", () => {
  it("is UTC until it is set, and says in the log what it was", async () => {
    expect((await org.call("GET", "/api/settings/timezone")).body).toEqual({ timezone: "UTC" });
    expect((await org.call("PUT", "/api/settings/timezone", { timezone: "Asia/Jakarta" })).body).toEqual({ timezone: "Asia/Jakarta" });
    expect((await org.call("PUT", "/api/settings/timezone", { timezone: "Asia/Jakarta" })).status).toBe(200);
    expect((await org.call("GET", "/api/settings/timezone")).body).toEqual({ timezone: "Asia/Jakarta" });
    const { body } = await org.call("GET", "/api/activity-logs?action=organization.update");
    expect(body.data.map((entry: any) => entry.changes)).toEqual([{ timezone: ["UTC", "Asia/Jakarta"] }]);
    expect((await (await organization()).call("GET", "/api/settings/timezone")).body).toEqual({ timezone: "UTC" });
  });

  it.each(["", "Mars/Olympus", "+07:00", "GMT+7", "Asia/Jakarta ", "../etc"])("refuses %j", async (timezone) => {
    expectProblem(await org.call("PUT", "/api/settings/timezone", { timezone }), 422, "invalid_request");
  });
});
