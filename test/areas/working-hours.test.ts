import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { clock } from "../../src/kit/clock";
import { call, type Org, organization } from "../harness";
import { expectProblem } from "../problem";
import { division } from "../tenant";

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

let org: Org;
beforeAll(async () => {
  org = await organization();
});

describe("the timezone", () => {
  it("is UTC until it is set, and says in the log what it was", async () => {
    expect((await org.call("GET", "/api/settings/timezone")).body).toEqual({ timezone: "UTC" });
    expect((await org.call("PUT", "/api/settings/timezone", { timezone: "Asia/Jakarta" })).body).toEqual({
      timezone: "Asia/Jakarta",
    });
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

const day = (day_of_week: number, start_time: string, end_time: string, more = {}) => ({
  day_of_week,
  start_time,
  end_time,
  ...more,
});
const short = (rows: any[]): string[] =>
  rows.map((row) => `${row.day_of_week} ${row.start_time}-${row.end_time}${row.is_active ? "" : " off"}`);

describe("a week", () => {
  it("is empty at first, is replaced as a whole, and a stretch that stays is the same row", async () => {
    expect((await org.call("GET", "/api/working-hours")).body).toEqual([]);
    const first = await org.call("PUT", "/api/working-hours", [
      day(1, "13:00:00", "17:00"),
      day(1, "09:00", "12:00"),
      day(6, "22:00", "02:00", { is_active: false }),
    ]);
    expect(first.status).toBe(200);
    expect(short(first.body)).toEqual(["1 09:00-12:00", "1 13:00-17:00", "6 22:00-02:00 off"]);
    expect(first.body[0]).toMatchObject({ division_id: null });
    const second = await org.call("PUT", "/api/working-hours", [day(1, "09:00", "12:00"), day(0, "00:00", "24:00")]);
    expect(short(second.body)).toEqual(["0 00:00-24:00", "1 09:00-12:00"]);
    expect(second.body[1].id).toBe(first.body[0].id);
    expect((await org.call("GET", "/api/working-hours")).body).toEqual(second.body);
    expect(
      (await org.call("PUT", "/api/working-hours", [day(0, "00:00", "24:00"), day(1, "09:00", "12:00")])).body,
    ).toEqual(second.body);
    const log = await org.call("GET", "/api/activity-logs?action=working_hours.update");
    expect(log.body.data.map((entry: any) => entry.changes.hours)).toEqual([
      [
        ["Mon 09:00–12:00", "Mon 13:00–17:00", "Sat 22:00–02:00 (off)"],
        ["Sun 00:00–24:00", "Mon 09:00–12:00"],
      ],
      [[], ["Mon 09:00–12:00", "Mon 13:00–17:00", "Sat 22:00–02:00 (off)"]],
    ]);
  });

  it("can be a division's own, as a whole, until it is deleted", async () => {
    const id = await division(org, "Night shift");
    const path = `/api/divisions/${id}/working-hours`;
    expect((await org.call("GET", path)).body).toEqual([]);
    const set = await org.call("PUT", path, [day(5, "22:00", "06:00")]);
    expect(set.body).toMatchObject([{ division_id: id, day_of_week: 5 }]);
    expect((await org.call("GET", path)).body).toEqual(set.body);
    expect((await org.call("GET", "/api/working-hours")).body.map((row: any) => row.division_id)).not.toContain(id);
    expectProblem(await org.call("PUT", path, []), 422, "invalid_request");
    for (let i = 0; i < 2; i++)
      expect((await org.call("DELETE", path)).body).toEqual({
        message: "working hours override deleted",
        division_id: id,
      });
    expect((await org.call("GET", path)).body).toEqual([]);
    const stranger = await organization();
    for (const method of ["GET", "PUT", "DELETE"])
      expectProblem(
        await stranger.call(method, path, method === "PUT" ? [day(1, "09:00", "10:00")] : undefined),
        404,
        "division_not_found",
      );
  });

  it.each([
    [[day(7, "09:00", "10:00")], "0.day_of_week"],
    [[day(1, "24:00", "10:00")], "0.start_time"],
    [[day(1, "9:00", "10:00")], "0.start_time"],
    [[day(1, "09:00:30", "10:00")], "0.start_time"],
    [[day(1, "09:00", "24:01")], "0.end_time"],
    [[day(1, "09:00", "09:00")], "0.end_time"],
    [[day(1, "09:00", "10:00", { note: "x" })], "0.note"],
    [Array.from({ length: 71 }, () => day(1, "09:00", "10:00")), "body"],
  ])("refuses %j", async (week, field) => {
    const answer = await org.call("PUT", "/api/working-hours", week);
    expectProblem(answer, 422, "invalid_request");
    expect(answer.body.errors[0].field).toBe(field);
  });

  it("says to everybody whether it is open, and when that changes", async () => {
    const shop = await organization();
    const { slug } = (await shop.call("GET", "/api/auth/me")).body.organization;
    const at = async (time: string) => {
      clock.now = () => Date.parse(time);
      try {
        const { status, body, headers } = await call("GET", `/api/public/${slug}/working-hours/status`, undefined, {
          origin: "https://shop.example",
        });
        expect([status, headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
        const seconds = Math.min(
          30,
          body.next_change_at === null ? 30 : (Date.parse(body.next_change_at) - clock.now()) / 1000,
        );
        expect(headers.get("cache-control")).toBe(`public, max-age=${seconds}`);
        return [body.is_open, body.next_change_at];
      } finally {
        clock.now = realNow;
      }
    };
    expect(await at("2026-03-27T12:00:00Z")).toEqual([true, null]);
    await shop.call("PUT", "/api/settings/timezone", { timezone: "Europe/Berlin" });
    await shop.call("PUT", "/api/working-hours", [day(5, "09:00", "17:00"), day(6, "22:00", "04:00")]);
    expect(await at("2026-03-27T07:59:59Z")).toEqual([false, "2026-03-27T08:00:00.000Z"]);
    expect(await at("2026-03-27T08:00:00Z")).toEqual([true, "2026-03-27T16:00:00.000Z"]);
    expect(await at("2026-03-27T16:00:00Z")).toEqual([false, "2026-03-28T21:00:00.000Z"]);
    // In the night in which the clocks go forward, 04:00 is an hour sooner.
    expect(await at("2026-03-28T22:00:00Z")).toEqual([true, "2026-03-29T02:00:00.000Z"]);
    expectProblem(await call("GET", "/api/public/no-such-shop/working-hours/status"), 404, "organization_not_found");
  });
});
