import { expect, it } from "vitest";
import { configOf, parseOrigins } from "../src/config";
import { corsHeaders } from "../src/kit/cors";
import { env } from "cloudflare:workers";
import { door, organization } from "./harness";

const PARTNER = "https://app.partner.test";

it("lets pages of configured origins call, and no others", async () => {
  const org = await organization();
  const headers = { authorization: `Bearer ${org.token}` };
  const asked = await door("/api/conversations", {
    method: "OPTIONS",
    headers: {
      origin: PARTNER,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    },
  });
  expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, PARTNER]);
  expect(asked.headers.get("access-control-allow-headers")).toContain("authorization");
  const called = await door("/api/conversations", { headers: { ...headers, origin: PARTNER } });
  expect([called.status, called.headers.get("access-control-allow-origin")]).toEqual([200, PARTNER]);
  expect([called.headers.get("access-control-allow-credentials"), called.headers.get("vary")]).toEqual([
    "true",
    "origin",
  ]);
  const refused = await door("/api/agents/none", { headers: { ...headers, origin: PARTNER } });
  expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([400, PARTNER]);
  for (const origin of ["https://evil.test", "https://app.partner.test.evil.test", "null", "http://app.partner.test"]) {
    const other = await door("/api/conversations", { headers: { ...headers, origin } });
    expect([other.status, other.headers.get("access-control-allow-origin")], origin).toEqual([200, null]);
    const preflight = await door("/api/conversations", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "GET" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")], origin).toEqual([405, null]);
  }
});

it("takes the cookie of a configured origin for changes, and of no other", async () => {
  const org = await organization();
  const change = (origin: string) =>
    door("/api/settings/timezone", {
      method: "PUT",
      headers: { cookie: `omnistream_session=${org.token}`, origin, "content-type": "application/json" },
      body: JSON.stringify({ timezone: "Asia/Jakarta" }),
    });
  expect((await change("https://evil.test")).status).toBe(403);
  expect((await change(PARTNER)).status).toBe(200);
});

it("is off by default, and never gives the cookie to any page", () => {
  const read = (origins?: string) => configOf({ ...env, CORS_ORIGINS: origins } as Env).CORS_ORIGINS;
  expect(corsHeaders(read(undefined), PARTNER)).toBeUndefined();
  expect(corsHeaders(read(""), PARTNER)).toBeUndefined();
  const any = corsHeaders(read(`*, ${PARTNER}`), "https://other.test")!;
  expect(any["access-control-allow-origin"]).toBe("*");
  expect(any["access-control-allow-credentials"]).toBeUndefined();
  expect(corsHeaders(read(`*, ${PARTNER}`), PARTNER)!["access-control-allow-origin"]).toBe(PARTNER);
  for (const wrong of ["app.partner.test", `${PARTNER}/`, "https://*.partner.test", "null"])
    expect(parseOrigins(wrong), wrong).toBeUndefined();
  expect(() => read("app.partner.test")).toThrow("CORS_ORIGINS");
});
