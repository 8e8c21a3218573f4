/**
 * Zod without its languages, its compiler and its JSON Schema, a third of the bundle. @hono/zod-openapi passes the whole
 * namespace on, so a bundler keeps all of it. wrangler.toml and vitest.config.ts put this module in the place of `zod`.
 */
export * from "zod/v4";
// oxlint-disable-next-line import/no-self-import -- `z` is this module
export * as z from "./zod";

// A module's own name hides what `export *` brings.
export const core = undefined;
export const locales = undefined;
export const compile = undefined;
export const withParser = undefined;
export const fromJSONSchema = undefined;
export const toJSONSchema = undefined;
export const deepPartial = undefined;
