import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { clock, HOUR } from "../../src/kit/clock";
import { call, conversationWith, customerWrites, eventually, organization, phone } from "../harness";
import { everyMinute } from "../minute";
import { expectProblem } from "../problem";
import { division } from "../tenant";

vi.setConfig({ testTimeout: 30_000 });

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const PATH = "/api/working-hours/holidays";

it("closes the shop for a date, or opens it at other hours, and says so at its door", async () => {
  const org = await organization();
  const slug = (await org.call("GET", "/api/auth/me")).body.organization.slug as string;
  const status = async (at: string) => {
    clock.now = () => Date.parse(at);
    return (await call("GET", `/api/public/${slug}/working-hours/status`)).body;
  };
  const made = await org.call("POST", PATH, { date: "2027-12-25", name: "Christmas" });
  expect([made.status, made.body]).toMatchObject([201, { date: "2027-12-25", hours: [], division_id: null }]);
  const hours = [{ start_time: "09:00", end_time: "12:00" }];
  expect((await org.call("POST", PATH, { date: "2027-12-24", name: "Eve", hours })).body.hours).toEqual(hours);
  // Without weekly hours the shop is always open on other days.
  expect(await status("2027-12-23T10:00:00Z")).toEqual({ is_open: true, next_change_at: "2027-12-24T00:00:00.000Z" });
  expect(await status("2027-12-24T10:00:00Z")).toEqual({ is_open: true, next_change_at: "2027-12-24T12:00:00.000Z" });
  expect(await status("2027-12-25T10:00:00Z")).toEqual({ is_open: false, next_change_at: "2027-12-26T00:00:00.000Z" });
  clock.now = realNow;
  expectProblem(await org.call("POST", PATH, { date: "2027-12-25", name: "Again" }), 409, "holiday_taken");
  const changed = await org.call("PATCH", `${PATH}/${made.body.id}`, { date: "2027-12-26", hours });
  expect(changed.body).toMatchObject({ date: "2027-12-26", name: "Christmas", hours });
  expectProblem(await org.call("PATCH", `${PATH}/${made.body.id}`, { date: "2027-12-24" }), 409, "holiday_taken");
  expect((await org.call("GET", PATH)).body.map((one: any) => one.date)).toEqual(["2027-12-24", "2027-12-26"]);
  expect((await org.call("GET", `${PATH}?from=2027-12-25`)).body).toEqual([changed.body]);
  expect((await org.call("DELETE", `${PATH}/${made.body.id}`)).body).toMatchObject({ holiday_id: made.body.id });
  expectProblem(await org.call("DELETE", `${PATH}/${made.body.id}`), 404, "holiday_not_found");
  const log = await org.call("GET", "/api/activity-logs?action=working_hours.update");
  expect(log.body.data.map((entry: any) => entry.changes.holiday)[1]).toEqual([
    "2027-12-25 Christmas, closed",
    "2027-12-26 Christmas, 09:00–12:00",
  ]);
});

it("refuses what is no day", async () => {
  const org = await organization();
  for (const body of [
    { date: "2027-02-30", name: "No" },
    { date: "2027-02-01", name: "" },
    { date: "2027-02-01", name: "No", hours: [{ start_time: "12:00", end_time: "09:00" }] },
    { date: "2027-02-01", name: "No", hours: [{ start_time: "09:00", end_time: "25:00" }] },
    { date: "2027-02-01", name: "No", division_id: org.agentId },
  ])
    expect((await org.call("POST", PATH, body)).status, JSON.stringify(body)).toBe(422);
  expect((await org.call("GET", PATH)).body).toEqual([]);
});

it("stops the clocks of an SLA, of each division by its own days", async () => {
  const org = await organization();
  const [closed, open] = [await division(org, "Closed"), await division(org, "Open")];
  const policy = { name: "One hour", first_response_time_secs: 3600, resolution_time_secs: 36_000, is_default: true };
  expect((await org.call("POST", "/api/sla/policies", policy)).status).toBe(201);
  const today = new Date(clock.now() - 14 * HOUR).toISOString().slice(0, 10);
  const days = Array.from({ length: 4 }, (_, i) =>
    new Date(Date.parse(today) + i * 24 * HOUR).toISOString().slice(0, 10),
  );
  for (const date of days) {
    expect((await org.call("POST", PATH, { date, name: "Week off" })).status).toBe(201);
    const hours = [{ start_time: "00:00", end_time: "24:00" }];
    expect((await org.call("POST", PATH, { date, name: "We work", hours, division_id: open })).status).toBe(201);
  }
  const statusOf = async (divisionId: string): Promise<string> => {
    const account = await org.connect();
    await org.call("PATCH", `/api/integrations/accounts/${account.id}`, { division_id: divisionId });
    const from = phone();
    const began = clock.now();
    await customerWrites(account.phoneNumberId, from);
    const { id } = await conversationWith(org, from);
    clock.now = () => began + 2 * HOUR;
    await everyMinute(publicContext(env, () => {}));
    const sla = await eventually(async () => {
      const { body } = await org.call("GET", `/api/conversations/${id}`);
      expect(body.sla_status).not.toBe("not_applicable");
      return body.sla_status as string;
    });
    clock.now = realNow;
    return sla;
  };
  expect(await statusOf(open)).toBe("breached");
  expect(await statusOf(closed)).toBe("active");
});

it("goes with its division", async () => {
  const org = await organization();
  const id = await division(org, "Leaves");
  await org.call("POST", PATH, { date: "2027-12-25", name: "Ours", division_id: id });
  expect((await org.call("GET", `${PATH}?division_id=${id}`)).body).toHaveLength(1);
  await org.call("DELETE", `/api/divisions/${id}`);
  expect((await org.call("GET", PATH)).body).toEqual([]);
});
