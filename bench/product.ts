/** Exports pure modules of the product, for their SQL and search terms. */
import { allowProductImports } from "../scripts/product-imports.ts";

allowProductImports();

export const { listStatement } = await import("../src/areas/conversations/filter.ts");
export const { searchStatement } = await import("../src/areas/conversations/search.ts");
export const { searchTerms } = await import("../src/areas/contacts/terms.ts");
export const { matchOwnPrefixes } = await import("../src/kit/full-text.ts");
export const { orgToken } = await import("../src/kit/id.ts");
export const { FIRST_ROWID, textRowid } = await import("../src/areas/messages/text-rowid.ts");
