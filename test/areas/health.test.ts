import { expect, it } from "vitest";
import { call } from "../harness";

it("is well while every database answers, and needs nobody's name", async () => {
  const answer = await call("GET", "/health");
  expect(answer).toMatchObject({ status: 200, body: { status: "ok", databases: 3 } });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

it("says what is not there, in the one form of failures", async () => {
  expect(await call("GET", "/api/nothing")).toMatchObject({ status: 404, body: { code: "not_found", status: 404 } });
  expect(await call("DELETE", "/health")).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
});
