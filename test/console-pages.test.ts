import { describe, expect, it } from "vitest";
import { allOperations } from "../src/composition";
import { problemsOf } from "../src/kit/operation";
import en from "../web/src/api/problems/en";
import id from "../web/src/api/problems/id";
import assetHeaders from "../public/_headers?raw";
import { door } from "./harness";

/** The console as the Worker serves it. Its screens are tested in a browser: test/console. */

const page = await door("/app/");
const html = await page.text();

it("leads there from the root", async () => {
  const response = await door("/", { redirect: "manual" });
  expect([response.status, response.headers.get("location")]).toEqual([302, "/app/"]);
});

describe("the page", () => {
  it("is the same at every address of the console, and nowhere else", async () => {
    for (const path of ["/app", "/app/", "/app/inbox/1234?status=open", "/app/no/such.page"]) {
      const response = await door(path);
      expect([path, response.status, await response.text()]).toEqual([path, 200, html]);
    }
    expect((await door("/app.html")).status).toBe(404);
    expect((await door("/api/typo")).headers.get("content-type")).toContain("application/problem+json");
  });

  it("runs nothing but its own files", () => {
    const policy = Object.fromEntries(
      page.headers
        .get("content-security-policy")!
        .split("; ")
        .map((directive) => [directive.split(" ")[0], directive.slice(directive.indexOf(" ") + 1)]),
    );
    expect(policy).toMatchObject({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "connect-src": "'self'",
      "frame-ancestors": "'none'",
      "require-trusted-types-for": "'script'",
      "trusted-types": "push-worker",
    });
    expect(page.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(page.headers.get("permissions-policy")).toBe("microphone=(self), camera=()");
    expect(page.headers.get("referrer-policy")).toBe("same-origin");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
  });

  it("is asked for anew each time, and not sent again", async () => {
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const again = await door("/app/", { headers: { "if-none-match": page.headers.get("etag")! } });
    expect([again.status, again.headers.get("cache-control")]).toEqual([304, "no-cache"]);
  });
});

describe("its files", () => {
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);

  it("are kept for a year, by the Worker as by the asset server", async () => {
    expect(files.length).toBeGreaterThan(1);
    const [pattern, ...lines] = assetHeaders.trim().split("\n");
    expect(pattern).toBe("/assets/*");
    for (const path of files) {
      const response = await door(path);
      expect([path, response.status]).toEqual([path, 200]);
      for (const line of lines) {
        const [name, value] = line.trim().split(": ");
        expect([name, response.headers.get(name!)]).toEqual([name, value]);
      }
    }
  });

  it("have a worker for pushes at an address that stays, which may fetch nothing", async () => {
    const worker = await door("/app/push-worker.js");
    expect([worker.status, worker.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    expect(worker.headers.get("content-type")).toContain("javascript");
    expect(worker.headers.get("content-security-policy")).toBe("default-src 'none'");
    // As a classic script.
    expect(await worker.text()).not.toMatch(/^\s*(import|export)\b/m);
  });

  it("are a problem if they are gone", async () => {
    expect((await door("/assets/app-gone.js")).status).toBe(404);
  });
});

it("has a sentence for each problem of the API, in both languages", async () => {
  const operations = await allOperations();
  const codes = new Set(operations.flatMap((operation) => problemsOf(operation).map(({ code }) => code)));
  for (const words of [en, id]) expect([...codes].filter((code) => !Object.hasOwn(words.codes, code))).toEqual([]);
});
