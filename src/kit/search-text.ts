import { z } from "@hono/zod-openapi";
import { isSearchable } from "./full-text";

/** A text that is searched in names and addresses. A shorter one would match most of them. */
export const SearchText = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine(isSearchable, "must have at least two characters, or be a Han character");
