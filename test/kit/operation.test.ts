import { z } from "@hono/zod-openapi";
import { Hono } from "hono";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { areas } from "../../src/composition";
import { area, everyone, publicOperation } from "../../src/domain/operation";
import { type AppEnv, type Area, mount } from "../../src/kit/operation";

/** Startup does not grow with the product: schemas are built when an operation is called. */

let built = 0;
beforeEach(() => {
  built = 0;
  z.config({ postProcessor: () => void built++ });
});
afterEach(() => void z.config({ postProcessor: undefined }));

/** The areas under a prefix, with their loads counted. */
function under(prefix: string, all: readonly Area[]) {
  const load = vi.fn<(where: string) => void>();
  const prefixed = all.map((one): Area => {
    const routes = Object.entries(one.routes).map(([where, route]) => {
      const counted = () => (load(where), route.load());
      return [where.replace(" /", ` ${prefix}/`), { ...route, load: counted }];
    });
    return { ...one, routes: Object.fromEntries(routes) as Area["routes"] };
  });
  return { prefixed, load };
}

function appOf(all: readonly Area[]): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set("publicCtx", { config: { ENVIRONMENT: "test" } } as AppEnv["Variables"]["publicCtx"]);
    await next();
  });
  mount(app, all);
  return app;
}

it("mounts every area a second time without building a schema or loading an operation", async () => {
  z.string();
  expect(built).toBe(1);
  built = 0;

  const { prefixed, load } = under("/twice", areas);
  const app = appOf([...areas, ...prefixed]);
  expect(app.routes.length).toBeGreaterThan(200);
  expect((await app.request("/twice/nowhere")).status).toBe(404);
  expect(built).toBe(0);
  expect(load).not.toHaveBeenCalled();
});

it("builds at the first call what the operation needs, and nothing of another", async () => {
  /** The module of an operation whose answer has fields. */
  const moduleOf = (id: string, fields: string[]) => async () => ({
    default: publicOperation({
      id,
      summary: id,
      response: z.object(Object.fromEntries(fields.map((field) => [field, z.null()]))),
      handle: async () => Object.fromEntries(fields.map((field) => [field, null])),
    }),
  });
  const { prefixed, load } = under("/more", [
    area({
      tag: "Things",
      description: "",
      routes: { "GET /one": everyone(moduleOf("one", ["a", "b"])), "GET /other": everyone(moduleOf("other", ["c"])) },
    }),
  ]);
  const app = appOf(prefixed);
  expect([built, load.mock.calls.length]).toEqual([0, 0]);

  expect((await app.request("/more/one")).status).toBe(200);
  expect(built).toBe(3);
  expect((await app.request("/more/one")).status).toBe(200);
  expect(built).toBe(3);
  expect(load.mock.calls).toEqual([["GET /one"]]);
});
