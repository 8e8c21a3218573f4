import { areas } from "../src/operations";
import { call } from "./harness";

/**
 * Calls every operation once, one after another, so that each is loaded. In a deployment all are in one bundle. Here the first call of
 * one fetches its modules over a connection of its own, and a call at the same time that waits for the same is taken for hanging.
 */
for (const where of areas.flatMap(({ routes }) => Object.keys(routes))) {
  const [method = "", path = ""] = where.split(" ");
  await call(method, path.replaceAll(/\{\w+\}/g, "-"));
}
