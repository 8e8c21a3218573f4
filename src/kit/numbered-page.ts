import { z } from "@hono/zod-openapi";

/** The query of a list whose pages have numbers. */
export const numberedQuery = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1).openapi({ description: "From 1 on" }),
  per_page: z.coerce.number().int().min(1).max(100).default(50).openapi({ description: "Rows per page" }),
};

const PaginatedResponse = z
  .object({
    data: z.array(z.unknown()),
    total: z.int().openapi({ description: "Rows on all pages" }),
    page: z.int(),
    per_page: z.int(),
    total_pages: z.int(),
  })
  .openapi("PaginatedResponse");

export const numberedPageOf = <T extends z.ZodType>(row: T) => PaginatedResponse.extend({ data: z.array(row) });

export const numberedPage = <T>(
  data: T[],
  total: number,
  { page, per_page: perPage }: { page: number; per_page: number },
) => ({ data, total, page, per_page: perPage, total_pages: Math.ceil(total / perPage) });
