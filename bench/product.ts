/**
 * Exports pure modules of the product, for their SQL and search terms. A hook adds the extension to their imports,
 * which Node requires and bundlers do not.
 */
import { registerHooks } from "node:module";

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

export const { listStatement } = await import("../src/areas/conversations/filter.ts");
export const { searchStatement } = await import("../src/areas/conversations/search.ts");
export const { searchTerms } = await import("../src/areas/contacts/terms.ts");
export const { matchOwnPrefixes } = await import("../src/kit/full-text.ts");
export const { orgToken } = await import("../src/kit/id.ts");
export const { FIRST_ROWID, textRowid } = await import("../src/areas/messages/text-rowid.ts");
