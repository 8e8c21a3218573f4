/**
 * Lets Node import modules of the product: adds the extension to their imports, which Node requires and bundlers do not. To be called
 * before them, which then come by `await import(…)`.
 */
import { registerHooks } from "node:module";

export const allowProductImports = (): unknown =>
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!specifier.startsWith(".") || specifier.endsWith(".ts")) throw error;
        return next(`${specifier}.ts`, context);
      }
    },
  });
