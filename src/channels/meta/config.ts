import { z } from "@hono/zod-openapi";

/** Fields of the configuration of Meta's accounts, built where they are used. */

export const metaId = () => z.string().regex(/^\d{1,32}$/, "An id of Meta: digits only");
// Only characters that a header accepts: a pasted line break would otherwise fail at the first call.
export const metaSecret = () => z.string().regex(/^[\x21-\x7e]{1,1024}$/, "No spaces or line breaks");
export const metaToken = () =>
  z.string().regex(/^[\x21-\x7e]{8,200}$/, "8 to 200 characters, no spaces or line breaks");
