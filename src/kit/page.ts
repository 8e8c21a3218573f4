import { z } from "@hono/zod-openapi";
import { UUID_PATTERN } from "./id";
import { malformed } from "./problem";

export const MAX_PAGE = 100;

/** Query parameters of every paginated list. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE)
    .default(50)
    .openapi({ description: "Rows per page", example: 50 }),
  cursor: z
    .string()
    .max(512)
    .optional()
    .openapi({ description: "`next_cursor` of the previous page; omit it for the first page" }),
};

export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({
    data: z.array(row),
    has_more: z.boolean(),
    next_cursor: z.string().nullable().openapi({ description: "null on the last page" }),
  });
}

/** A position in a list: the sort value and the id that breaks ties. Opaque to clients. */
export interface Cursor {
  at: number;
  id: string;
}

export const encodeCursor = (cursor: Cursor): string => Buffer.from(`${cursor.at}.${cursor.id}`).toString("base64url");

/** Throws `malformed_request` for a text that `encodeCursor` did not produce. */
export function decodeCursor(text: string | undefined, id: RegExp = UUID_PATTERN): Cursor | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15})\.([\w-]{1,64})$/.exec(Buffer.from(text, "base64url").toString("latin1"));
  if (!match || !id.test(match[2]!) || encodeCursor({ at: Number(match[1]), id: match[2]! }) !== text)
    throw malformed("cursor: not a cursor issued by this API");
  return { at: Number(match[1]), id: match[2]! };
}

/** A page of rows of which `limit` are shown. `rows` may have one more, which tells that there is another page. */
export function toPage<Row, Wire>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => Cursor,
  toWire: (row: Row) => Wire,
) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  return {
    data: shown.map(toWire),
    has_more: hasMore,
    next_cursor: hasMore && last ? encodeCursor(cursorOf(last)) : null,
  };
}
